# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A device out of reach has its wanted rules all the same, and nothing in the review says that they were compared."""

from __future__ import annotations

from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms import nftables
from ansible_collections.msexchange.firewall.plugins.plugin_utils.report.unseen import not_compared, seen
from ansible_collections.msexchange.firewall.tests.unit.platforms.samples import piece, rule

WANTED = nftables.wanted(piece(rule()), "add")


def test_the_wanted_rules_are_told_and_kept_whole(tmp_path):
    for ending in ("send", "undo"):
        (tmp_path / f"gw1.{ending}").write_text("of yesterday")
    told = not_compared("gw1", nftables, WANTED, nftables.render(WANTED), str(tmp_path), "ssh:\n  refused")
    assert [path.name for path in tmp_path.iterdir()] == ["gw1.not-compared"]
    text = (tmp_path / "gw1.not-compared").read_text()
    assert text == told["diff"]["after"] == nftables.render(WANTED)
    assert (told["changed"], told["compared"]) == (True, False)
    assert told["counts"]["add"] > 0 and "not compared" in told["diff"]["before_header"]
    assert told["warnings"] == ["gw1 is out of reach (ssh: refused): all its wanted rules, compared with nothing."]


def test_once_it_was_seen_nothing_says_otherwise(tmp_path):
    not_compared("gw1", nftables, WANTED, nftables.render(WANTED), str(tmp_path), "down")
    seen("gw1", str(tmp_path))
    assert not list(tmp_path.iterdir())
    seen("gw1", str(tmp_path))


def test_without_a_folder_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert not_compared("gw1", nftables, nftables.ABSENT, "", None, "down")["counts"] == {
        "add": 0,
        "change": 0,
        "remove": 0,
    }
    assert not list(tmp_path.iterdir())

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/article.md tells of every flow that belongs to a protocol of the article, and of none that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from catalog_data.entries import ARTICLE, FLOWS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "article.md").read_text(encoding="utf-8")
ROWS = {
    cells[0]: cells
    for line in PAGE.split("\n")
    if line.startswith("| ") and len(cells := [cell.strip() for cell in line.strip("|").split("|")]) == 5
}
SECTIONS = dict(re.findall(r"^## ([^,\n]+),[^\n]*\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))


def names(text):
    """Ids in a text; one with ... stands for all that begin like it."""
    return re.findall(r"`([a-z0-9]+(?:-[a-z0-9]+)*-?(?:\.\.\.)?)`", text)


def covers(name, flow):
    return flow.startswith(name[:-3]) if name.endswith("...") else flow == name


def flows_of(protocol):
    return {flow["id"]: flow for flow in FLOWS if flow.get("article") == protocol}


@pytest.mark.parametrize("protocol", ARTICLE)
def test_a_row_and_its_section_name_all_flows_of_a_protocol(protocol):
    row, section = ROWS[protocol], SECTIONS[protocol.removesuffix(" (Video)")]
    assert row[1] == str(ARTICLE[protocol])
    told = [name for name in names(row[2] + section) if "-" in name]
    missing = [flow for flow in flows_of(protocol) if not any(covers(name, flow) for name in told)]
    assert not missing, f"{protocol}: docs/article.md lacks {', '.join(missing)}"


@pytest.mark.parametrize("protocol", ARTICLE)
def test_a_row_says_how_its_flows_are_opened(protocol):
    opened, found = ROWS[protocol][3], flows_of(protocol).values()
    assert ("never" in opened) == all("refused" in flow for flow in found)
    assert ("by default" in opened) == any(not flow.get("features") for flow in found)
    assert ("with a feature" in opened) == any(flow.get("features") and "refused" not in flow for flow in found)


def test_no_flow_is_named_that_is_not_there():
    known = [flow["id"] for flow in FLOWS]
    rows = [name for row in ROWS.values() for name in names(row[2])]
    assert [name for name in rows if not any(covers(name, flow) for flow in known)] == []

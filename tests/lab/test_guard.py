# SPDX-License-Identifier: GPL-3.0-or-later
"""The role against a live gateway, with inventories that lost somebody."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from lablib.site import EXAMPLES, Site

SITE = "msexchange.firewall.site"


@pytest.fixture
def site(current: Site) -> Iterator[Site]:
    yield current
    current.apply("enforce")


def rules(site: Site) -> str:
    return site.lab.gateway.command("nft", "-j", "-s", "list", "table", "inet", "msexchange_firewall")


def without(site: Site, *names: str) -> Path:
    """A copy of the example's inventory that lacks some hosts, as a job slice does."""
    folder = site.folder / "-".join(["without", *names])
    shutil.copytree(EXAMPLES / site.example, folder, dirs_exist_ok=True)
    tree = yaml.safe_load((folder / "inventory.yml").read_text(encoding="utf-8"))
    _take(tree["all"], set(names))
    (folder / "inventory.yml").write_text(yaml.safe_dump(tree), encoding="utf-8")
    return folder


def _take(group: dict, names: set[str]) -> None:
    for name in names & set(group.get("hosts", {})):
        del group["hosts"][name]
    for child in group.get("children", {}).values():
        _take(child, names)


def play(site: Site, inventory: Path, *words: str, **variables: object) -> subprocess.CompletedProcess[str]:
    settings = {"exchange_appliance_mode": "enforce", **variables}
    command = site.command(SITE, "--limit", site.gateway, *words, variables=settings)
    command[command.index(str(EXAMPLES / site.example))] = str(inventory)
    options = {"timeout": 300, "env": site.environment(), "cwd": site.folder}
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def test_a_thinned_inventory_closes_nothing_until_the_missing_ones_are_named(site: Site) -> None:
    before, thin = rules(site), without(site, "dc2", "mbx3")
    for words in (["--check"], []):
        done = play(site, thin, *words)
        assert done.returncode != 0
        text = " ".join((done.stdout + done.stderr).split())
        for part in ("dc2 (10.2.10.2", "mbx3 (10.2.10.11", "exchange_appliance_may_go: ["):
            assert part in text, text
        assert rules(site) == before
    done = play(site, thin, exchange_appliance_may_go=["dc2", "10.2.0.0/16", "2001:db8:2::/48"])
    assert done.returncode == 0, done.stdout + done.stderr
    assert "mbx3" in before and "mbx3" not in rules(site) and "dc2" not in rules(site)


def test_a_table_that_was_flushed_is_remembered(site: Site) -> None:
    site.lab.gateway.command("nft", "delete", "table", "inet", "msexchange_firewall")
    done = play(site, without(site, "mbx3"), "--check")
    assert done.returncode != 0 and "mbx3 (10.2.10.11" in " ".join((done.stdout + done.stderr).split())


def test_absent_needs_no_names(site: Site) -> None:
    done = play(site, without(site, "dc2"), exchange_appliance_state="absent")
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(site.lab.gateway.command("nft", "-j", "list", "tables"))["nftables"][1:] == []

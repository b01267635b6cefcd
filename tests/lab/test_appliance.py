# SPDX-License-Identifier: GPL-3.0-or-later
"""The role against a live gateway over ssh: what it changes, what it leaves alone, and how it gets back."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from lablib.calls import close_held, hold_tcp, serve_tcp, word_over_held
from lablib.site import Site

CLIENTS = "network internal_clients"
SITE = "msexchange.firewall.site"
OURS = "msexchange_firewall"
# Two Edge servers without their features: a change that takes some rules away and leaves most.
FEWER = {name: {"exchange_features": []} for name in ("edge1", "edge2")}
FOREIGN = """
table ip foreign_filter {
 chain forward {
  type filter hook forward priority 10; policy accept;
  ip saddr 192.0.2.99 counter drop comment "somebody else's"
 }
}
"""


def rules(site: Site) -> str:
    """Our own table without the counters, which traffic moves."""
    listing = site.lab.gateway.command("nft", "-s", "list", "ruleset")
    return "\n".join(line for line in listing.splitlines() if "packets" not in line)


def changed(done: subprocess.CompletedProcess[str]) -> int:
    """How many tasks changed the gateway."""
    assert done.returncode == 0, done.stdout + done.stderr
    return int(re.search(r"^gw1\s.*\bchanged=(\d+)", done.stdout, re.MULTILINE).group(1))


@pytest.fixture
def site(current: Site) -> Iterator[Site]:
    """A site that a test may change; afterwards it is as it was."""
    yield current
    current.overlay()
    current.apply("enforce")


def play(site: Site, *words: str, **variables: object) -> subprocess.CompletedProcess[str]:
    settings = {"exchange_appliance_mode": "enforce", **variables}
    return site.play(SITE, "--limit", site.gateway, *words, variables=settings)


def test_a_second_run_changes_nothing(current: Site) -> None:
    before = rules(current)
    assert changed(play(current)) == 0
    assert rules(current) == before


def test_check_mode_shows_what_a_run_then_does(site: Site) -> None:
    before = rules(site)
    site.overlay(**FEWER)
    shown = play(site, "--check", "--diff")
    assert changed(shown) == 1
    assert "edge-rdp-3389" in shown.stdout
    assert rules(site) == before
    assert changed(play(site)) == 1
    assert "edge-rdp-3389" not in rules(site)
    assert changed(play(site, "--check", "--diff")) == 0


def test_an_established_connection_survives_a_change(site: Site) -> None:
    here, there = site.end(CLIENTS), site.end("mbx1")
    site.lab.zone_of(there).call(serve_tcp, there, 443)
    clients = site.lab.zone_of(here)
    clients.call(hold_tcp, here, there, 443)
    site.overlay(**FEWER)
    assert changed(play(site)) == 1
    assert clients.call(word_over_held) == "word"
    clients.call(close_held)


def test_a_controller_that_dies_before_it_confirms_leaves_the_former_rules(site: Site) -> None:
    before = rules(site)
    site.overlay(**FEWER)
    settings = {"exchange_appliance_mode": "enforce", "exchange_appliance_rollback_seconds": 4}
    command = site.command(SITE, "--limit", site.gateway, variables=settings)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    running = subprocess.Popen(command, env=site.environment(), **quiet)
    assert _wait(lambda: rules(site) != before, 60), "the change was never applied"
    # Ansible's workers stand in sessions of their own; what the controller's namespace holds is all of the controller.
    site.controller.end_processes()
    running.wait()
    assert "edge-rdp-3389" not in rules(site)
    assert _wait(lambda: rules(site) == before, 15), "the gateway did not go back by itself"
    # and nothing is left that hinders the next run
    assert changed(play(site)) == 1


def _wait(condition, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def test_a_change_that_would_cut_off_a_managed_server_is_not_kept(site: Site) -> None:
    """mbx1 is managed through an address that serves replication only, which `enforce` must close."""
    site.remove()
    replica = site.inventory.replication("mbx1")[0]
    site.lab.zone_of(replica).call(serve_tcp, replica, 5986)
    site.overlay(mbx1={"ansible_host": replica})
    done = play(site)
    assert done.returncode != 0
    assert "mbx1" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert OURS not in site.lab.gateway.command("nft", "list", "tables")


def test_what_is_confirmed_can_be_loaded_after_a_reboot(current: Site) -> None:
    before = rules(current)
    current.lab.gateway.command("nft", "delete", "table", "inet", OURS)
    confirmed = Path(str(current.place["exchange_appliance_directory"])) / "confirmed.nft"
    current.lab.gateway.command("nft", "-f", str(confirmed))
    assert rules(current) == before
    unit = Path(str(current.place["exchange_appliance_boot_unit"]))
    assert str(confirmed) in unit.read_text(encoding="utf-8")


def test_absent_leaves_nothing_of_ours_and_all_of_theirs(site: Site) -> None:
    gateway = site.lab.gateway
    gateway.nft(FOREIGN)
    theirs = gateway.command("nft", "list", "table", "ip", "foreign_filter")
    site.apply("enforce")
    site.remove()
    assert gateway.command("nft", "list", "tables").split() == ["table", "ip", "foreign_filter"]
    assert gateway.command("nft", "list", "table", "ip", "foreign_filter") == theirs
    for place in site.place.values():
        assert not Path(str(place)).exists()
    gateway.nft("delete table ip foreign_filter\n")

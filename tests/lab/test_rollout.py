# SPDX-License-Identifier: GPL-3.0-or-later
"""Approval, records and the report of a rollout, by the real playbook over ssh."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from lablib.site import Site

SITE = "msexchange.firewall.site"
FEWER = {name: {"exchange_features": []} for name in ("edge1", "edge2")}
# a gateway that does not answer: nothing listens on that port of the lab's own
DEAD = {
    "exchange_platform": "nftables",
    "exchange_zones": {"a0": ["10.1.0.0/16"], "b0": ["10.2.0.0/16"]},
    "ansible_connection": "ssh",
    "ansible_port": 9,
}
LOOK = """
- hosts: gateways
  gather_facts: false
  tasks:
    - msexchange.firewall.nftables_table: {directory: "{{ exchange_appliance_directory }}"}
      register: found
    - debug: {msg: {holds: "{{ found.holds }}"}}
"""


@pytest.fixture
def site(current: Site) -> Iterator[Site]:
    yield current
    current.overlay()
    current.apply("enforce")


def play(site: Site, *words: str, limit: str = "gw1", **variables: object) -> subprocess.CompletedProcess[str]:
    settings = {"exchange_appliance_mode": "enforce", **variables}
    return site.play(SITE, "--limit", limit, *words, variables=settings)


def told(done: subprocess.CompletedProcess[str]) -> str:
    return " ".join((done.stdout + done.stderr).split())


def recap(done: subprocess.CompletedProcess[str], host: str) -> dict[str, int]:
    line = re.search(rf"^{host}\s+:(.*)$", done.stdout, re.MULTILINE).group(1)
    return {word: int(number) for word, number in (pair.split("=") for pair in line.split())}


def rules(site: Site) -> str:
    return site.lab.gateway.command("nft", "-s", "list", "table", "inet", "msexchange_firewall")


def held(site: Site) -> str:
    """The digest that the gateway keeps with its confirmed table."""
    path = Path(str(site.place["exchange_appliance_directory"])) / "confirmed.json"
    return json.loads(path.read_text(encoding="utf-8"))["plan"]


def records(folder: Path) -> list[dict]:
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]


def test_what_was_approved_is_applied_and_nothing_else(site: Site) -> None:
    review, approved, kept = (site.folder / name for name in ("review", "approved", "records"))
    bound = {"exchange_appliance_approved_directory": str(approved), "exchange_appliance_record_directory": str(kept)}
    site.overlay(**FEWER)
    before = rules(site)
    done = play(site, **bound)
    assert done.returncode != 0 and "nothing was approved for this device" in told(done)
    assert play(site, "--check", exchange_appliance_review_directory=str(review)).returncode == 0
    shutil.copytree(review, approved)
    # the same lines for another plan, since edge2 keeps its features
    site.overlay(edge1=FEWER["edge1"])
    done = play(site, **bound)
    assert done.returncode != 0
    assert "the plan and the lines to send are not what" in told(done)
    site.overlay(**FEWER)
    done = play(site, **bound, exchange_appliance_mode="add")
    assert done.returncode != 0 and "the mode and the lines to send are not what" in told(done)
    assert rules(site) == before
    assert play(site, **bound).returncode == 0
    assert rules(site) != before
    again = play(site, **bound)
    assert again.returncode == 0 and recap(again, "gw1")["changed"] == 0
    assert [one["outcome"] for one in records(kept)] == ["refused", "refused", "refused", "confirmed"]
    last = records(kept)[-1]
    assert last["plan"] == json.loads((approved / "gw1.approval.json").read_text())["plan"] == held(site)
    assert "\n".join([*last["lines"], ""]) == (approved / "gw1.send").read_text()
    assert last["fingerprint_before"] != last["fingerprint_after"] and last["peer"] and last["ended"] > last["started"]


def test_another_plan_than_the_approved_one_is_refused_before_anybody_is_asked(site: Site) -> None:
    site.overlay(gw0=DEAD)
    done = play(site, limit="gw0:gw1", exchange_appliance_approved_digest="0" * 64)
    assert done.returncode != 0
    assert "the approved plan is 0000" in told(done) and "unreachable=1" not in done.stdout
    done = play(site, "--check", exchange_appliance_approved_digest=held(site))
    assert done.returncode != 0, "gw0 made it another plan"
    site.overlay()
    assert play(site, "--check", exchange_appliance_approved_digest=held(site)).returncode == 0


def test_a_partly_failed_rollout_tells_who_holds_what_and_the_next_run_mends_it(site: Site) -> None:
    before = held(site)
    dead = {**DEAD, "ansible_host": site.address}
    site.overlay(**FEWER, gw2=dead, gw3=dead)
    done = play(site, limit="gw1:gw2:gw3")
    text = told(done)
    assert done.returncode != 0 and "Traceback" not in text
    assert "hold the new plan: gw1" in text, text
    assert "nobody can say what they hold: gw2:" in text
    assert "were not touched by this run: gw3" in text
    assert recap(done, "gw1") == {**recap(done, "gw1"), "failed": 0, "changed": 1}
    assert recap(done, "gw2")["failed"] == 1 and recap(done, "gw3")["failed"] == 0
    assert held(site) != before
    # the two that are missing come up as one that is well
    site.overlay(**FEWER)
    mended = play(site)
    assert mended.returncode == 0 and "How the devices stand" not in mended.stdout


def test_the_first_that_fails_keeps_the_others_from_being_touched(site: Site) -> None:
    before, digest = rules(site), held(site)
    site.overlay(**FEWER, gw0={**DEAD, "ansible_host": site.address})
    done = play(site, limit="gw0:gw1")
    assert done.returncode != 0
    assert "nobody can say what they hold: gw0:" in told(done)
    assert "were not touched by this run: gw1" in told(done)
    assert rules(site) == before and held(site) == digest


def test_a_change_that_goes_back_is_told_and_recorded(site: Site) -> None:
    """Whoever changes the table behind the run's back keeps it from being confirmed."""
    kept = site.folder / "kept"
    before, digest = rules(site), held(site)
    wrapper = site.folder / "python-that-meddles"
    variables = site.ssh.variables()
    waits = Path(str(site.place["exchange_appliance_directory"])) / "pending.json"
    meddle = f"test -e {waits} && nft add counter inet msexchange_firewall meddled 2>/dev/null"
    wrapper.write_text(f'#!/bin/sh\n{meddle}\nexec {variables["ansible_python_interpreter"]} "$@"\n', encoding="ascii")
    wrapper.chmod(0o755)
    site.overlay(**FEWER, gw1={**variables, "ansible_python_interpreter": str(wrapper)})
    done = play(site, exchange_appliance_record_directory=str(kept))
    assert done.returncode != 0
    assert "hold what they held before: gw1 (plan " in told(done), told(done)
    (record,) = records(kept)
    assert record["outcome"] == "went back" and record["decided_by"] == "the controller"
    assert record["fingerprint_after"] == record["fingerprint_before"] and record["lines"]
    assert rules(site) == before and held(site) == digest


def test_the_gateway_says_which_plan_it_holds_until_somebody_changes_its_table(site: Site) -> None:
    look = site.folder / "look.yml"
    look.write_text(LOOK, encoding="ascii")
    assert f'"holds": "{held(site)}"' in site.play(str(look), "--limit", "gw1").stdout
    site.lab.gateway.nft("add counter inet msexchange_firewall by_hand\n")
    assert '"holds": ""' in site.play(str(look), "--limit", "gw1").stdout

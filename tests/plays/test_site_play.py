# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook `site` as far as no device is needed: what it publishes, what it refuses, when it stops."""

from __future__ import annotations

import re

import pytest
from ansible import release

SITE = "msexchange.firewall.site"
SHOWN = {"ANSIBLE_SHOW_CUSTOM_STATS": "1"}
DIGEST = re.compile(r'"?exchange_plan_digest"?: "?([0-9a-f]{64})"?')
SERVER = {
    "exchange_version": "se",
    "exchange_roles": ["mailbox"],
    "exchange_addresses": ["10.0.0.1"],
    "exchange_enforcement": False,
}
# nothing listens there
DEAD = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}
GATEWAY = {
    "exchange_platform": "nftables",
    "exchange_zones": {"a0": ["10.0.0.0/24"], "b0": ["10.9.0.0/16"]},
    **DEAD,
}
INVENTORY = {
    "all": {
        "vars": {
            "exchange_networks": {"internal_clients": ["10.9.0.0/16"]},
            "exchange_management_networks": ["10.9.9.0/24"],
        },
        "hosts": {"mbx1": SERVER, "gw1": GATEWAY, "gw2": GATEWAY},
    }
}


def published(run):
    """Every digest among the statistics of the run."""
    assert "CUSTOM STATS" in run.text, run.text
    return DIGEST.findall(run.text.split("CUSTOM STATS", 1)[1])


@pytest.fixture
def digest(player):
    run = player(INVENTORY, **SHOWN)
    assert run.rc == 0, run.text
    (found,) = published(run)
    return found


def rendered(player, *arguments, **more):
    words = [
        "-e",
        "exchange_appliance_state=rendered",
        "-e",
        f"exchange_appliance_review_directory={player.folder}/out",
    ]
    return player(INVENTORY, *words, *arguments, playbook=SITE, **SHOWN, **more)


def test_both_playbooks_publish_one_digest_however_many_appliances_there_are(player, digest):
    run = rendered(player)
    assert run.rc == 0, run.text
    assert published(run) == [digest]
    assert sorted(path.name for path in (player.folder / "out").iterdir()) == ["gw1.nftables", "gw2.nftables"]


def test_the_approved_plan_passes_and_another_is_refused(player, digest):
    run = rendered(player, "-e", f"exchange_appliance_approved_digest={digest}")
    assert run.rc == 0, run.text
    other = rendered(player, "-e", f"exchange_appliance_approved_digest={'0' * 64}", "--check")
    assert other.rc != 0 and "Traceback" not in other.text
    message = next(result["msg"] for host, result in other.results() if host == "gw1")
    assert "gw1: exchange_appliance_approved_digest: the approved plan is 0000" in message and digest in message


def test_a_plan_with_problems_fails_every_way_and_names_them(player):
    broken = {"all": {**INVENTORY["all"], "hosts": {**INVENTORY["all"]["hosts"], "mbx1": {"exchange_version": "se"}}}}
    run = player(broken, playbook=SITE)
    # since 2.19 Ansible prints an error and once more the result that it stands in
    times = 2 if tuple(map(int, release.__version__.split(".")[:2])) >= (2, 19) else 1
    assert run.rc != 0 and run.text.count("mbx1: exchange_roles") == times
    assert "Bring the appliance" not in run.text


def test_the_first_unreachable_appliance_stops_the_run_and_the_report_says_so(player):
    run = player(INVENTORY, playbook=SITE)
    assert run.rc != 0
    assert "nobody can say what they hold:\n    gw1: " in run.text
    assert "were not touched by this run:\n    gw2" in run.text
    assert run.text.count("How the devices stand after this run:") == 1
    assert [host for host, _result in run.results()] == ["gw1"]


def test_without_the_role_there_is_nothing_to_report(player):
    run = player(INVENTORY, "--skip-tags", "exchange_appliance", playbook=SITE)
    assert run.rc == 0 and "How the devices stand" not in run.text, run.text

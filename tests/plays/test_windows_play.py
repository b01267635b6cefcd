# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Windows hosts in plays as far as none answers: files, order, refusals. Those that answer are in tests/windows."""

from __future__ import annotations

import re

import pytest

SITE = "msexchange.firewall.site"
ROLE = "msexchange.firewall.exchange_windows"
SERVER = {"exchange_version": "se", "exchange_roles": ["mailbox"]}
INVENTORY = {
    "all": {
        "vars": {
            "exchange_networks": {"internal_clients": ["10.9.0.0/16"]},
            "exchange_management_networks": ["10.9.9.0/24"],
            # nothing listens there
            "ansible_connection": "ssh",
            "ansible_host": "127.0.0.1",
            "ansible_port": 1,
        },
        "hosts": {
            "mbx2": {**SERVER, "exchange_addresses": ["10.0.0.2"]},
            "mbx1": {**SERVER, "exchange_addresses": ["10.0.0.1"]},
            "edge1": {"exchange_version": "se", "exchange_roles": "edge_transport", "exchange_addresses": "10.5.0.1"},
            "old1": {"exchange_version": "2003", "exchange_roles": "mailbox", "exchange_addresses": "10.0.0.9"},
            "dc1": {
                "exchange_party": "domain_controller",
                "exchange_addresses": ["10.0.0.20"],
                "exchange_windows_version": "2019",
            },
        },
    }
}
STOPPED = "were not touched by this run:"


def told(run):
    return " ".join(run.text.split())


def review(player, *names):
    return ["-e", f"exchange_windows_review_directory={player.folder}/out", *(w for n in names for w in ("-e", n))]


def files(player):
    return sorted(path.name for path in (player.folder / "out").iterdir())


def recap(run, host):
    return dict(re.findall(r"(\w+)=(\d+)", re.search(rf"^{host}\s+:(.*)$", run.text, re.MULTILINE).group(1)))


def test_files_for_all_hosts_in_the_words_of_their_windows(player):
    words = review(player, "exchange_windows_state=rendered")
    run = player(INVENTORY, *words, playbook=SITE)
    assert run.rc == 0, run.text
    assert files(player) == ["edge1.ps1", "mbx1.ps1", "mbx2.ps1", "old1.cmd"]
    assert "New-NetFirewallRule" in (player.folder / "out" / "mbx1.ps1").read_text()
    assert b"netsh firewall" in (player.folder / "out" / "old1.cmd").read_bytes()
    again = player(INVENTORY, *words, playbook=SITE)
    assert again.rc == 0 and {recap(again, host)["changed"] for host in ("edge1", "mbx1", "old1")} == {"0"}, again.text


def test_one_of_each_kind_is_tried_first_and_a_failure_stops_the_rest(player):
    run = player(INVENTORY, playbook=SITE)
    assert run.rc != 0
    asked = re.findall(r"^fatal: \[(\w+)\]: UNREACHABLE", run.text, re.MULTILINE)
    assert asked == ["edge1"], run.text
    assert f"{STOPPED} mbx1 mbx2 old1 Mend the cause" in told(run)
    assert re.findall(r"^fatal: \[(\w+)\]: FAILED", run.text, re.MULTILINE) == ["edge1"]


def test_check_mode_shows_what_hosts_out_of_reach_should_hold(player):
    run = player(INVENTORY, "--check", "--diff", *review(player), playbook=SITE)
    assert run.rc == 0, run.text
    assert files(player) == ["edge1.not-compared", "mbx1.not-compared", "mbx2.not-compared"]
    order = list(dict.fromkeys(re.findall(r"(\w+) is out of reach", run.text)))
    assert order == ["edge1", "mbx1", "mbx2"], "canaries first, and the others sorted"
    assert "mbx1 windows (out of reach, not compared)" in run.text
    assert re.search(r"^\+.*msexchange\.firewall client-https-443 in ", run.text, re.MULTILINE)


def test_a_host_by_hand_gets_its_file_and_never_fails_a_run(player):
    run = player(INVENTORY, "--limit", "old1", playbook=SITE)
    assert run.rc == 0 and "old1: Windows 2003 has no PowerShell 5.1" in told(run) and "[by-hand]" in run.text, run.text
    run = player(INVENTORY, "--limit", "old1", *review(player), playbook=SITE)
    assert run.rc == 0 and recap(run, "old1")["changed"] == "1" and files(player) == ["old1.cmd"], run.text
    gone = player(INVENTORY, "--limit", "old1", *review(player, "exchange_windows_state=absent"), playbook=SITE)
    assert gone.rc == 0 and recap(gone, "old1")["changed"] == "0", gone.text


def test_a_state_of_appliances_alone_touches_no_windows_host(player):
    run = player(INVENTORY, "-e", "exchange_appliance_state=absent", playbook=SITE)
    assert run.rc != 0 and "UNREACHABLE" not in run.text
    assert "mbx1 is a Windows host; say exchange_windows_state too" in told(run)


def test_hosts_without_rules_of_their_own_are_skipped(player):
    run = player(INVENTORY, "--limit", "dc1", playbook=[{"hosts": "all", "gather_facts": False, "roles": [ROLE]}])
    assert run.rc == 0 and "skipping: [dc1]" in run.text, run.text
    run = player(INVENTORY, "--limit", "dc1", playbook=SITE)
    assert run.rc == 0 and "Bring the Windows host" not in run.text, run.text


REFUSED = {
    "exchange_windows_approved_digest=0000": "the approved plan is 0000",
    "exchange_windows_rollback_timeout=0": "rollback_timeout: 0 s is no time to wait",
    "exchange_windows_state=rendered": "save_to: state rendered writes a file",
    "exchange_windows_state=gone": "value of exchange_windows_state must be one of: present, absent, rendered",
    "exchange_windows_mode=block": "value of exchange_windows_mode must be one of: add",
    "exchange_windows_outbound=perhaps": "exchange_windows_outbound",
    "exchange_windows_narrow_support_boundary=yes": "does not acknowledge what it asks for",
}


@pytest.mark.parametrize("option", REFUSED)
def test_options_are_refused_before_anybody_is_asked(option, player):
    plays = [{"hosts": "mbx1", "gather_facts": False, "roles": [ROLE]}]
    run = player(INVENTORY, "-e", option, playbook=plays)
    assert run.rc != 0 and "UNREACHABLE" not in run.text and "Traceback" not in run.text
    assert REFUSED[option] in told(run), run.text


def test_the_directory_of_what_was_approved_is_not_that_of_the_review(player):
    words = review(player, f"exchange_windows_approved_directory={player.folder}/out")
    run = player(INVENTORY, *words, playbook=[{"hosts": "mbx1", "gather_facts": False, "roles": [ROLE]}])
    assert run.rc != 0 and "is exchange_windows_review_directory too" in told(run), run.text


def test_a_task_on_another_machine_is_refused(player):
    task = {"msexchange.firewall.exchange_windows": {}, "ignore_errors": True}
    plays = [
        {"hosts": host, "gather_facts": False, "tasks": [{**task, **key}]}
        for host, key in (
            ("dc1", {"delegate_to": "mbx1"}),
            ("mbx2", {"delegate_to": "mbx1"}),
            ("mbx1", {"delegate_to": "localhost"}),
            ("mbx1", {"connection": "local"}),
        )
    ]
    del (inventory := {**INVENTORY["all"]["vars"]})["ansible_connection"]
    run = player({"all": {**INVENTORY["all"], "vars": inventory}}, playbook=plays)
    text = told(run)
    assert "UNREACHABLE" not in run.text and "Traceback" not in run.text
    assert "dc1: delegate_to: the task is delegated to the Windows host mbx1" in text
    assert "that is mbx2, another Windows host" in text
    assert "mbx1: delegate_to: the task would bring the rules of mbx1 to the machine that Ansible runs on" in text
    assert "mbx1: connection: the task would bring the rules of mbx1 to the machine" in text


def test_a_slip_of_the_pen_beside_the_options_is_noticed(player):
    wrong = {**INVENTORY["all"], "hosts": {"mbx1": {**SERVER, "exchange_addresses": "10.0.0.1"}}}
    wrong["hosts"]["mbx1"]["exchange_windows_verson"] = "2019"
    run = player({"all": wrong})
    assert "did you mean 'exchange_windows_version'" in told(run), run.text
    right = {"all": {**wrong, "hosts": {"mbx1": {**SERVER, "exchange_addresses": "10.0.0.1"}}}}
    right["all"]["hosts"]["mbx1"] |= {"exchange_windows_mode": "add", "exchange_windows_outbound": True}
    run = player(right)
    assert run.rc == 0 and "did you mean" not in run.text, run.text

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module through Ansible's own wrapper for PowerShell."""

from __future__ import annotations

from harness import play
from samples import FOREIGN, foreign_rules, rule
from scheduler import Scheduler


def task(rules, **options):
    return {"operation": "apply", "rules": rules, "rollback_seconds": 0, "token": "t", **options}


def test_a_hundred_rules_beside_eleven_hundred_foreign_ones(with_ansible, new_host):
    host = new_host(foreign_rules(1100))
    rules = [rule(number) for number in range(100)]
    other = [rule(number, local_ports=["443"]) for number in range(100)]
    told = play(with_ansible, host, [task(rules)], "--check", "--diff")
    assert host.rules() == foreign_rules(1100)
    made, again, changed, gone, read = play(
        with_ansible, host, [task(rules), task(rules), task(other), task([]), {"rules": rules}], "--diff"
    )
    assert [found["changed"] for found in (*told, made, again, changed, gone, read)] == [
        True,
        True,
        False,
        True,
        True,
        False,
    ]
    assert made["diff"] == told[0]["diff"] and made["diff"]["after"].count("msexchange.firewall rule") == 100
    assert changed["counts"] == {"add": 0, "change": 100, "remove": 0, "unchanged": 0}
    assert len(made["owned"]) == 100
    assert read["differs"] and read["fingerprint"] == "" and read["counts"]["add"] == 100
    assert host.rules() == foreign_rules(1100)


def test_options_as_ansible_hands_them_on(with_ansible, new_host):
    host = new_host({"one": FOREIGN[0]})
    least = {key: rule(0)[key] for key in ("name", "direction", "protocol", "local_addresses", "remote_addresses")}
    one = {"local_ports": ["25"], "remote_addresses": "192.0.2.0/24"}
    made, alone, lacking, refused, negative, stale = play(
        with_ansible,
        host,
        [
            task([{**least, **one}]),
            {},
            {"operation": "apply"},
            task([{**least, "remote_addresses": []}]),
            task([], rollback_seconds=-1),
            task([], expected_fingerprint=""),
        ],
    )
    assert made["owned"][0]["remote_addresses"] == ["192.0.2.0/24"] and not made["differs"]
    assert alone["owned"] == made["owned"] and alone["fingerprint"] == made["fingerprint"] and "diff" not in alone
    assert "operation is apply but all of the following are missing: rules, token" in lacking["msg"]
    assert [found["msg"].rpartition("[")[2] for found in (refused, negative, stale)] == [
        "windows-no-addresses]",
        "bad-seconds]",
        "windows-changed-since-read]",
    ]
    assert len(host.ours()) == 1


def test_a_change_that_is_confirmed_and_one_that_the_host_takes_back(with_ansible, new_host):
    host = new_host(foreign_rules(3))
    armed, waits, kept, read, other = play(
        with_ansible,
        host,
        [
            task([rule(1)], rollback_seconds=300),
            {},
            {"operation": "confirm", "token": "t", "plan": "d1"},
            {"rules": [rule(1)]},
            task([rule(2)], rollback_seconds=300, token="u"),
        ],
    )
    assert armed["changed"] and waits["pending"] and 290 < waits["seconds_left"] <= 300 and waits["holds"] == ""
    assert kept["changed"] and kept["fingerprint"] == armed["fingerprint"] == read["fingerprint"]
    assert read["holds"] == "d1" and not read["pending"] and not read["differs"] and not read["changed"]
    # the script is made of the texts that Ansible brought to the host
    assert other["changed"] and Scheduler(host, None).run_by_hand(with_ansible).returncode == 0
    (late, again) = play(with_ansible, host, [{"operation": "confirm", "token": "u"}, {"rules": [rule(1)]}])
    assert late["msg"].endswith("[nothing-pending]") and late["still_loaded"] is False
    assert not again["differs"] and again["last_rollback"].startswith("somebody had the host go back")


def test_a_stopped_service_fails_the_task_with_a_sentence(with_ansible, new_host):
    (found,) = play(with_ansible, new_host(foreign_rules(2), service="stopped"), [task([])])
    assert found["msg"].endswith("is not running (0x800706D9). [windows-service-stopped]")

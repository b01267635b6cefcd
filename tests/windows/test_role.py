# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role and the playbook on emulated hosts: what changes, what is refused, and over which login it is confirmed."""

from __future__ import annotations

import json
import shutil

import pytest
from samples import foreign_rules
from winfleet import PEER, ROLE, Fleet

FOREIGN = foreign_rules(12)


@pytest.fixture
def fleet(with_ansible, tmp_path):
    return Fleet(tmp_path, with_ansible, "mbx1", "mbx2", rules=FOREIGN)


@pytest.fixture
def one(with_ansible, tmp_path):
    return Fleet(tmp_path, with_ansible, "mbx1", rules=FOREIGN)


def roles(hosts="all", **keywords):
    return [{"hosts": hosts, "gather_facts": False, "roles": [ROLE], **keywords}]


def test_check_mode_tells_what_a_run_does_and_the_next_one_changes_nothing(fleet):
    told = fleet.play("--check", "--diff")
    assert told.rc == 0 and not any(host.ours() for host in fleet.hosts.values()), told.text
    done = fleet.play("--diff")
    assert done.rc == 0 and all(result["confirmed"] for result in done.results), done.text
    assert [result["diff"] for result in done.results] == [result["diff"] for result in told.results]
    assert [result["counts"] for result in done.results] == [result["counts"] for result in told.results]
    for host in fleet.hosts.values():
        assert len(host.ours()) == done.results[0]["counts"]["add"] > 1 and host.foreign() == FOREIGN
    again = fleet.play("--diff")
    assert again.rc == 0 and {fleet_host: again.recap(fleet_host)["changed"] for fleet_host in fleet.hosts} == {
        "mbx1": 0,
        "mbx2": 0,
    }
    assert all((host.kept / "confirmed.json").exists() for host in fleet.hosts.values())
    digest = again.results[0]["digest"]
    assert [result["holds"] for result in again.results] == [{"before": digest, "after": digest}] * 2
    gone = fleet.play(state="absent")
    assert gone.rc == 0 and not any(host.ours() for host in fleet.hosts.values()), gone.text
    assert not any(host.kept.exists() for host in fleet.hosts.values())
    assert all(host.foreign() == FOREIGN for host in fleet.hosts.values())
    last = fleet.play(state="absent")
    assert last.rc == 0 and last.recap("mbx1")["changed"] == 0, last.text


def test_a_change_is_confirmed_over_a_login_of_its_own_and_nobody_becomes_anybody(one):
    one.shared["ansible_become_method"] = "sudo"
    done = one.play(playbook=roles(become=True))
    assert done.rc == 0 and done.results[0]["confirmed"], done.text
    logins = one.logins()
    assert {become for _number, become in logins} == {"-"}
    # read; apply over a login that is tried first; look and confirm over a third
    assert list(dict.fromkeys(number for number, _become in logins)) == ["1", "2", "3"]


def test_a_change_that_no_new_login_can_confirm_goes_back(one):
    kept = one.folder / "records"
    done = one.play(cut="3", rollback_timeout=3, record_directory=str(kept))
    assert done.rc != 0 and "The host went back by its own timer" in done.words, done.text
    assert not one.hosts["mbx1"].ours() and one.hosts["mbx1"].foreign() == FOREIGN
    (record,) = (json.loads(path.read_text()) for path in kept.iterdir())
    assert (record["outcome"], record["peer"], record["fingerprint_after"]) == ("went back", PEER, "")
    assert "hold what they held before: mbx1" in done.words
    assert one.play(playbook=roles()).rc == 0 and one.hosts["mbx1"].ours()


def test_only_what_was_approved_is_applied(one):
    review, approved = one.folder / "review", one.folder / "approved"
    bound = {"approved_directory": str(approved)}
    assert one.play("--check", playbook=roles(), review_directory=str(review)).rc == 0
    shutil.copytree(review, approved)
    assert sorted(path.name for path in approved.iterdir()) == ["mbx1.approval.json", "mbx1.send", "mbx1.undo"]
    other = one.play(playbook=roles(), outbound=True, **bound)
    assert other.rc != 0 and "the lines to send are not what" in other.words, other.text
    assert not one.hosts["mbx1"].ours()
    done = one.play(playbook=roles(), **bound)
    assert done.rc == 0 and one.hosts["mbx1"].ours(), done.text


def test_nobody_locks_himself_out(one):
    one.shared["exchange_management_networks"] = [f"{PEER}/32"]
    added = one.play(playbook=roles())
    assert added.rc == 0, "what only adds rules cuts nobody off"
    before = one.hosts["mbx1"].ours()
    one.shared["exchange_management_networks"] = ["10.98.0.0/24"]
    refused = one.play(playbook=roles(), may_go=[f"{PEER}/32"])
    assert refused.rc != 0 and f"would not let Ansible in from {PEER}/32" in refused.words, refused.text
    assert one.hosts["mbx1"].ours() == before


def test_a_task_for_another_name_of_the_host(one):
    """Whose rules a task takes is the host's that it runs for, wherever it is delegated to."""
    one.own["console"] = {"ansible_pwsh_interpreter": one.own["mbx1"]["ansible_pwsh_interpreter"]}
    task = {"msexchange.firewall.exchange_windows": {}, "delegate_to": "console"}
    done = one.play(playbook=[{"hosts": "mbx1", "gather_facts": False, "tasks": [task]}])
    assert done.rc == 0 and len(one.hosts["mbx1"].ours()) == done.results[0]["counts"]["add"], done.text
    include = {"ansible.builtin.include_role": {"name": ROLE}}
    done = one.play(playbook=[{"hosts": "mbx1", "gather_facts": False, "tasks": [include]}])
    assert done.rc == 0 and done.recap("mbx1")["changed"] == 0, done.text

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan in real plays: computed once, the same whatever the play looks like, from the inventory alone."""

from __future__ import annotations

import json
import shutil
from datetime import date

import pytest

PLAN = "msexchange.firewall.exchange_plan"
ONCE = "Plan digest: "
#: what the plan's text starts a device with; printed by whoever computes it
SHOWN = "gw1 (nftables): "


def play(*tasks, **keywords):
    return [{"hosts": "all", "gather_facts": False, **keywords, "tasks": list(tasks)}]


def shown(player, inventory, *arguments, **keywords):
    """A run of one play whose task shows and saves the plan."""
    task = {PLAN: {"show": True, "save_to": str(player.folder / "plan")}}
    return player(inventory, "-v", *arguments, playbook=play(task, **keywords))


@pytest.fixture(scope="module")
def whole(tmp_path_factory, player_in, examples):
    """The plain run that all others are compared with."""
    run = shown(player_in(tmp_path_factory.mktemp("whole")), examples / "current")
    assert run.rc == 0, run.text
    return run


def rules_by_host(run):
    return {host: (result["digest"], result["rules"]) for host, result in run.results("ok")}


WAYS = {
    "limited to a host": (["--limit", "mbx1"], {}),
    "limited to the gateway": (["--limit", "gw1"], {}),
    "one host after the other": ([], {"serial": 1}),
    "in batches": ([], {"serial": [1, "30%"]}),
    "each at its own pace": (["--forks", "10"], {"strategy": "free"}),
    "with one fork": (["--forks", "1"], {}),
    "with ten forks": (["--forks", "10"], {}),
    "in check mode with a diff": (["--check", "--diff"], {}),
    "on some hosts": ([], {"hosts": "edge_servers"}),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_plan_is_the_same_and_computed_once(way, whole, player, examples):
    arguments, keywords = WAYS[way]
    run = shown(player, examples / "current", *arguments, **keywords)
    assert run.rc == 0, run.text
    assert run.text.count(ONCE) == 1 and run.text.count(SHOWN) == 1
    assert run.plan() == whole.plan()
    expected = rules_by_host(whole)
    found = rules_by_host(run)
    assert found and all(expected[host] == answer for host, answer in found.items())
    if not (arguments[:1] == ["--limit"] or "hosts" in keywords):
        assert set(found) == set(expected)


def test_a_later_task_of_the_play_reads_it_and_another_play_computes_anew(player, examples):
    task = {PLAN: {"show": True}}
    run = player(examples / "current", playbook=play(task, task))
    assert run.rc == 0 and run.text.count(ONCE) == 1
    run = player(examples / "current", playbook=[*play(task), *play(task)])
    assert run.rc == 0 and run.text.count(ONCE) == 2


def test_nothing_of_the_plan_is_left_in_the_temporary_directory(player, examples):
    run = shown(player, examples / "current")
    assert run.rc == 0
    left = [path for path in (player.folder / "home").rglob("*") if "msexchange" in path.name or path.suffix == ".json"]
    assert not left


def test_a_host_is_told_its_own_rules(whole):
    rules = {host: found for host, (_digest, found) in rules_by_host(whole).items()}
    assert "edgesync-50636.headquarters" in rules["edge1"]["in"]
    assert "edgesync-50636.headquarters" in rules["mbx1"]["out"]
    assert "edgesync-50636.headquarters" not in rules["mbx3"]["out"]
    assert "edgesync-50636.headquarters" in rules["gw1"]["forward"]
    assert set(rules["gw1"]) == {"forward"}


PLAY_VARIABLES = {
    "of the play": {"vars": {"exchange_site": "elsewhere"}},
    "of a play that adds a feature": {"vars": {"exchange_features": ["dag", "pop3"]}},
}


@pytest.mark.parametrize("where", PLAY_VARIABLES)
def test_inventory_variables_of_a_play_are_refused_with_a_sentence(where, player, examples):
    run = player(examples / "current", "--limit", "mbx1", playbook=play({PLAN: {}}, **PLAY_VARIABLES[where]))
    assert run.rc != 0 and "Traceback" not in run.text
    ((host, result),) = run.results()
    (variable,) = PLAY_VARIABLES[where]["vars"]
    assert host == "mbx1"
    assert f"mbx1: {variable}: this task sees" in result["msg"]
    assert "set exchange_* in the inventory, host_vars or group_vars, not for a play, a role or a task" in result["msg"]


def test_so_are_those_of_a_task(player, examples):
    task = {PLAN: {}, "vars": {"exchange_networks": {"internal_clients": ["0.0.0.0/1"]}}}
    run = player(examples / "current", "--limit", "gw1", playbook=play(task))
    assert run.rc != 0
    assert "gw1: exchange_networks: this task sees" in run.results()[0][1]["msg"]


SECRET = """\
    smtp_password: !vault |
      $ANSIBLE_VAULT;1.1;AES256
      33363934326338373035633237373734353033386162336565383434613334643062663764353863
      3436396138313131613837333230333330623464326236330a313332313563656261653735333431
      35373464336364393762346439613764396534666562663738353763663232303234356138653562
      3965316538336563330a613764303239376437653962366633343536366466346161333738316536
      3139
"""
UNRELATED = f"""\
all:
  vars:
    nowhere_to_be_found: "{{{{ undefined_variable }}}}"
    exchange_iso_path: "{{{{ undefined_variable }}}}/exchange.iso"
{SECRET}  hosts:
    mbx1: {{exchange_version: se, exchange_roles: [mailbox], exchange_addresses: ["10.0.0.{{{{ 1 }}}}"]}}
"""


def test_unrelated_vaulted_and_undefined_variables_do_not_matter(player):
    run = player.save(player.write("inventory.yml", UNRELATED))
    assert run.rc == 0, run.text
    assert run.plan()["protected"]["members"] == ["10.0.0.1/32"]


def test_a_play_that_adds_a_host_leaves_the_plan_alone_and_the_next_one_computes_anew(player, examples):
    tasks = [
        {PLAN: {"show": True}, "run_once": True},
        {"ansible.builtin.add_host": {"name": "late1"}, "run_once": True},
        {PLAN: {"show": True}},
    ]
    run = player(examples / "current", playbook=[*play(*tasks), *play({PLAN: {}}, hosts="late1")])
    assert run.rc == 0, run.text
    assert run.text.count(ONCE) == 1


def test_the_controller_may_ask_and_has_no_part_in_the_plan(player, examples):
    run = player(examples / "current", playbook=play({PLAN: {}}, hosts="localhost"))
    assert run.rc == 0 and "changed=0" in run.text, run.text


def test_nobody_is_contacted_and_nothing_is_gathered(player):
    """Addresses of documentation, a connection whose library is missing, and a port that is closed."""
    hosts = {
        "mbx1": {"ansible_connection": "winrm", "ansible_host": "192.0.2.1"},
        "mbx2": {"ansible_connection": "ssh", "ansible_host": "192.0.2.2"},
    }
    inventory = {"all": {"hosts": hosts, "vars": {"exchange_version": "se", "exchange_roles": ["mailbox"]}}}
    run = player.save(inventory)
    assert run.rc == 0, run.text
    assert "unreachable=0" in run.text and "unreachable=1" not in run.text


SMALL = {
    "all": {
        "hosts": {
            "mbx1": {"exchange_version": "se", "exchange_roles": ["mailbox"], "exchange_addresses": ["10.0.0.1"]},
            "dc1": {
                "exchange_party": "domain_controller",
                "exchange_windows_version": "2022",
                "exchange_addresses": ["10.0.0.2"],
            },
        }
    }
}


def test_the_acknowledgement_must_be_word_for_word(player):
    said = "exchange_plan_narrow_support_boundary"
    run = player(SMALL, "-e", f"{said}=yes")
    assert run.rc != 0
    assert "does not acknowledge what it asks for" in run.results()[0][1]["msg"]
    run = player.save(SMALL, "-e", json.dumps({said: "I know that Microsoft does not support this"}))
    assert run.rc == 0, run.text
    assert run.plan()["support_boundary"] == "narrowed"
    assert "Microsoft does not support filtering" in " ".join(run.plan()["warnings"])
    assert not any(rule["transport"] == "any" for rule in run.plan()["rules"])


def test_the_role_alone_works_from_ones_own_play(player, examples):
    shutil.copytree(examples / "current", player.folder / "inventory")
    own = [{"hosts": "gateways", "gather_facts": False, "roles": ["msexchange.firewall.exchange_plan"]}]
    run = player(player.folder / "inventory", playbook=own)
    assert run.rc == 0, run.text
    assert ONCE not in run.text and "changed=0" in run.text


def own_flow(name, expiry):
    """A flow of one's own; YAML reads the day as a date, not as text."""
    ends = {"initiator": {"parties": ["monitoring"]}, "listener": {"parties": ["mailbox"]}}
    more = {"owner": "Jo", "need": "Ours.", "title": "Ours", "protocol": "own", "transport": "tcp", "ports": [7000]}
    return {"id": name, "expiry": date.fromisoformat(expiry), **more, **ends}


def test_a_flow_of_ones_own_is_planned_until_it_expires(player):
    server = {"exchange_version": "2019", "exchange_roles": ["mailbox"], "exchange_addresses": ["10.0.0.1"]}
    fleet = {
        "exchange_networks": {"monitoring": ["10.8.0.0/24"]},
        "exchange_extra_flows": [own_flow("long", "2999-12-31"), own_flow("over", "2001-12-31")],
    }
    run = player.save({"all": {"hosts": {"mbx1": server}, "vars": fleet}})
    assert run.rc == 0, run.text
    rules = {rule["id"]: rule for rule in run.plan()["rules"]}
    assert (rules["long"]["owner"], rules["long"]["expiry"]) == ("Jo", "2999-12-31")
    assert "over" not in rules
    assert run.plan()["warnings"] == ["The flow over (Jo) expired after 2001-12-31 and makes no rule."]

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must be equal for equal input: digest, ids, groups; and what makes a digest another one."""

from __future__ import annotations

import random

import pytest
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.build import build_plan
from ansible_collections.msexchange.firewall.plugins.plugin_utils.topology.read import read_topology
from fleet import good_plan, good_topology, inputs, mailbox, old, party

FLEET = {
    "networks": {"internal_clients": ["10.9.0.0/16", "2001:db8:9::/48"], "exchange_online": ["198.51.100.0/24"]},
    "management_networks": ["10.99.0.0/24"],
}
HOSTS = {
    "m1": mailbox(1, features=["dag", "hybrid"], ansible_connection="winrm"),
    "m2": mailbox(2, features=["hybrid", "dag"]),
    "m3": mailbox(3, features=["dag"], addresses=["2001:db8::3", "10.0.0.3"]),
    "o1": old(1, "mailbox", "bridgehead", routing_group="x"),
    "dc": party("domain_controller", "10.0.2.1", windows_version="2022"),
    "lb": party("load_balancer", "10.0.3.1", servers=["m2", "m1"]),
    "gw": {"platform": "nftables", "zones": {"b": ["10.9.0.0/16", "0.0.0.0/0"], "a": ["10.0.0.0/16"]}},
}


def shuffled(value, dice):
    """The same content in another order of hosts, keys and list members."""
    if isinstance(value, dict):
        keys = list(value)
        dice.shuffle(keys)
        return {key: shuffled(value[key], dice) for key in keys}
    if isinstance(value, list):
        value = [shuffled(item, dice) for item in value]
        dice.shuffle(value)
    return value


@pytest.mark.parametrize("seed", range(5))
def test_order_does_not_matter(seed, small):
    dice = random.Random(seed)
    plan = good_plan(HOSTS, FLEET)
    given = inputs(shuffled(HOSTS, dice), shuffled(FLEET, dice))
    dice.shuffle(given)
    topology, _problems = read_topology(given, small, {"nftables": "nftables"})
    assert build_plan(small, topology)[0] == plan


ANOTHER = {
    "an address": {"m1": mailbox(7, features=["dag", "hybrid"], ansible_connection="winrm")},
    "a feature": {"m1": mailbox(1, features=["dag"], ansible_connection="winrm")},
    "a host's name": {"m1": None, "m9": HOSTS["m1"], "lb": {**HOSTS["lb"], "servers": ["m2", "m9"]}},
    "a fixed port": {"dc": {**HOSTS["dc"], "static_ports": {"rpc": [59531]}}},
    "a zone": {"gw": {**HOSTS["gw"], "zones": {**HOSTS["gw"]["zones"], "c": ["10.0.2.0/24"]}}},
    "a way in": {"m1": {**HOSTS["m1"], "ansible_port": 5985}},
}


@pytest.mark.parametrize("what", ANOTHER)
def test_another_digest_for_another(what):
    hosts = {name: said for name, said in {**HOSTS, **ANOTHER[what]}.items() if said}
    assert good_plan(hosts, FLEET).digest != good_plan(HOSTS, FLEET).digest


SAME = {
    "spelling": {"m3": {**HOSTS["m3"], "addresses": ["2001:DB8:0::3/128", "10.0.0.3"]}},
    "what is said twice": {"m1": {**HOSTS["m1"], "features": ["dag", "hybrid", "dag"]}},
    "a host without a part in it": {"web": {"ansible_host": "10.0.0.80"}},
    "a name that Ansible connects to": {"m3": {**HOSTS["m3"], "ansible_host": "m3.example.com"}},
}


@pytest.mark.parametrize("what", SAME)
def test_the_same_digest_whatever(what):
    assert good_plan({**HOSTS, **SAME[what]}, FLEET).digest == good_plan(HOSTS, FLEET).digest


def test_narrowing_changes_the_digest_though_nothing_is_inside():
    hosts = {"o1": old(1), "o2": old(2)}
    assert good_plan(hosts, narrow=True).digest != good_plan(hosts).digest


def test_rules_are_sorted_and_each_id_and_group_name_stands_for_one_thing():
    plan = good_plan(HOSTS, FLEET)
    ids = [rule.id for rule in plan.rules]
    assert ids == sorted(set(ids))
    groups = [group for rule in plan.rules for group in (rule.source, rule.destination)]
    assert len({group.name for group in groups}) == len(set(groups))


AWKWARD = ["x", "x.replication", "other-than-rg-x", "", "x.y", "rg-x", "First Group", "a+b", "../x", "$(id)", "x;y{"]


def test_awkward_names_of_routing_groups_are_kept_apart():
    hosts = {
        f"o{n}": old(n, "bridgehead", "mailbox", routing_group=group, features=["ipsec"])
        for n, group in enumerate([*AWKWARD, *AWKWARD], 1)
    }
    plan = good_plan(hosts)
    ids = [rule.id for rule in plan.rules]
    assert len(set(ids)) == len(ids)
    assert len([rule for rule in plan.rules if rule.flow == "link-state"]) == len(AWKWARD)
    by_name = {}
    for rule in plan.rules:
        for group in (rule.source, rule.destination):
            assert by_name.setdefault(group.name, group.members) == group.members


def test_the_internet_leaves_out_all_that_is_declared():
    plan = good_plan(HOSTS, FLEET)
    internet = next(rule for rule in plan.rules if rule.flow == "updates-80").destination
    assert internet.members == ("0.0.0.0/0", "::/0")
    assert {"10.9.0.0/16", "10.0.0.1/32", "2001:db8::3/128"} <= set(internet.excluded)
    assert "198.51.100.0/24" not in internet.excluded  # part of the Internet


def test_clients_leave_out_servers_among_them():
    plan = good_plan({"m": mailbox(1, addresses=["10.9.0.5"])}, FLEET)
    clients = next(rule for rule in plan.rules if rule.flow == "client-443").source
    assert clients.excluded == ("10.9.0.5/32",)


def test_groups_tell_who_an_address_is():
    plan = good_plan(HOSTS, FLEET)
    group = next(rule for rule in plan.rules if rule.flow == "client-443").destination
    assert dict(group.labels)["10.0.0.1/32"] == "m1" and dict(group.labels)["10.0.3.1/32"] == "lb"


def test_protected_are_servers_and_balancers_with_all_their_addresses():
    hosts = {**HOSTS, "m2": {**HOSTS["m2"], "replication_addresses": ["10.8.0.2"]}}
    labels = dict(good_plan(hosts, FLEET).protected.labels)
    assert set(labels.values()) == {"m1", "m2", "m3", "o1", "lb"}
    assert labels["10.8.0.2/32"] == "m2"


def test_management_keeps_the_connection_ports_open():
    plan = good_plan(HOSTS, FLEET)
    ways = {rule.ports[0][0]: {label for _p, label in rule.destination.labels} for rule in plan.management_rules}
    assert ways == {22: {"m2", "m3", "o1", "lb"}, 5986: {"m1"}}
    assert plan.management.members == ("10.99.0.0/24",)
    assert not good_plan(HOSTS, {"networks": FLEET["networks"]}).management_rules


def test_management_of_one_organization_reaches_no_other():
    hosts = {
        "a": mailbox(1, organization="x", management_networks=["10.98.0.0/24"]),
        "b": mailbox(2, organization="y", management_networks=["10.99.0.0/24"]),
    }
    rules = {rule.id: (rule.source.members, rule.destination.members) for rule in good_plan(hosts).management_rules}
    assert rules == {
        "x/management.22": (("10.98.0.0/24",), ("10.0.0.1/32",)),
        "y/management.22": (("10.99.0.0/24",), ("10.0.0.2/32",)),
    }


def test_members_of_a_topology_are_those_of_the_organization():
    topology = good_topology({"a": mailbox(1, organization="x"), "b": mailbox(2)})
    assert [host.name for host in topology.members("x")] == ["a"]

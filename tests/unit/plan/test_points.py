# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts that apply rules to themselves: which they are, what each is given, and how little a task has to read."""

from __future__ import annotations

import pytest
from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.load import load
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.build import build_plan
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.fleet import compute, contents
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.lockout import host_lockout_problems
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.points import Points, by_hand, slice_from_pieces
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.slicing import host_rules
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.store import Options, PlanStore
from fleet import SMALL_CATALOG, good_topology, inputs, mailbox, old, party

FLEET = {
    "networks": {"internal_clients": ["10.9.0.0/16"]},
    "management_networks": ["10.99.0.0/24"],
    "ansible_connection": "winrm",
}
HOSTS = {
    "a": mailbox(1, features=["dag"], replication_addresses=["10.8.0.1"]),
    "b": mailbox(2, features=["dag"], replication_addresses=["10.8.0.2"]),
    "dc": party("domain_controller", "10.0.2.1", windows_version="2022"),
    "w": party("witness", "10.0.2.2", windows_version="2022"),
    "gw": {"platform": "nftables", "zones": {"x": ["10.0.0.0/24"], "y": ["0.0.0.0/0"]}},
}


def points(hosts=None, fleet=None):
    topology = good_topology(HOSTS if hosts is None else hosts, FLEET if fleet is None else fleet)
    plan, _problems = build_plan(load(SMALL_CATALOG), topology)
    return Points(plan, topology)


def with_word(name, word):
    return {**HOSTS, name: {**HOSTS[name], "enforcement": word}}


WHO = [
    (HOSTS, ["a", "b", "w"]),
    (with_word("dc", True), ["a", "b", "dc", "w"]),
    (with_word("dc", "artifacts"), ["a", "b", "dc", "w"]),
    (with_word("w", False), ["a", "b"]),
    (with_word("a", "no"), ["b", "w"]),
    ({**HOSTS, "lb": party("load_balancer", "10.0.3.1", enforcement=True)}, ["a", "b", "w"]),
]


@pytest.mark.parametrize(("hosts", "expected"), WHO)
def test_who_applies_rules_to_itself(hosts, expected):
    assert sorted(points(hosts).hosts) == expected


BY_HAND = [
    ({**old(1)}, "Windows 2003"),
    ({**old(1), "enforcement": True}, "Windows 2003"),  # there is no PowerShell 5.1 whatever anybody says
    (mailbox(1), ""),
    (mailbox(1, enforcement="artifacts"), "files alone"),
    (mailbox(1, version="2010"), "does not go with PowerShell 5.1"),
    (mailbox(1, version="2010", windows_version="2012"), "does not go with PowerShell 5.1"),
    (mailbox(1, version="2010", windows_version="2016"), ""),
    (mailbox(1, version="2010", enforcement=True), ""),
    (mailbox(1, version="2013"), ""),
    (party("witness", "10.0.0.1"), ""),
    (party("witness", "10.0.0.1", windows_version="2008"), "2008 R2"),
    (party("witness", "10.0.0.1", windows_version="2008", enforcement=True), ""),
]


@pytest.mark.parametrize(("said", "words"), BY_HAND)
def test_what_ansible_cannot_manage_is_named(said, words):
    topology = good_topology({"h": said}, FLEET, catalog=load())
    found = by_hand(topology.hosts["h"])
    assert words in found and bool(found) == bool(words)


def test_a_host_is_given_the_rules_that_name_it_with_its_own_addresses():
    found = points()
    part = found.slice("a")
    named = {rule.id for _direction, rule in host_rules(found.plan, good_topology(HOSTS, FLEET))["a"]}
    assert {rule.id for rule in part.rules} == named and named
    assert (part.own.mail, part.own.replication, part.own.virtual) == (("10.0.0.1/32",), ("10.8.0.1/32",), ())
    assert [host.name for host in part.managed] == ["a"] and part.platform == "windows"
    assert found.directed("a", "in") != found.directed("a", "out")
    with pytest.raises(KeyError):
        found.slice("dc")


def balanced(**more):
    virtual = party("load_balancer", "10.0.3.1", virtual_addresses=["10.0.3.9"], **more)
    return points({**HOSTS, "lb": virtual}).slice("a").own.virtual


def test_virtual_addresses_count_where_a_balancer_may_pass_packets_on_as_they_are():
    assert balanced() == balanced(keeps_client_address=True) == ("10.0.3.9/32",)
    assert balanced(keeps_client_address=False) == balanced(servers=["b"]) == ()


@pytest.mark.parametrize("name", ["a", "w"])
def test_ansible_keeps_its_way_to_a_host_with_rules(name):
    part = points().slice(name)
    (rule,) = part.management_rules
    assert rule.flow == "management" and rule.ports == ((5986, 5986),)
    assert rule.source.members == ("10.99.0.0/24",) and set(part.own.mail) <= set(rule.destination.members)


LOCKOUT = [
    (FLEET, "", []),
    (FLEET, "10.99.0.7/32", []),
    (FLEET, "10.9.0.7/32", ["lockout"]),  # a client's network is none that Ansible comes from
    (FLEET, "2001:db8::7/128", []),  # it cannot have come to an IPv4 address
    ({**FLEET, "management_networks": []}, "", ["lockout-unknown"]),
    ({**FLEET, "management_networks": []}, "10.99.0.7/32", ["lockout"]),
    ({**FLEET, "ansible_connection": "local", "management_networks": []}, "", []),
]


@pytest.mark.parametrize(("fleet", "peer", "codes"), LOCKOUT)
def test_lockout_of_a_host(fleet, peer, codes):
    assert [problem.code for problem in host_lockout_problems(points(fleet=fleet).slice("w"), peer)] == codes


def stored(tmp_path, hosts):
    given = inputs(hosts, FLEET)
    fleet = compute(given, Options(), {"nftables": "nftables"})
    store = PlanStore(tmp_path / "plan")
    store.ensure(lambda: contents(fleet, given, {}))
    return fleet, store


def test_a_task_reads_its_own_part_and_what_it_refers_to(tmp_path):
    fleet, store = stored(tmp_path, HOSTS)
    for name in fleet.points.hosts:
        part = store.host(name)
        pieces = store.pieces(part)
        found = slice_from_pieces(name, part["point"], pieces.__getitem__)
        made = fleet.points.slice(name)
        assert found.rules == made.rules and found.management_rules == made.management_rules
        assert (found.own, found.managed, found.known) == (made.own, made.managed, made.known)
        assert (found.management, found.digest) == (made.management, made.digest)
        assert set(pieces) == set(fleet.points.needs(name))
    assert len(fleet.points.needs("w")) < len(fleet.points.pieces())
    assert "point" not in store.host("dc") and "point" not in store.host("gw")


def test_a_plan_without_such_hosts_stores_nothing_for_them(tmp_path):
    hosts = {"dc": HOSTS["dc"], "gw": HOSTS["gw"]}
    _fleet, store = stored(tmp_path, hosts)
    assert not (store.directory / "pieces.json").exists()


def test_what_is_said_of_enforcement_is_part_of_what_is_approved():
    def digest(hosts):
        return compute(inputs(hosts, FLEET), Options(), {"nftables": "nftables"}).plan.digest

    assert len({digest(HOSTS), digest(with_word("w", False)), digest(with_word("dc", True))}) == 3

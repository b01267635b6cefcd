# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual addresses, published addresses and resolved names: how they are read, and each problem named once."""

from __future__ import annotations

import pytest
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.build import build_plan
from ansible_collections.msexchange.firewall.plugins.plugin_utils.topology import variables
from fleet import good_plan, good_topology, mailbox, party, topology_of

LB = party("load_balancer", "10.0.1.1")
GATEWAY = {"platform": "nftables", "zones": {"a": ["10.0.0.0/24"], "b": ["10.1.0.0/24"]}}


def test_virtual_and_published_addresses_are_read():
    said = {"virtual_addresses": ["2001:DB8::5", "10.0.1.2"], "published_addresses": {"10.0.1.2": "203.0.113.2"}}
    host = good_topology({"lb": {**LB, **said, "keeps_client_address": "no"}, "a": mailbox(1)}).hosts["lb"]
    assert host.virtual == host.called == ("10.0.1.2/32", "2001:db8::5/128")
    assert host.published == (("10.0.1.2/32", ("203.0.113.2/32",)),)
    assert host.keeps_client is False


def test_one_address_may_be_published_twice_and_two_as_one():
    hosts = {
        "a": mailbox(1, published_addresses={"10.0.0.1": ["203.0.113.2", "198.51.100.2"]}),
        "b": mailbox(2, published_addresses={"10.0.0.2": "203.0.113.2"}),
    }
    pairs = good_plan(hosts).published
    assert pairs == (
        ("10.0.0.1/32", "198.51.100.2/32"),
        ("10.0.0.1/32", "203.0.113.2/32"),
        ("10.0.0.2/32", "203.0.113.2/32"),
    )


def test_what_is_published_is_in_the_digest():
    hosts = {"a": mailbox(1), "b": mailbox(2)}
    other = {**hosts, "a": mailbox(1, published_addresses={"10.0.0.1": "203.0.113.2"})}
    assert good_plan(hosts).digest != good_plan(other).digest


# name: (hosts, [(code, host, variable, part of the text)])
CASES = {
    "virtual addresses of a server": (
        {"a": mailbox(1, virtual_addresses=["10.0.1.1"])},
        [("not-a-balancer", "a", "virtual_addresses", "only a load balancer")],
    ),
    "a server that keeps addresses": (
        {"a": mailbox(1, keeps_client_address=True)},
        [("not-a-balancer", "a", "keeps_client_address", "only a load balancer")],
    ),
    "neither yes nor no": (
        {"a": mailbox(1), "lb": {**LB, "keeps_client_address": "sometimes"}},
        [("bad-value", "lb", "keeps_client_address", "true or false was expected, not 'sometimes'")],
    ),
    "a virtual address that is a server's": (
        {"a": mailbox(1), "lb": {**LB, "virtual_addresses": ["10.0.0.1"]}},
        [("address-twice", "lb", "virtual_addresses", "10.0.0.1 is also an address of a; only load balancers share")],
    ),
    "a virtual address of two organizations": (
        {
            "a": mailbox(1),
            "b": mailbox(2, organization="x"),
            "lb": {**LB, "virtual_addresses": ["10.0.9.9"]},
            "other": party("load_balancer", "10.0.1.2", organization="x", virtual_addresses=["10.0.9.9"]),
        },
        [("address-twice", "other", "virtual_addresses", "a virtual address of lb, which belongs to another")],
    ),
    "virtual addresses of nobody": (
        {"a": mailbox(1), "x": {"virtual_addresses": ["10.0.1.1"]}},
        [("orphan", "x", "virtual_addresses", "neither")],
    ),
    "published addresses of nobody": (
        {"a": mailbox(1), "x": {"published_addresses": {"10.0.1.1": "203.0.113.1"}}},
        [("orphan", "x", "published_addresses", "neither")],
    ),
    "a stranger is published": (
        {"a": mailbox(1, published_addresses={"10.0.0.2": "203.0.113.2"})},
        [("published-stranger", "a", "published_addresses", "10.0.0.2 is published, but it is no address of this")],
    ),
    "what a gateway translates is said at the server": (
        {"a": mailbox(1), "gw": {**GATEWAY, "published_addresses": {"10.0.0.1": "203.0.113.2"}}},
        [("published-stranger", "gw", "published_addresses", "no address of this host")],
    ),
    "published as somebody": (
        {"a": mailbox(1, published_addresses={"10.0.0.1": "10.0.0.2"}), "b": mailbox(2)},
        [("published-twice", "a", "published_addresses", "which is an address of b itself")],
    ),
    "published in the other family": (
        {"a": mailbox(1, published_addresses={"10.0.0.1": "2001:db8::1"})},
        [("published-family", "a", "published_addresses", "the other address family")],
    ),
    "published as a network, and as two at once": (
        {"a": mailbox(1, published_addresses={"10.0.0.1": "203.0.113.0/24", "m": "203.0.113.9"})},
        [("bad-value", "a", "published_addresses", "'203.0.113.0/24' is a network")],
    ),
    "published addresses in a list": (
        {"a": mailbox(1, published_addresses=["203.0.113.9"])},
        [("bad-value", "a", "published_addresses", "a mapping of an address of the host")],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_each_problem_is_told_and_no_other(name):
    hosts, expected = CASES[name]
    _topology, problems = topology_of(hosts)
    assert sorted((p.code, p.host, p.variable) for p in problems) == sorted(
        (code, host, f"exchange_{variable}") for code, host, variable, _text in expected
    )
    for code, _host, _variable, text in expected:
        assert any(text in p.text for p in problems if p.code == code), [str(p) for p in problems]


BOOK = {"vip.example.com": ("10.0.1.9", "10.0.1.8"), "nothing.example.com": (), "self.example.com": ("fe80::1%eth0",)}


def book(name):
    if name not in BOOK:
        raise OSError("name or service not known")
    return BOOK[name]


def test_a_virtual_address_may_be_a_name_and_the_plan_keeps_what_it_was_taken_for(small):
    hosts = {"a": mailbox(1), "lb": {**LB, "virtual_addresses": ["vip.example.com"]}}
    topology = good_topology(hosts, resolve=book)
    assert topology.hosts["lb"].virtual == ("10.0.1.8/32", "10.0.1.9/32")
    plan, _problems = build_plan(small, topology)
    assert plan.names == (("lb", "vip.example.com", ("10.0.1.8/32", "10.0.1.9/32")),)


def test_another_answer_makes_another_digest(small):
    hosts = {"a": mailbox(1, addresses=["a.example.com"]), "b": mailbox(2)}
    digests = {
        build_plan(small, good_topology(hosts, resolve=lambda _name, found=found: found))[0].digest
        for found in (("10.0.0.7",), ("10.0.0.8",), ("10.0.0.7", "10.0.0.8"))
    }
    assert len(digests) == 3


UNRESOLVED = [
    ("nothing.example.com", "could not be resolved: it has no address"),
    ("self.example.com", "'self.example.com' resolves to 'fe80::1%eth0', and that"),
    ("nobody.example.com", "could not be resolved: name or service not known"),
]


@pytest.mark.parametrize("variable", ["addresses", "replication_addresses"])
@pytest.mark.parametrize(("name", "text"), UNRESOLVED)
def test_a_name_without_a_usable_address_is_one_problem_of_its_variable(variable, name, text):
    _topology, problems = topology_of({"a": mailbox(1, **{variable: [name]})}, resolve=book)
    (problem,) = problems
    assert (problem.code, problem.host, problem.variable) == ("unresolved", "a", f"exchange_{variable}")
    assert text in problem.text


@pytest.mark.parametrize("value", [True, "true", "Yes", False, "no", "False"])
def test_yes_and_no_come_as_words_too(value):
    assert variables.flag(value) is (str(value).lower() in ("true", "yes"))

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that can be wrong with an inventory: each problem named once, with host and variable, and no other."""

from __future__ import annotations

import pytest
from fleet import mailbox, old, party, topology_of

GATEWAY = {"platform": "nftables", "zones": {"a": ["10.0.0.0/24"], "b": ["10.1.0.0/24"]}}

# name: (hosts, fleet, [(code, host, variable, part of the text)])
CASES = {
    "unknown version": (
        {"a": mailbox(1, version="2109")},
        {},
        [("unknown-version", "a", "version", "Choices: 2000, 2003, 2010, 2019, se.")],
    ),
    "unknown role": (
        {"a": mailbox(1, roles=["mailbx", "mailbox"])},
        {},
        [("unknown-server-role", "a", "roles", "did you mean 'mailbox'?")],
    ),
    "a party is no role": (
        {"a": mailbox(1, roles=["mailbox", "witness"])},
        {},
        [("unknown-server-role", "a", "roles", "It is a party: use exchange_party.")],
    ),
    "a role is no party": (
        {"a": mailbox(1), "b": party("mailbox", "10.0.0.2")},
        {},
        [("unknown-party", "b", "party", "Server roles go into exchange_roles.")],
    ),
    "role and version never met": (
        {"a": mailbox(1, roles=["hub_transport"])},
        {},
        [("role-not-in-version", "a", "roles", "Exchange 2010 had it. It has edge_transport and mailbox.")],
    ),
    "unknown feature": (
        {"a": mailbox(1, features=["dga"])},
        {},
        [("unknown-feature", "a", "features", "did you mean 'dag'?")],
    ),
    "refused feature": (
        {"a": {"version": "2000", "roles": ["im_server"], "features": ["chat_tls"], "addresses": ["10.0.0.1"]}},
        {},
        [("refused-feature", "a", "features", "Nothing listens there. Instead: Chat on 6667.")],
    ),
    "feature of another version": (
        {"a": old(1, features=["dag"])},
        {},
        [("feature-not-in-version", "a", "features", "it belongs to mailbox of 2010, 2019 or se")],
    ),
    "feature of a party": (
        {"a": mailbox(1), "w": party("witness", "10.0.0.9", features=["dag"])},
        {},
        [("feature-without-server", "w", "features", "belongs to Exchange servers; this host is witness")],
    ),
    "feature of nobody": (
        {"a": mailbox(1), "x": {"features": ["dag"]}},
        {},
        [("feature-without-server", "x", "features", "neither a version nor a party")],
    ),
    "replication of nobody": (
        {"a": mailbox(1), "x": {"replication_addresses": ["10.0.0.9"]}},
        {},
        [("orphan", "x", "replication_addresses", "neither")],
    ),
    "roles without a version": (
        {"a": {"roles": ["mailbox"], "addresses": ["10.0.0.1"], "features": ["dag"]}},
        {},
        [("no-version", "a", "version", "say which Exchange it runs")],
    ),
    "a version without roles": (
        {"a": {"version": "2019", "addresses": ["10.0.0.1"]}},
        {},
        [("no-roles", "a", "roles", "exchange_role_groups")],
    ),
    "two parties": (
        {"a": mailbox(1), "b": party("witness", "10.0.0.2", groups=["dcs"])},
        {"party_groups": {"dcs": "domain_controller"}},
        [("two-parties", "b", "party", "domain_controller and witness are said")],
    ),
    "address twice": (
        {"a": mailbox(1), "b": mailbox(1)},
        {},
        [("address-twice", "b", "addresses", "10.0.0.1 is also an address of a")],
    ),
    "replication on the serving address": (
        {"a": mailbox(1, replication_addresses=["10.0.0.1"])},
        {},
        [("address-twice", "a", "replication_addresses", "kept apart")],
    ),
    "network twice": (
        {"a": mailbox(1)},
        {"networks": {"internal_clients": ["10.9.0.0/16"], "witness": ["10.9.0.0/16"]}},
        [("network-twice", "", "networks", "10.9.0.0/16 of witness is also declared by party internal_clients")],
    ),
    "unknown party of a network": (
        {"a": mailbox(1, features=["hybrid"])},
        {"networks": {"exchange_onlin": ["10.9.0.0/16"]}},
        [("unknown-party", "a", "networks", "did you mean 'exchange_online'?")],
    ),
    "servers are no networks": (
        {"a": mailbox(1)},
        {"networks": {"mailbox": ["10.9.0.0/16"]}},
        [("unknown-party", "a", "networks", "Servers are inventory hosts")],
    ),
    "the internet is never declared": (
        {"a": mailbox(1)},
        {"networks": {"internet": ["10.9.0.0/16"]}},
        [("internet-declared", "a", "networks", "never declared")],
    ),
    "everything is no network": (
        {"a": mailbox(1)},
        {"networks": {"internal_clients": ["0.0.0.0/0"]}},
        [("everything", "a", "networks", "internal_clients holds 0.0.0.0/0, which is everything")],
    ),
    "fleet variables differ": (
        {"a": mailbox(1, management_networks=["10.9.0.0/16"]), "b": mailbox(2, management_networks=["10.8.0.0/16"])},
        {},
        [("fleet-differs", "b", "management_networks", "it differs from what a says")],
    ),
    "one bad network of one party": (
        {"a": mailbox(1, features=["hybrid", "pop3"])},
        {"networks": {"internal_clients": ["10.9.0.1/16"], "exchange_online": ["nowhere"]}},
        [("bad-value", "a", "networks", "under 'internal_clients': '10.9.0.1/16' has bits set")],
    ),
    "zones overlap": (
        {"a": mailbox(1), "gw": {**GATEWAY, "zones": {"a": ["10.0.0.0/24"], "b": ["10.0.0.0/24"]}}},
        {},
        [("zones-overlap", "gw", "zones", "10.0.0.0/24 lies in the zones a and b")],
    ),
    "one zone": (
        {"a": mailbox(1), "gw": {**GATEWAY, "zones": {"a": ["10.0.0.0/24"]}}},
        {},
        [("one-zone", "gw", "zones", "only one is named")],
    ),
    "no platform": (
        {"a": mailbox(1), "gw": {"zones": GATEWAY["zones"]}},
        {},
        [("unknown-platform", "gw", "platform", "is not known. Choices: nftables.")],
    ),
    "unknown platform": (
        {"a": mailbox(1), "gw": {"zones": GATEWAY["zones"], "ansible_network_os": "junos"}},
        {},
        [("unknown-platform", "gw", "platform", "'junos' is no platform")],
    ),
    "unknown windows": (
        {"a": old(1), "dc": party("domain_controller", "10.0.0.2", windows_version="2o22")},
        {},
        [("unknown-windows", "dc", "windows_version", "Choices: 2003, 2022.")],
    ),
    "unknown second connection": (
        {"a": mailbox(1, static_ports={"rcp": [5000]})},
        {},
        [("unknown-follow", "a", "static_ports", "'rcp' is no second connection")],
    ),
    "servers of no balancer": (
        {"a": mailbox(1, servers=["b"]), "b": mailbox(2)},
        {},
        [("servers-without-balancer", "a", "servers", "only a load balancer")],
    ),
    "unknown server of a balancer": (
        {"mbx1": mailbox(1), "lb": party("load_balancer", "10.0.1.1", servers=["mxb1"])},
        {},
        [("unknown-server", "lb", "servers", "did you mean 'mbx1'?")],
    ),
    "a slip of the pen": (
        {"a": mailbox(1, adresses=["10.0.0.1"])},
        {},
        [("unknown-variable", "a", "adresses", "did you mean 'exchange_addresses'?")],
    ),
    "nothing of Exchange": ({"a": {}}, {}, [("empty", "", "version", "is this the right inventory?")]),
    "a vaulted version": (
        {"a": {"roles": ["mailbox"], "features": ["dag"], "unreadable": {"exchange_version": "no secret"}}},
        {},
        [
            ("unreadable", "a", "version", "no secret"),
            ("no-address", "a", "addresses", "the inventory name 'a' is no IP address"),
        ],
    ),
    "vaulted addresses": (
        {"a": {"version": "2019", "roles": ["mailbox"], "unreadable": {"exchange_addresses": "no secret"}}},
        {},
        [("unreadable", "a", "addresses", "no secret")],
    ),
    "what is unreadable and never read does not matter": (
        {"a": mailbox(1, unreadable={"exchange_admin_password": "no secret", "exchange_plan_directory": "undefined"})},
        {},
        [],
    ),
    "a vaulted network is told once": (
        {name: mailbox(n, unreadable={"exchange_networks": "no secret"}) for n, name in enumerate("abc", 1)},
        {},
        [("unreadable", "a", "networks", "no secret")],
    ),
    "a broken group of roles": (
        {"a": {"version": "2019", "addresses": ["10.0.0.1"], "groups": ["g"]}},
        {"role_groups": {"g": [["mailbox"]]}},
        [("bad-value", "a", "role_groups", "under 'g': one word was expected")],
    ),
    "a name of two lines": (
        {"a": mailbox(1, site="hq\n}; drop")},
        {},
        [("bad-value", "a", "site", "characters that cannot be printed")],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_each_problem_is_told_and_no_other(name):
    hosts, fleet, expected = CASES[name]
    _topology, found = topology_of(hosts, fleet)
    problems = set(found)
    assert sorted((p.code, p.host, p.variable) for p in problems) == sorted(
        (code, host, f"exchange_{variable}") for code, host, variable, _text in expected
    )
    for code, host, _variable, text in expected:
        assert any(text in p.text for p in problems if (p.code, p.host) == (code, host)), [str(p) for p in problems]


BAD_TYPES = [
    ("version", ["2019"]),
    ("version", {"is": "2019"}),
    ("version", True),
    ("roles", {"mailbox": True}),
    ("roles", [["mailbox"]]),
    ("features", [None]),
    ("addresses", 5),
    ("addresses", {"10.0.0.1": None}),
    ("site", ["hq"]),
    ("servers", {"a": 1}),
    ("dynamic_ports", "6005-"),
    ("dynamic_ports", 70000),
    ("static_ports", [59531]),
    ("static_ports", {"rpc": "x"}),
    ("zones", "eth0"),
    ("zones", {"eth0": "10.0.0.0/33", "eth1": []}),
    ("platform", ["nftables"]),
    ("organization", {"name": "x"}),
    ("networks", ["10.0.0.0/8"]),
    ("networks", {"internal_clients": 10}),
    ("management_networks", {"a": "10.0.0.0/8"}),
    ("role_groups", "mailbox"),
    ("feature_groups", {"g": {"dag": True}}),
    ("party_groups", {"g": ["witness"]}),
]


@pytest.mark.parametrize(("variable", "value"), BAD_TYPES)
def test_a_value_of_the_wrong_kind_is_one_problem_of_its_variable(variable, value):
    hosts = {"a": {**mailbox(1), variable: value}}
    _topology, problems = topology_of(hosts)
    assert {problem.variable for problem in problems} <= {f"exchange_{variable}", "exchange_platform"}
    assert any(problem.code == "bad-value" for problem in problems)
    assert len([problem for problem in problems if problem.variable == f"exchange_{variable}"]) == 1


SOMEBODY_ELSES = ["iso_path", "admin_password", "database_path", "dag_ip", "site_name", "version_full", "extra_disks"]


@pytest.mark.parametrize("name", SOMEBODY_ELSES)
def test_other_variables_that_begin_alike_are_left_alone(name):
    _topology, problems = topology_of({"a": mailbox(1, **{name: "x"})})
    assert not problems


def test_problems_of_all_hosts_come_together():
    hosts = {"a": mailbox(1, version="2109"), "b": mailbox(2, roles=["x"]), "c": mailbox(3, addresses=["::1", "y"])}
    _topology, problems = topology_of(hosts)
    assert {(p.host, p.code) for p in problems} == {
        ("a", "unknown-version"),
        ("b", "unknown-server-role"),
        ("c", "bad-value"),
    }
    assert any("'::1' is a loopback" in p.text and "'y' is no IP address" in p.text for p in problems)


def test_two_organizations_may_share_their_clients():
    hosts = {"a": mailbox(1), "b": mailbox(2, organization="test")}
    _topology, problems = topology_of(hosts, {"networks": {"internal_clients": ["10.9.0.0/16"]}})
    assert not problems


def test_a_bad_fleet_variable_of_two_organizations_is_told_once():
    hosts = {"a": mailbox(1), "b": mailbox(2, organization="test"), "z": {"organization": "none"}}
    _topology, problems = topology_of(hosts, {"networks": {"clients": ["10.9.0.0/16"]}})
    assert [problem.code for problem in problems] == ["unknown-party"]

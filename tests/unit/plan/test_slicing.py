# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a gateway is given: rules whose traffic can cross it, and what must not be cut."""

from __future__ import annotations

import pytest
from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.load import load
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.build import build_plan
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.lockout import lockout_problems
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.models import Group
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.serial import slice_data, slice_from
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.slicing import (
    NOWHERE,
    Zones,
    crosses,
    holds,
    host_rules,
    managed_hosts,
    permitting,
    slice_for,
)
from fleet import SMALL_CATALOG, good_plan, good_topology, mailbox, party

FLEET = {"networks": {"internal_clients": ["10.9.0.0/16"]}, "management_networks": ["10.99.0.0/24"]}
EVERYWHERE = {"hq": ["10.0.0.0/24"], "dc": ["10.0.2.0/24"], "lan": ["10.9.0.0/16"], "wan": ["0.0.0.0/0", "::/0"]}
HOSTS = {
    "a": mailbox(1),
    "b": mailbox(2),
    "dc": party("domain_controller", "10.0.2.1", windows_version="2022"),
}


def sliced(zones, hosts=None, fleet=None):
    topology = good_topology({**(hosts or HOSTS), "gw": {"platform": "nftables", "zones": zones}}, fleet or FLEET)
    plan, _problems = build_plan(load(SMALL_CATALOG), topology)
    return slice_for(plan, topology.hosts["gw"], managed_hosts(topology))


def flows(part):
    return sorted({rule.flow for rule in part.rules})


SLICES = [
    (EVERYWHERE, ["client-443", "updates-80", "whole-to-dc"]),
    ({"hq": ["10.0.0.0/24"], "lan": ["10.9.0.0/16"]}, ["client-443", "updates-80", "whole-to-dc"]),
    ({"hq": ["10.0.0.0/16"], "lan": ["10.9.0.0/16"]}, ["client-443", "updates-80"]),
    ({"one": ["10.0.0.1/32"], "two": ["10.0.0.2/32"]}, ["client-443", "updates-80", "whole-servers", "whole-to-dc"]),
    ({"x": ["192.0.2.0/24"], "y": ["198.51.100.0/24"]}, ["updates-80"]),
    ({"lan": ["10.0.0.0/8"], "wan": ["0.0.0.0/0"]}, ["updates-80"]),
    ({"lan": ["10.0.0.0/8"], "nested": ["10.0.2.1/32"]}, ["updates-80", "whole-to-dc"]),
]


@pytest.mark.parametrize(("zones", "expected"), SLICES)
def test_a_gateway_gets_what_crosses_it(zones, expected):
    assert flows(sliced(zones)) == expected


def test_zones_of_addresses_and_networks():
    zones = Zones((("lan", ("10.0.0.0/8",)), ("dmz", ("10.1.0.0/16", "2001:db8::/32"))))
    assert zones.of("10.1.2.3/32") == {"dmz"}
    assert zones.of("10.2.2.3/32") == {"lan"}
    assert zones.of("10.0.0.0/8") == {"lan", "dmz"}
    assert zones.of("0.0.0.0/0") == {NOWHERE, "lan", "dmz"}
    assert zones.of("10.1.2.0/24") == {"dmz"}
    assert zones.of("192.0.2.1/32") == {NOWHERE}
    assert zones.of("::/0") == {NOWHERE, "dmz"}


def test_crossing_needs_two_zones():
    assert crosses({"a"}, {"b"}) and crosses({"a", "b"}, {"a", "b"})
    assert not crosses({"a"}, {"a"}) and not crosses(set(), {"a"})


def test_a_slice_survives_its_file():
    part = sliced(EVERYWHERE)
    again = slice_from(slice_data(part))
    assert again == part and slice_data(again) == slice_data(part)
    assert [group.labels for group in (again.protected, again.rules[0].source)] == [
        group.labels for group in (part.protected, part.rules[0].source)
    ]


def test_the_whole_slice_carries_the_management_rules():
    part = sliced({**EVERYWHERE, "mgmt": ["10.99.0.0/24"]})
    assert [rule.id for rule in part.management_rules] == ["management.22"]
    assert "management" not in flows(part)
    assert {rule.flow for rule in part.whole().rules} == {*flows(part), "management"}


def test_rules_of_each_host():
    topology = good_topology(HOSTS, FLEET)
    found = host_rules(good_plan(HOSTS, FLEET), topology)
    assert {(direction, rule.flow) for direction, rule in found["dc"]} == {("in", "whole-to-dc")}
    assert ("in", "client-443") in {(direction, rule.flow) for direction, rule in found["a"]}
    assert ("out", "updates-80") in {(direction, rule.flow) for direction, rule in found["a"]}


def test_belonging_to_a_group_and_passing_by_a_rule():
    plan = good_plan(HOSTS, FLEET)
    (rule,) = permitting(plan.rules, "10.9.1.1/32", "10.0.0.1/32", "tcp", 443)
    assert rule.flow == "client-443" and holds(rule.source, "10.9.1.1/32") and not holds(rule.source, "10.0.0.1/32")
    for source, transport, port in (("10.9.1.1", "udp", 443), ("10.9.1.1", "tcp", 444), ("192.0.2.1", "tcp", 443)):
        assert not permitting(plan.rules, f"{source}/32", "10.0.0.1/32", transport, port)
    assert permitting(plan.rules, "10.0.0.1/32", "10.0.2.1/32", "esp", 0)


LOCKOUTS = [
    # (zones, fleet, peer, codes, part of the text)
    ({**EVERYWHERE, "mgmt": ["10.99.0.0/24"]}, FLEET, "10.99.0.5/32", [], ""),
    ({**EVERYWHERE, "mgmt": ["10.99.0.0/24"]}, FLEET, "", [], ""),
    (EVERYWHERE, {"networks": FLEET["networks"]}, "", ["lockout-unknown"], "could not be read on the gateway"),
    (EVERYWHERE, {"networks": FLEET["networks"]}, "10.9.1.1/32", ["lockout"], "from 10.9.1.1/32 to a and b"),
    (EVERYWHERE, FLEET, "10.9.1.1/32", ["lockout"], "add 10.9.1.1/32 to exchange_management_networks"),
    (EVERYWHERE, {"networks": FLEET["networks"]}, "10.0.0.77/32", [], ""),  # in the servers' own zone
    (EVERYWHERE, {"networks": FLEET["networks"]}, "2001:db8::77/128", [], ""),  # the servers have no IPv6
]


@pytest.mark.parametrize(("zones", "fleet", "peer", "codes", "text"), LOCKOUTS)
def test_what_would_cut_the_way_back_is_told(zones, fleet, peer, codes, text):
    problems = lockout_problems(sliced(zones, fleet=fleet), peer)
    assert [problem.code for problem in problems] == codes
    assert all(text in problem.text for problem in problems)


def test_every_management_network_reaches_the_hosts_of_its_organization():
    hosts = {
        "a": mailbox(1, organization="x", management_networks=["10.98.0.0/24"]),
        "b": mailbox(2, organization="y", management_networks=["10.99.0.0/24"]),
    }
    zones = {**EVERYWHERE, "m1": ["10.98.0.0/24"], "m2": ["10.99.0.0/24"]}
    assert not lockout_problems(sliced(zones, hosts, {"networks": {}}), "")


def test_a_controller_in_no_zone_crosses_all_the_same():
    """Nobody knows which way it comes, so its way is kept open, and a lost one is told."""
    zones = {"hq": ["10.0.0.0/24"], "lan": ["10.9.0.0/16"]}
    part = sliced(zones, {"a": mailbox(1)}, {"networks": {}, "management_networks": ["10.99.0.0/24"]})
    assert [rule.flow for rule in part.management_rules] == ["management"]
    assert not lockout_problems(part, "10.99.0.5/32")
    assert [problem.code for problem in lockout_problems(part, "10.98.0.5/32")] == ["lockout"]


def test_hosts_that_no_connection_reaches_cannot_be_cut_off():
    hosts = {"a": mailbox(1, ansible_connection="local")}
    part = sliced(EVERYWHERE, hosts, {"networks": FLEET["networks"]})
    assert part.managed == () and not lockout_problems(part, "")


def test_an_ipv6_network_of_32_bits_is_no_single_address():
    """Many organizations have one; a host inside it belongs to whoever it is, and not to the network."""
    wide = Group("wide", ("2001:db8::/32",))
    assert holds(wide, "2001:db8:5::1/128") and not holds(wide, "2001:db9::1/128")
    zones = Zones((("all", ("2001:db8::/32",)), ("some", ("2001:db8:1::/48",))))
    assert zones.of("2001:db8::/32") == {"all", "some"}
    fleet = {"networks": {"internal_clients": ["2001:db8::/32"]}}
    hosts = {"a": mailbox(1, addresses=["2001:db8:1::1"]), "b": mailbox(2, addresses=["2001:db8:1::2"])}
    clients = {rule.source for rule in good_plan(hosts, fleet).rules if rule.flow == "client-443"}
    assert {group.excluded for group in clients} == {("2001:db8:1::1/128", "2001:db8:1::2/128")}

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Load balancers: what clients call, what a balancer calls, and servers that only their balancer calls."""

from __future__ import annotations

import pytest
from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.load import CATALOG, load
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.slicing import host_rules, permitting
from ansible_collections.msexchange.firewall.tests.unit.plan.test_property import QUIET, compare
from fleet import SMALL_CATALOG, good_plan, good_topology, mailbox, old, party
from hypothesis import given, settings
from hypothesis import strategies as st

CLIENTS = {"networks": {"internal_clients": ["10.9.0.0/16"]}}
CLIENT, SELF, VIRTUAL = "10.9.0.1", "10.1.0.1", "10.2.0.1"
M1, M2 = "10.0.0.1", "10.0.0.2"


def site(**said):
    """Two servers, and a balancer in front of the first."""
    balancer = {"servers": ["m1"], "virtual_addresses": [VIRTUAL], **said}
    return {"m1": mailbox(1), "m2": mailbox(2), "lb": party("load_balancer", SELF, **balancer)}


def flows(plan, source, destination, port=443):
    return {rule.flow for rule in permitting(plan.rules, f"{source}/32", f"{destination}/32", "tcp", port)}


def test_clients_call_the_virtual_address_and_the_balancer_calls_by_its_own():
    plan = good_plan(site(), CLIENTS)
    assert flows(plan, CLIENT, VIRTUAL) == {"client-443"}
    assert not flows(plan, CLIENT, SELF)
    assert flows(plan, SELF, M1) == {"balancer-443"}
    assert not flows(plan, VIRTUAL, M1) and not flows(plan, SELF, M2)


def test_without_a_virtual_address_clients_call_its_own():
    plan = good_plan(site(virtual_addresses=[]), CLIENTS)
    assert flows(plan, CLIENT, SELF) == {"client-443"}


@pytest.mark.parametrize(("keeps", "direct"), [(None, True), (True, True), (False, False)])
def test_servers_see_clients_where_the_balancer_keeps_their_address(keeps, direct):
    plan = good_plan(site(keeps_client_address=keeps), CLIENTS)
    assert bool(flows(plan, CLIENT, M1)) is direct
    assert flows(plan, CLIENT, M2) == {"client-443"}  # nobody stands in front of it
    assert flows(plan, CLIENT, VIRTUAL) == {"client-443"}
    assert flows(plan, SELF, M1) == {"balancer-443"}  # its probes, whatever it does with addresses of clients


@pytest.mark.parametrize("servers", [["m3"], []])
def test_one_with_servers_of_another_version_alone_is_not_called_for_this_one(servers):
    """What clients call at 2019 is nothing that a balancer in front of 2003 takes."""
    hosts = {"m3": old(3), "lb": party("load_balancer", SELF, servers=servers)}
    if servers:
        hosts["m1"] = mailbox(1)
    plan = good_plan(hosts, CLIENTS)
    assert not flows(plan, CLIENT, SELF)
    assert bool(flows(plan, CLIENT, M1)) is bool(servers)


def test_networks_of_balancers_are_called_where_there_are_servers_of_the_version():
    networks = {"networks": {**CLIENTS["networks"], "load_balancer": ["10.1.0.0/24"]}}
    assert flows(good_plan({"m1": mailbox(1)}, networks), CLIENT, SELF) == {"client-443"}
    assert not flows(good_plan({"m3": old(3)}, networks), CLIENT, SELF)


def test_one_that_hides_clients_and_names_no_servers_stands_for_all():
    plan = good_plan(site(servers=[], keeps_client_address=False), CLIENTS)
    assert not flows(plan, CLIENT, M1) and not flows(plan, CLIENT, M2)
    assert flows(plan, SELF, M2) == {"balancer-443"}


def test_a_server_behind_two_is_called_by_clients_where_one_of_them_keeps_addresses():
    hosts = {**site(keeps_client_address=False), "other": party("load_balancer", "10.1.0.2", servers=["m1"])}
    assert flows(good_plan(hosts, CLIENTS), CLIENT, M1) == {"client-443"}


def test_a_flow_that_no_balancer_passes_on_still_goes_to_the_server():
    """An Edge server has no flow from a balancer, so no balancer can stand for it."""
    catalog = load(CATALOG)
    edge = {"version": "se", "roles": ["edge_transport"], "addresses": ["10.0.0.7"], "features": ["smtp_relay"]}
    hosts = {
        "edge": edge,
        "m1": mailbox(1, features=["smtp_relay"]),
        "lb": party("load_balancer", SELF, keeps_client_address=False),
    }
    plan = good_plan(hosts, {"networks": {"mail_relay": ["10.8.0.0/24"]}}, catalog=catalog)
    assert flows(plan, "10.8.0.1", "10.0.0.7", 25) == {"mail-relay-in-25"}
    assert flows(plan, "10.8.0.1", SELF, 25) == {"mail-relay-in-25"}
    assert not flows(plan, "10.8.0.1", M1, 25)
    assert flows(plan, SELF, M1, 25) == {"balancer-smtp-25"}


def test_a_feature_of_a_server_that_hides_behind_a_balancer_has_its_peer():
    """internet_clients is in no flow of the balancer itself, and not without effect for that."""
    hosts = site(keeps_client_address=False)
    hosts["m1"]["features"] = ["internet_clients"]
    plan = good_plan(hosts, catalog=load(CATALOG))
    assert flows(plan, "203.0.113.9", VIRTUAL) == {"client-https-443-internet"}
    assert not flows(plan, "203.0.113.9", M1)


def test_virtual_addresses_are_protected_and_no_internet():
    plan = good_plan(site(), CLIENTS)
    assert dict(plan.protected.labels)[f"{VIRTUAL}/32"] == "lb"
    internet = next(rule for rule in plan.rules if rule.flow == "updates-80").destination
    assert f"{VIRTUAL}/32" in internet.excluded


def test_two_balancers_share_a_virtual_address():
    hosts = {**site(), "lb2": party("load_balancer", "10.1.0.2", servers=["m1"], virtual_addresses=[VIRTUAL])}
    plan = good_plan(hosts, CLIENTS)
    assert flows(plan, CLIENT, VIRTUAL) == {"client-443"}
    assert dict(plan.protected.labels)[f"{VIRTUAL}/32"] == "lb+lb2"
    by_host = host_rules(plan, good_topology(hosts, CLIENTS))
    for name in ("lb", "lb2"):
        assert ("in", "client-443") in {(direction, rule.flow) for direction, rule in by_host[name]}


def test_a_host_called_like_a_party_has_its_own_rules_only():
    hosts = {"internal_clients": mailbox(1), "m2": mailbox(2)}
    by_host = host_rules(good_plan(hosts, CLIENTS), good_topology(hosts, CLIENTS))
    assert ("out", "client-443") not in {(direction, rule.flow) for direction, rule in by_host["internal_clients"]}
    assert ("in", "client-443") in {(direction, rule.flow) for direction, rule in by_host["internal_clients"]}


@st.composite
def balanced(draw):
    """Servers behind several balancers of every kind, and clients."""
    names = ["m1", "m2", "m3"]
    hosts = {name: mailbox(n, features=draw(st.sampled_from([[], ["pop3"]]))) for n, name in enumerate(names, 1)}
    for number in range(draw(st.integers(1, 3))):
        hosts[f"lb{number}"] = party(
            "load_balancer",
            f"10.1.0.{number}",
            servers=draw(st.lists(st.sampled_from(names), unique=True, max_size=2)),
            keeps_client_address=draw(st.sampled_from([None, True, False, False])),
            virtual_addresses=draw(st.lists(st.sampled_from([VIRTUAL, "10.9.0.40", f"10.1.0.{number}"]), unique=True)),
        )
    return hosts


@settings(QUIET, max_examples=40)
@given(balanced())
def test_a_naive_reading_agrees(hosts):
    compare(load(SMALL_CATALOG), hosts, CLIENTS, narrow=False)

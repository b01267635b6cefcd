# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may call whom: scopes, load balancers, replication, the support boundary, two organizations."""

from __future__ import annotations

import pytest
from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.load import CATALOG, load
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.slicing import permitting
from fleet import good_plan, mailbox, old, party

CLIENTS = {"networks": {"internal_clients": ["10.9.0.0/16", "2001:db8:9::/48"]}}


def flows(plan, source, destination, transport="tcp", port=0):
    """Ids of flows that let a connection through; ``port`` 0 asks for protocols without ports."""
    prefixes = [f"{address}/128" if ":" in address else f"{address}/32" for address in (source, destination)]
    rules = [rule for rule in plan.rules if port or not rule.ports]
    return {rule.flow for rule in permitting(rules, *prefixes, transport, port)}


def ids(plan):
    return [rule.id for rule in plan.rules]


ROUTING_GROUPS = {
    "a1": old(11, "bridgehead", "mailbox", routing_group="a"),
    "a2": old(12, "mailbox", routing_group="a"),
    "b1": old(21, "bridgehead", routing_group="b"),
    "b2": old(22, "mailbox", routing_group="b"),
    "none": old(31, "mailbox"),
}


def test_link_state_stays_inside_a_routing_group():
    plan = good_plan(ROUTING_GROUPS)
    servers = {"a1": 11, "a2": 12, "b1": 21, "b2": 22, "none": 31}
    for one, first in servers.items():
        for other, second in servers.items():
            if one != other:
                found = "link-state" in flows(plan, f"10.3.0.{first}", f"10.3.0.{second}", port=691)
                assert found == (one[0] == other[0]), (one, other)


def test_mail_between_routing_groups_goes_through_bridgeheads():
    plan = good_plan(ROUTING_GROUPS)
    assert flows(plan, "10.3.0.11", "10.3.0.21", port=25) == {"mail-between-groups"}
    assert flows(plan, "10.3.0.21", "10.3.0.11", port=25) == {"mail-between-groups"}
    assert not flows(plan, "10.3.0.12", "10.3.0.21", port=25)
    assert "link-state.a" in ids(plan) and "mail-between-groups.a" in ids(plan)


def test_edge_sync_stays_inside_the_site():
    hosts = {
        "a": mailbox(1, site="one"),
        "b": mailbox(2, site="two"),
        "e": {"version": "se", "roles": ["edge_transport"], "addresses": ["172.16.0.1"], "site": "one"},
    }
    plan = good_plan(hosts)
    assert flows(plan, "10.0.0.1", "172.16.0.1", port=50636) == {"edge-sync"}
    assert not flows(plan, "10.0.0.2", "172.16.0.1", port=50636)
    assert not plan.warnings


def test_an_edge_server_whose_site_nobody_has_is_told():
    edge = {"version": "se", "roles": ["edge_transport"], "addresses": ["172.16.0.1"], "site": "tow"}
    (warning,) = good_plan({"a": mailbox(1, site="two"), "e": edge}).warnings
    assert warning.startswith("e has nobody inside") and "'tow'" in warning
    assert not good_plan({"e": edge}).warnings


@pytest.mark.parametrize("features", [["edge_unsubscribed"], []])
def test_an_edge_server_with_connectors_made_by_hand_needs_no_site(features):
    edge = {"version": "se", "roles": ["edge_transport"], "addresses": ["172.16.0.1"], "site": "none"}
    hosts = {"a": mailbox(1, site="two", features=features), "e": {**edge, "features": features}}
    warned = [text for text in good_plan(hosts, catalog=load(CATALOG)).warnings if "nobody inside" in text]
    assert bool(warned) is not bool(features)


def members(*said):
    return {f"m{n}": mailbox(n, features=["dag"], **more) for n, more in enumerate(said, 1)}


def test_members_talk_inside_their_dag():
    plan = good_plan(members({"dag": "x"}, {"dag": "x"}, {"dag": "y"}, {"dag": "y"}), narrow=True)
    assert flows(plan, "10.0.0.1", "10.0.0.2", "udp", 3343) == {"dag-heartbeat"}
    assert not flows(plan, "10.0.0.1", "10.0.0.3", "udp", 3343)


def test_without_a_name_all_members_are_one_dag():
    plan = good_plan(members({}, {}), narrow=True)
    assert flows(plan, "10.0.0.1", "10.0.0.2", "udp", 3343) == {"dag-heartbeat"}


REPLICATING = members({"replication_addresses": ["10.8.0.1"]}, {"replication_addresses": ["10.8.0.2"]}, {})


def test_replication_runs_between_replication_addresses():
    plan = good_plan(REPLICATING, CLIENTS)
    assert flows(plan, "10.8.0.1", "10.8.0.2", port=64327) == {"dag-copy"}
    assert not flows(plan, "10.8.0.1", "10.0.0.2", port=64327)
    assert not flows(plan, "10.8.0.1", "10.8.0.2", port=443)
    assert "whole-servers" in flows(plan, "10.0.0.1", "10.0.0.2", port=64327)


def test_replication_addresses_are_outside_the_support_boundary():
    plan = good_plan(REPLICATING, CLIENTS)
    assert not flows(plan, "10.8.0.1", "10.8.0.2")
    assert not flows(plan, "10.0.0.1", "10.8.0.2")


def test_a_replication_address_is_not_open_to_clients_of_a_network_around_it():
    hosts = {"a": mailbox(1, replication_addresses=["10.7.0.1"])}
    plan = good_plan(hosts, {"networks": {**CLIENTS["networks"], "load_balancer": ["10.7.0.0/24"]}})
    assert flows(plan, "10.9.0.1", "10.7.0.2", port=443) == {"client-443"}
    assert not flows(plan, "10.9.0.1", "10.7.0.1", port=443)


BOUNDARY = {
    "a": mailbox(1),
    "b": {"version": "2010", "roles": ["hub_transport"], "addresses": ["10.0.0.2"]},
    "dc": party("domain_controller", "10.0.0.3", windows_version="2022"),
    "old": old(4),
    "e": {"version": "se", "roles": ["edge_transport"], "addresses": ["10.0.0.5"]},
}


def test_the_boundary_is_kept_whole_by_default():
    plan = good_plan(BOUNDARY)
    assert flows(plan, "10.0.0.1", "10.0.0.2", "udp", 9) == {"whole-servers"}
    assert flows(plan, "10.0.0.1", "10.0.0.3", "esp") == {"whole-to-dc"}
    assert not any(rule.flow.startswith("inside") for rule in plan.rules)
    assert all(rule.boundary for rule in plan.rules if rule.transport == "any")
    assert not plan.narrowed


@pytest.mark.parametrize("outside", ["10.3.0.4", "10.0.0.5"])
def test_old_and_edge_servers_are_outside(outside):
    plan = good_plan(BOUNDARY)
    assert "whole-servers" not in flows(plan, "10.0.0.1", outside, "udp", 9)
    assert "whole-to-dc" not in flows(plan, outside, "10.0.0.3", "udp", 9)


def test_narrowed_it_is_exact_flows_and_a_warning():
    plan = good_plan(BOUNDARY, narrow=True)
    assert not any(rule.transport == "any" for rule in plan.rules)
    assert flows(plan, "10.0.0.1", "10.0.0.3", port=135) == {"inside-135"}
    assert flows(plan, "10.0.0.1", "10.0.0.3", "icmp") == {"inside-echo"}
    assert not flows(plan, "10.0.0.1", "10.0.0.2", "udp", 9)
    assert plan.narrowed and any("does not support filtering" in text for text in plan.warnings)


BALANCED = {
    "m1": mailbox(1, features=["pop3"]),
    "m2": mailbox(2),
    "m3": mailbox(3),
    "all": party("load_balancer", "10.1.0.1"),
    "one": party("load_balancer", "10.1.0.2", servers=["m1"]),
    "two": party("load_balancer", "10.1.0.3", servers=["m2", "m3"]),
}


def test_a_balancer_calls_its_own_servers_only():
    plan = good_plan(BALANCED, CLIENTS)
    calls = {1: {1, 2, 3}, 2: {1}, 3: {2, 3}}
    for balancer, servers in calls.items():
        for server in (1, 2, 3):
            found = "balancer-443" in flows(plan, f"10.1.0.{balancer}", f"10.0.0.{server}", port=443)
            assert found == (server in servers), (balancer, server)


def test_a_balancer_offers_what_its_servers_offer():
    plan = good_plan(BALANCED, CLIENTS)
    assert flows(plan, "10.9.0.1", "10.1.0.2", port=110) == {"client-pop3"}
    assert flows(plan, "10.9.0.1", "10.1.0.1", port=110) == {"client-pop3"}
    assert not flows(plan, "10.9.0.1", "10.1.0.3", port=110)
    assert flows(plan, "10.1.0.2", "10.0.0.1", port=995) == {"balancer-pop3"}


def test_rules_of_several_balancers_have_ids_of_their_own():
    plan = good_plan(BALANCED, CLIENTS)
    assert len(set(ids(plan))) == len(plan.rules)
    assert {"balancer-443", "balancer-443.of-one", "balancer-443.of-two"} <= set(ids(plan))


ORGANIZATIONS = {
    "a": mailbox(1, organization="live"),
    "b": mailbox(2, organization="live"),
    "t": mailbox(3, organization="test"),
    "dc": party("domain_controller", "10.0.0.9", organization="test"),
}


def test_two_organizations_are_never_mixed():
    plan = good_plan(ORGANIZATIONS)
    assert flows(plan, "10.0.0.1", "10.0.0.2", "udp", 9) == {"whole-servers"}
    assert flows(plan, "10.0.0.3", "10.0.0.9", "udp", 9) == {"whole-to-dc"}
    for foreign in ("10.0.0.3", "10.0.0.9"):
        assert not flows(plan, "10.0.0.1", foreign, "udp", 9)
        assert not flows(plan, foreign, "10.0.0.1", port=443)
    assert not flows(plan, "10.0.0.1", "10.0.0.3", port=80)  # the other organization is not the Internet
    assert all(rule.id.startswith(("live/", "test/")) for rule in plan.rules)


def test_organizations_may_share_their_clients():
    plan = good_plan(ORGANIZATIONS, CLIENTS)
    assert flows(plan, "10.9.0.1", "10.0.0.1", port=443) == {"client-443"}
    assert flows(plan, "10.9.0.1", "10.0.0.3", port=443) == {"client-443"}


def test_ends_need_the_right_version():
    hosts = {"a": mailbox(1), "old": old(4), "dc": party("domain_controller", "10.0.0.9", windows_version="2022")}
    plan = good_plan(hosts, CLIENTS)
    assert flows(plan, "10.9.0.1", "10.0.0.1", port=443)
    assert not flows(plan, "10.9.0.1", "10.3.0.4", port=443)
    assert flows(plan, "10.3.0.4", "10.0.0.9", port=135) == {"rpc-old"}


def test_what_is_refused_or_not_selected_gets_no_rule():
    hosts = {"im": {"version": "2000", "roles": ["im_server"], "addresses": ["10.0.0.1"]}, "a": mailbox(2)}
    found = {rule.flow for rule in good_plan(hosts, CLIENTS).rules}
    assert not found & {"chat-tls", "client-pop3", "probe-1080", "guess-1090", "hybrid-443"}

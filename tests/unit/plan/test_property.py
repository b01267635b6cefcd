# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""For any small inventory the plan admits what a naive reading of catalog and inventory admits, pair by pair.

The naive reading knows nothing of groups, sides or rule ids: it asks of two addresses and one flow whether it is meant.
"""

from __future__ import annotations

import ipaddress
import random
from dataclasses import replace
from functools import lru_cache
from itertools import permutations

import pytest
from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.load import CATALOG, load
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.build import build_plan
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.slicing import permitting
from fleet import SMALL_CATALOG, good_topology
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

PEERS = ["domain_controller", "witness", "internal_clients", "exchange_online", "load_balancer"]
NETWORKS = ["10.9.0.0/16", "10.9.4.0/24", "10.9.4.16/28", "192.0.2.0/24", "2001:db8:9::/48", "2001:db8:9:4::/64"]
# one address in each network, some in none
STRANGERS = ["10.9.1.1", "10.9.4.1", "10.9.4.17", "192.0.2.1", "203.0.113.1", "2001:db8:9:1::1", "2001:db8:9:4::1"]
SITES = ["", "x", "x.replication"]


@st.composite
def servers(draw, catalog, number):
    version = draw(st.sampled_from([v for v, product in catalog.products.items() if product.server_roles]))
    roles = draw(st.sets(st.sampled_from(catalog.products[version].server_roles), min_size=1, max_size=2))
    possible = sorted(
        name
        for name, feature in catalog.features.items()
        if not feature.refused and any(feature.exists_in(version, role) for role in roles)
    )
    said = {
        "version": version,
        "roles": sorted(roles),
        "features": draw(st.lists(st.sampled_from(possible), unique=True, max_size=3)) if possible else [],
        "addresses": [f"10.0.0.{number}", f"2001:db8::{number}"],
        **{name: draw(st.sampled_from(SITES)) for name in ("site", "dag", "routing_group")},
        "organization": draw(st.sampled_from(["default", "default", "other"])),
    }
    if draw(st.booleans()):
        said["replication_addresses"] = [draw(st.sampled_from(["10.8.0.", "10.9.4."])) + str(number)]
    return said


@st.composite
def inventories(draw, catalog):
    """(hosts, fleet): up to five servers, up to three other hosts, some networks; addresses nest in networks."""
    hosts = {f"s{n}": draw(servers(catalog, n)) for n in range(1, draw(st.integers(1, 5)) + 1)}
    for n in range(11, draw(st.integers(10, 13)) + 1):
        party = draw(st.sampled_from(PEERS))
        address = draw(st.sampled_from(["10.0.1.", "10.9.0.", "10.9.4."])) + str(n)
        hosts[f"p{n}"] = {"party": party, "addresses": [address], "windows_version": "2022"}
        if party == "load_balancer":
            behind = [name for name, said in hosts.items() if "version" in said and "organization" in said]
            hosts[f"p{n}"]["servers"] = draw(st.lists(st.sampled_from(behind), unique=True, max_size=2))
            virtual = st.sampled_from(["10.0.2.1", "10.9.4.40", "2001:db8:9:4::40", address])
            hosts[f"p{n}"]["virtual_addresses"] = draw(st.lists(virtual, unique=True, max_size=2))
            hosts[f"p{n}"]["keeps_client_address"] = draw(st.sampled_from([None, True, False]))
    networks: dict[str, list[str]] = {}
    for prefix in draw(st.lists(st.sampled_from(NETWORKS), unique=True)):
        networks.setdefault(draw(st.sampled_from([*PEERS[2:], "internal_clients"])), []).append(prefix)
    return hosts, {"networks": networks}


class Naive:
    """Answers of one address what it is, and of two addresses and a flow whether the one may call the other."""

    def __init__(self, catalog, topology, narrow):
        self.catalog, self.topology, self.narrow = catalog, topology, narrow
        self.owners = lru_cache(maxsize=None)(self._owners)

    def _owners(self, address):
        """[(organization, party or host, replication)] of the longest prefix that holds the address."""
        mine = [
            (host.organization, host, replication)
            for host in self.topology.hosts.values()
            for replication, prefixes in ((False, (*host.addresses, *host.virtual)), (True, host.replication))
            if is_one_of(address, prefixes)
        ]
        if mine:
            return mine
        found = [
            (ipaddress.ip_network(prefix).prefixlen, organization.name, party)
            for organization in self.topology.organizations.values()
            for party, prefixes in organization.networks.items()
            for prefix in prefixes
            if ipaddress.ip_address(address) in ipaddress.ip_network(prefix)
        ]
        best = max((length for length, _name, _party in found), default=0)
        return [(name, party, False) for length, name, party in found if length == best]

    def is_internet(self, owners):
        words = {who if isinstance(who, str) else None for _org, who, _rep in owners}
        hosts = {p for _org, who, rep in owners if not isinstance(who, str) and not rep for p in who.parties}
        return not owners or any(
            self.catalog.parties[word].part_of == "internet" for word in (words | hosts) - {None} if word
        )

    def features(self, host):
        if "load_balancer" not in host.parties:
            return set(host.features)
        return {feature for server in self.behind(host.organization, host.servers) for feature in server.features}

    def behind(self, organization, named=()):
        members = self.topology.members(organization)
        return [host for host in members if host.version and (not named or host.name in named)]

    def balances(self, end, organization, named=()):
        """Whether a balancer has a server behind it that stands at this end; an end without servers asks for none."""
        servers = self.behind(organization, named)
        roles = self.catalog.server_roles & set(end.parties)
        return not end.versions or any(roles & server.parties and server.version in end.versions for server in servers)

    def stands(self, flow, end, who, organization=""):
        """Whether a host or a declared party may be this end."""
        if isinstance(who, str):
            return who in end.parties and (who != "load_balancer" or self.balances(end, organization))
        if "load_balancer" in who.parties and not self.balances(end, who.organization, who.servers):
            return False
        fits = any(
            party in end.parties
            and (party not in self.catalog.server_roles or not end.versions or who.version in end.versions)
            for party in who.parties
        )
        judged = who.version or "load_balancer" in who.parties
        return fits and (not flow.features or not judged or bool(self.features(who) & set(flow.features)))

    def scoped(self, flow, first, second):
        attribute = {"same_site": "site", "same_dag": "dag"}.get(flow.scope, "routing_group")
        values = [getattr(who, attribute, None) for who in (first, second)]
        if not flow.scope:
            return True
        if None in values:
            return False
        return (values[0] == values[1]) != (flow.scope == "other_routing_group")

    def balanced(self, first, second):
        """A balancer that names its servers calls those alone."""
        if isinstance(first, str) or "load_balancer" not in first.parties or not first.servers:
            return True
        return not isinstance(second, str) and second.name in first.servers

    def relays(self, flow):
        """Flows by which a balancer passes on what came by this one."""
        return [
            relay
            for relay in self.catalog.flows.values()
            if relay.openable
            and "load_balancer" in relay.initiator.parties
            and relay.transport == flow.transport
            and all(any(a <= low and high <= b for a, b in relay.ports) for low, high in flow.ports)
        ]

    def in_person(self, flow, server):
        """Whether clients call a server themselves: not where only balancers that hide the client stand for it."""
        if isinstance(server, str) or server.is_balancer or "load_balancer" not in flow.listener.parties:
            return True
        balancers = [
            host
            for host in self.topology.members(server.organization)
            if host.is_balancer and self.balanced(host, server) and self.stands(flow, flow.listener, host)
        ]
        return any(host.keeps_client is not False for host in balancers) or not any(
            self.stands(relay, relay.initiator, host) and self.stands(relay, relay.listener, server)
            for relay in self.relays(flow)
            for host in balancers
        )

    def networks(self, flow, first, second):
        """Whether the addresses are of the network that the flow runs on. ``first``: (host or party, replication)."""
        if flow.network != "replication":
            return not (first[1] or second[1]) and (self.narrow or flow.boundary != "inside")
        if first[1] and second[1]:
            return True
        plain = [not rep and not isinstance(who, str) and not who.replication for who, rep in (first, second)]
        return all(plain) and (self.narrow or flow.boundary != "inside")

    def ends(self, end, owners):
        """Owners of an address, and the Internet for each organization where the address is one of it."""
        found = list(owners)
        if "internet" in end.parties and self.is_internet(owners):
            found += [(name, "internet", False) for name in self.topology.organizations]
        return found

    def allows(self, flow, source, destination):
        if not flow.openable or (flow.boundary == "whole" and self.narrow):
            return False
        for org_a, first, rep_a in self.ends(flow.initiator, self.owners(source)):
            for org_b, second, rep_b in self.ends(flow.listener, self.owners(destination)):
                if (
                    org_a == org_b
                    and first != second
                    and self.stands(flow, flow.initiator, first, org_a)
                    and self.stands(flow, flow.listener, second, org_b)
                    and self.scoped(flow, first, second)
                    and self.balanced(first, second)
                    and self.in_person(flow, second)
                    and (isinstance(first, str) or rep_a or is_one_of(source, first.addresses))
                    and (isinstance(second, str) or rep_b or is_one_of(destination, second.virtual or second.addresses))
                    and self.networks(flow, (first, rep_a), (second, rep_b))
                ):
                    return True
        return False


def is_one_of(address, prefixes):
    return any(ipaddress.ip_address(address) in ipaddress.ip_network(prefix) for prefix in prefixes)


def compare(catalog, hosts, fleet, narrow):
    topology = good_topology(hosts, fleet, catalog=catalog)
    plan, _problems = build_plan(catalog, topology, narrow)
    assert len({rule.id for rule in plan.rules}) == len(plan.rules)
    groups = {group.name: group for rule in plan.rules for group in (rule.source, rule.destination)}
    assert all(groups[group.name] == group for rule in plan.rules for group in (rule.source, rule.destination))
    naive = Naive(catalog, topology, narrow)
    prefixes = {p for h in topology.hosts.values() for p in (*h.addresses, *h.replication, *h.virtual)}
    mine = [prefix.split("/")[0] for prefix in sorted(prefixes)]
    by_flow = {flow: [rule for rule in plan.rules if rule.flow == flow] for flow in catalog.flows}
    pairs = [pair for pair in permutations([*mine, *STRANGERS], 2) if worth_asking(naive, *pair)]
    for source, destination in random.Random(0).sample(pairs, min(len(pairs), 200)):
        for flow in catalog.flows.values():
            port = flow.ports[0][0] if flow.ports else 0
            ends = [str(ipaddress.ip_network(address)) for address in (source, destination)]
            planned = bool(permitting(by_flow[flow.id], *ends, flow.transport, port))
            assert planned == naive.allows(flow, source, destination), (flow.id, source, destination)


def worth_asking(naive, source, destination):
    """One family, and not two addresses of one host: it needs no firewall to talk to itself."""
    hosts = [who for _org, who, _rep in naive.owners(source) + naive.owners(destination) if not isinstance(who, str)]
    return (":" in source) == (":" in destination) and not (len(hosts) == 2 and hosts[0] == hosts[1])


# no shrinking: it takes minutes here, and the message names flow and addresses
PHASES = (Phase.explicit, Phase.generate)
QUIET = settings(deadline=None, derandomize=True, phases=PHASES, suppress_health_check=list(HealthCheck))


@settings(QUIET, max_examples=50)
@given(st.data())
def test_the_plan_admits_what_a_naive_reading_admits(data):
    catalog = load(SMALL_CATALOG)
    compare(catalog, *data.draw(inventories(catalog)), narrow=data.draw(st.booleans()))


@settings(QUIET, max_examples=10)
@given(st.data())
def test_so_it_does_with_the_catalog_that_ships(data):
    catalog = load(CATALOG)
    compare(catalog, *data.draw(inventories(catalog)), narrow=data.draw(st.booleans()))


def test_the_naive_reading_is_not_blind():
    """A rule taken away, or one flow widened, must be seen."""
    catalog = load(SMALL_CATALOG)
    hosts = {"a": {"version": "2019", "roles": ["mailbox"], "addresses": ["10.0.0.1"]}}
    fleet = {"networks": {"internal_clients": ["10.9.0.0/16"]}}
    compare(catalog, hosts, fleet, narrow=False)
    naive = Naive(catalog, good_topology(hosts, fleet, catalog=catalog), False)
    assert naive.allows(catalog.flows["client-443"], "10.9.1.1", "10.0.0.1")
    assert not naive.allows(catalog.flows["client-443"], "203.0.113.1", "10.0.0.1")
    wider = replace(
        catalog, flows={**catalog.flows, "updates-80": replace(catalog.flows["updates-80"], features=("pop3",))}
    )
    assert not Naive(wider, naive.topology, False).allows(wider.flows["updates-80"], "10.0.0.1", "203.0.113.1")
    with pytest.raises(AssertionError):
        compare(replace(wider, products={}), hosts, fleet, narrow=False)

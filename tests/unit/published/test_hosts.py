# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Windows firewall of a host of each version and role against the published tables: their ports, and no others."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from ipaddress import ip_address, ip_network

import pytest
from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.load import load
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.build import build_plan
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.points import Points
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms import windows
from catalog_data.entries import FEATURES, PARTIES, PRODUCTS, SERVER_ROLES, available, hold, pair
from fleet import good_topology
from published.rows import BY_ID, Row, rows
from published.test_tables import WRITTEN

ROWS = rows()
PEERS = [party for party in PARTIES if party not in SERVER_ROLES and PARTIES[party]["kind"] == "peer"]
#: versions that some table speaks of
SPOKEN = sorted({version for row in ROWS for version in row.versions if row.flows})
INTERNET = "203.0.113.7"
EVERYTHING = ("any", (0, 65535))
Opening = tuple[str, tuple[int, int]]


def _servers(version: str) -> dict[str, dict]:
    """Two servers a role, of one site, with every feature that there is."""
    hosts = {}
    for i, role in enumerate(PRODUCTS[version]["server_roles"]):
        chosen = [name for name, entry in FEATURES.items() if (role, version) in available(entry)]
        chosen = [name for name in chosen if "refused" not in FEATURES[name]]
        for j in (1, 2):
            said = {"version": version, "roles": [role], "features": chosen, "addresses": [f"10.0.{i}.{j}"]}
            hosts[f"{role}-{j}"] = said
    return hosts


@lru_cache
def points(version: str) -> Points:
    networks = {party: [f"10.9.{i}.0/24"] for i, party in enumerate(PEERS)}
    catalog = load()
    topology = good_topology(_servers(version), {"networks": networks}, catalog=catalog)
    plan, _problems = build_plan(catalog, topology)  # dynamic ports of networks are unknown, and no matter here
    return Points(plan, topology)


def _address(version: str, party: str) -> str:
    if party == "internet":
        return INTERNET
    if party in PEERS:
        return f"10.9.{PEERS.index(party)}.9"
    return f"10.0.{PRODUCTS[version]['server_roles'].index(party)}.2"


@lru_cache
def opened(version: str, role: str, party: str) -> frozenset[Opening]:
    """What a party may call on a host: (protocol, ports); dynamic RPC ports as the port -1."""
    address = _address(version, party)
    found: set[Opening] = set()
    for rule in windows.wanted(points(version).slice(f"{role}-1").whole(), "add"):
        if any(_holds(entry, address) for entry in rule["remote_addresses"]):
            found |= {(rule["protocol"], ports) for ports in _ports(rule["local_ports"])}
    return frozenset(found)


def _holds(entry: str, address: str) -> bool:
    low, dash, high = entry.partition("-")
    if entry == "any" or ":" in entry:
        return entry == "any"
    if dash:
        return ip_address(low) <= ip_address(address) <= ip_address(high)
    return ip_address(address) in ip_network(entry)


def _ports(listed: list[str]) -> Iterator[tuple[int, int]]:
    words = {"RPC": (-1, -1), "RPC-EPMap": (135, 135)}
    for item in listed:
        low, _dash, high = item.partition("-")
        yield words[item] if item in words else (int(low), int(high or low))
    if not listed:
        yield EVERYTHING[1]


def asked(row: Row) -> list[Opening]:
    if row.ports == "rpc_dynamic":
        return [(row.transport, (-1, -1))]
    protocol = {"icmp": "icmpv4", "esp": "50", "ah": "51"}.get(row.transport, row.transport)
    return [(protocol, pair(port)) for port in row.ports] or [(protocol, EVERYTHING[1])]


def covered(one: Opening, by: frozenset[Opening] | set[Opening]) -> bool:
    """Ranges that touch count as one: a driver may write 25 and 26 as 25-26."""
    protocol, (low, high) = one
    for first, last in sorted(ports for other, ports in by if other == protocol):
        if first <= low <= last:
            low = last + 1
    return EVERYTHING in by or low > high


def seconds(row: Row, direction: str) -> set[Opening]:
    """What follows the flows of a row in one direction: documents seldom give the second connections a row."""
    follows = [f for name in row.flows for f in BY_ID[name].get("follows", ()) if f["direction"] in (direction, "both")]
    lists = [(f["transport"], f["ports"] if f["ports"] != "rpc_dynamic" else [-1]) for f in follows]
    return {(transport, (-1, -1) if port == -1 else pair(port)) for transport, ports in lists for port in ports}


def _of(version: str) -> Iterator[tuple[Row, str, str]]:
    """(row, caller, called) of one version; what is refused, or unconfirmed, is asked for in vain."""
    for row in ROWS:
        flows = [BY_ID[name] for name in row.flows]
        if any("refused" not in flow and flow["confidence"] != "unconfirmed" for flow in flows):
            for (party, at), (other, to) in row.ends():
                if {at, to} - {""} == {version}:
                    yield row, party, other


@pytest.mark.parametrize("version", SPOKEN)
def test_a_host_lets_in_every_port_of_the_rows(version: str) -> None:
    pairs = [one for one in _of(version) if one[2] in SERVER_ROLES]
    assert pairs, f"no row has a server of {version} as its listener"
    hold(
        [
            f"{row}: {role} lacks {one} from {party}"
            for row, party, role in pairs
            for one in asked(row)
            if not covered(one, opened(version, role, party))
        ]
    )


@pytest.mark.parametrize("version", sorted(WRITTEN))
def test_a_host_lets_in_no_port_that_no_row_has(version: str) -> None:
    """Where the support boundary opens everything, nothing is compared."""
    published: dict[tuple[str, str], set[Opening]] = {}
    for row, party, other in _of(version):
        published.setdefault((party, other), set()).update(asked(row), seconds(row, "to_listener"))
        published.setdefault((other, party), set()).update(seconds(row, "to_initiator"))
        if row.ports == "rpc_dynamic":  # nobody finds that port without asking the endpoint mapper
            published[party, other].add((row.transport, (135, 135)))
    problems = []
    for role in PRODUCTS[version]["server_roles"]:
        for party in ("internet", *PEERS, *PRODUCTS[version]["server_roles"]):
            have = opened(version, role, party)
            if EVERYTHING in have:
                continue
            known = published.get((party, role), set()) | published.get(("internet", role), set())
            problems += [f"{role} lets {party} in on {one}" for one in sorted(have) if not covered(one, known)]
    hold(problems)


#: between whom the support boundary has to open everything: documents of 2007 and later
INSIDE = [
    ("2010", "client_access", "mailbox", True),
    ("2010", "client_access", "domain_controller", True),
    ("2010", "client_access", "internal_clients", False),
    ("2010", "client_access", "internet", False),
    ("2016", "mailbox", "mailbox", True),
    ("2016", "mailbox", "domain_controller", True),
    ("2016", "mailbox", "edge_transport", False),
    ("2016", "mailbox", "internet", False),
    ("2016", "edge_transport", "mailbox", False),
    ("2016", "edge_transport", "internet", False),
]


@pytest.mark.parametrize(("version", "role", "party", "inside"), INSIDE)
def test_the_support_boundary_is_open_on_the_host(version: str, role: str, party: str, inside: bool) -> None:
    assert (EVERYTHING in opened(version, role, party)) is inside


#: written by hand from Microsoft's tables for 2016 and later (np2016): what an Edge server lets in
EDGE_2016 = {
    "internet": {("tcp", (25, 25))},
    "mailbox": {("tcp", (25, 25)), ("tcp", (50636, 50636))},
}


@pytest.mark.parametrize("party", sorted(EDGE_2016))
def test_an_edge_server_lets_in_what_the_table_says(party: str) -> None:
    assert opened("2016", "edge_transport", party) == EDGE_2016[party]


def test_a_witness_gets_its_rules_too() -> None:
    hosts = {
        f"m{n}": {"version": "2019", "roles": ["mailbox"], "features": ["dag"], "addresses": [f"10.0.0.{n}"]}
        for n in (1, 2)
    }
    hosts["w"] = {"party": "witness", "addresses": ["10.0.2.1"], "windows_version": "2022"}
    topology = good_topology(hosts, catalog=load())
    plan, problems = build_plan(load(), topology)
    assert not problems
    found = windows.wanted(Points(plan, topology).slice("w").whole(), "add")
    assert sorted(port for rule in found for port in rule["local_ports"]) == ["445", "RPC", "RPC-EPMap"]
    assert {tuple(rule["remote_addresses"]) for rule in found} == {("10.0.0.1/32", "10.0.0.2/32")}

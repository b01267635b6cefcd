# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What makes no rule: features without another end, Edge servers without a Mailbox server, what nobody confirmed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from ..catalog.models import Catalog, Flow
from ..problems import Problem
from ..topology.models import Host, Topology
from ..words import word_list
from .ends import Side

EDGE = "edge_transport"


def feature_problems(
    catalog: Catalog, topology: Topology, hosts: Iterable[Host], served: Collection[tuple[str, str]]
) -> Iterable[Problem]:
    """Selected features that no pair of ends came of. ``served``: (host, feature) that led to one."""
    for host in hosts:
        for feature in sorted(host.features):
            if (host.name, feature) in served or not _exists(catalog, host, feature):
                continue
            servers, peers = _other_ends(catalog, host, feature)
            if not _undecided(catalog, topology, host, servers, peers):
                text = f"{feature!r} has nobody to talk to: {_ways_out(servers, peers)}"
                yield Problem("feature-without-peer", host.name, "exchange_features", text)


def _exists(catalog: Catalog, host: Host, feature: str) -> bool:
    """Whether the host can have the feature at all; otherwise the topology told so already."""
    known = catalog.features.get(feature)
    return known is not None and not known.refused and any(known.exists_in(host.version, p) for p in host.parties)


def _other_ends(catalog: Catalog, host: Host, feature: str) -> tuple[list[str], list[str]]:
    """Server roles and other parties that could be the other end."""
    flows = [flow for flow in catalog.flows.values() if flow.openable and feature in _features(flow)]
    others = {
        party
        for flow in flows
        for mine, other in ((flow.initiator, flow.listener), (flow.listener, flow.initiator))
        if any(mine.holds(party, host.version) for party in host.parties)
        for party in other.parties
    }
    return sorted(others & catalog.server_roles), sorted(others - catalog.server_roles)


def _features(flow: Flow) -> set[str]:
    return {*flow.features, *(follow.feature for follow in flow.follows if follow.feature)}


def _undecided(catalog: Catalog, topology: Topology, host: Host, servers: list[str], peers: list[str]) -> bool:
    """Whether the end that is missing may be there, and only a problem told elsewhere hides it."""
    for name, variables in topology.doubtful.items():
        other = topology.hosts.get(name)
        if name == host.name:
            found: Collection[str] = variables - {"exchange_features", "exchange_windows_version"}
        elif other is not None and (other.version or other.parties & catalog.server_roles):
            found = servers
        else:
            found = peers if name else [*servers, *peers]
        if found:
            return True
    return False


def _ways_out(servers: list[str], peers: list[str]) -> str:
    ways = []
    if servers:
        ways.append(f"another server with it ({word_list(servers, 'or')})")
    if peers:
        ways.append(f"{word_list(peers, 'or')} in exchange_networks or as exchange_party of a host")
    return f"it needs {word_list(ways, 'or')}." if ways else "no server role of this host uses it."


def withheld_texts(catalog: Catalog, withheld: Iterable[str]) -> Iterable[str]:
    """A warning for each unconfirmed flow whose feature somebody selected; those without a feature nobody misses."""
    for flow in (catalog.flows[name] for name in sorted(withheld) if catalog.flows[name].features):
        yield (
            f"{flow.id} is not opened, though its feature ({word_list(flow.features, 'or')}) is selected: nobody "
            f"confirmed it. If you need it, say so by its id in exchange_flow_overrides (enabled: true)."
        )


def joins_edge(catalog: Catalog, flow: Flow) -> bool:
    """Whether it is a way between Edge servers and one server role inside that asks for no common site."""
    parties = {*flow.initiator.parties, *flow.listener.parties}
    return not flow.scope and EDGE in parties and len(parties) == 2 and parties <= set(catalog.server_roles)


def lonely_edges(sides: Iterable[tuple[Side, Side]], paired: Mapping[str, str]) -> Iterable[str]:
    """A warning for each Edge server that works with nobody inside. ``sides``: of flows within a site."""
    edges = {
        host.name: host
        for pair in sides
        for side, other in (pair, pair[::-1])
        if not other.empty
        for host in side.hosts
        if EDGE in host.parties and host.name not in paired
    }
    for name, host in sorted(edges.items()):
        yield (
            f"{name} has nobody inside to exchange mail with: no Mailbox or Hub Transport server has its exchange_site "
            f"({host.site!r}), which is the site it is subscribed to."
        )

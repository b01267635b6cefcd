# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ends of a flow: which hosts and networks stand there, and what their address group is called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ..catalog.models import Catalog, End, Flow
from ..topology.addresses import PrefixTree, is_whole, ordered
from ..topology.models import LOAD_BALANCER, Host, Organization, Topology
from ..topology.read import prefix_tree
from .models import ANY_ADDRESS, Group, shared_label

INTERNET = "internet"


@dataclass(frozen=True)
class Side:
    """Everybody at one end of a flow, or the part of them that shares a scope."""

    parties: tuple[str, ...]  # those that somebody stands for
    hosts: tuple[Host, ...] = ()
    networks: tuple[str, ...] = ()  # peers that are declared as networks
    internet: bool = False
    narrowed: tuple[str, ...] = ()  # what left somebody out, in words that end up in the group's name

    @property
    def empty(self) -> bool:
        return not (self.hosts or self.networks or self.internet)

    def only(self, hosts: Iterable[Host], word: str) -> Side:
        """The part of it with these hosts and no networks; ``word`` names the part where it is one."""
        kept = tuple(hosts)
        same = len(kept) == len(self.hosts) and not self.networks and not self.internet
        return self if same else Side(self._parties_of(kept), kept, narrowed=(*self.narrowed, word))

    def _parties_of(self, hosts: tuple[Host, ...]) -> tuple[str, ...]:
        return tuple(party for party in self.parties if any(party in host.parties for host in hosts))


@dataclass(frozen=True)
class _Kind:
    """What a flow asks of a host; thousands of hosts are of a few kinds."""

    parties: frozenset[str]
    version: str
    features: frozenset[str] | None  # None: features are not asked for
    behind: frozenset[tuple[str, str]] = frozenset()  # of a load balancer: server roles and versions of its servers


class Ends:
    """Finds the sides of flows in one organization, and makes their address groups."""

    def __init__(
        self, catalog: Catalog, topology: Topology, organization: Organization, tree: PrefixTree | None = None
    ) -> None:
        self.catalog = catalog
        self.organization = organization
        self.hosts = topology.members(organization.name)
        self.tree = tree or prefix_tree(topology)
        self.prefix = f"{organization.name}/" if len(topology.organizations) > 1 else ""
        self._everyone = self._roles(host for host in self.hosts if host.version)
        self._features = {host.name: self._effective(host) for host in self.hosts}
        self._kinds: dict[_Kind, list[Host]] = {}
        for host in self.hosts:
            features = self._features[host.name] if host.is_protected else None
            kind = _Kind(host.parties, host.version, features, self._roles(self._servers_of(host)))
            self._kinds.setdefault(kind, []).append(host)
        self._together: dict[tuple[_Kind, ...], tuple[Host, ...]] = {}
        self._server_parties = {party for host in self.hosts if host.version for party in host.parties}
        self._outside = self._internet_owners(topology)
        self._groups: dict[tuple[object, ...], Group] = {}
        self._named: dict[str, int] = {}  # how many groups would like a name

    def features(self, host: Host) -> frozenset[str]:
        """Its features; those of a load balancer are what its servers offer."""
        return self._features[host.name]

    def _effective(self, host: Host) -> frozenset[str]:
        if not host.is_balancer:
            return host.features
        return host.features.union(*(other.features for other in self._servers_of(host)))

    def _servers_of(self, host: Host) -> list[Host]:
        """The servers behind a load balancer; none of anybody else."""
        if not host.is_balancer:
            return []
        return [other for other in self.hosts if other.version and (not host.servers or other.name in host.servers)]

    def _roles(self, hosts: Iterable[Host]) -> frozenset[tuple[str, str]]:
        roles = self.catalog.server_roles
        return frozenset((party, host.version) for host in hosts for party in host.parties if party in roles)

    def _internet_owners(self, topology: Topology) -> set[str]:
        """Owners whose addresses are also Internet addresses."""
        parties = {party.id for party in self.catalog.parties.values() if party.part_of == INTERNET}
        owners = {f"{name}/{party}" for name in topology.organizations for party in parties}
        return owners | {f"host {host.name}" for host in topology.hosts.values() if host.parties & parties}

    def side(self, flow: Flow, end: End) -> Side:
        """Who stands at this end: right party, right version, and the feature where the flow asks for one."""
        candidates = [kind for kind in self._kinds if not kind.parties.isdisjoint(end.parties)]
        versioned = [kind for kind in candidates if self._holds(end, kind)]
        chosen = [kind for kind in versioned if _selected(flow, kind)]
        narrowed: tuple[str, ...] = ()
        if len(versioned) < len(candidates):
            narrowed += (_span(end.versions),)
        if len(chosen) < len(versioned):
            narrowed += ("-".join(flow.features),)
        networks = tuple(p for p in end.parties if p in self.organization.networks and self._stands(end, p))
        internet = INTERNET in end.parties
        there = [
            p for p in end.parties if p in networks or (p == INTERNET) or any(p in kind.parties for kind in chosen)
        ]
        return Side(tuple(there), self._of_kinds(tuple(chosen)), networks, internet, narrowed)

    def _of_kinds(self, kinds: tuple[_Kind, ...]) -> tuple[Host, ...]:
        """All hosts of some kinds, sorted by name; the same few combinations are asked for by most flows."""
        if kinds not in self._together:
            hosts = [host for kind in kinds for host in self._kinds[kind]]
            self._together[kinds] = tuple(sorted(hosts, key=lambda host: host.name))
        return self._together[kinds]

    def _holds(self, end: End, kind: _Kind) -> bool:
        roles = self.catalog.server_roles
        return any(
            end.holds(party, kind.version)
            if party in roles
            else party in end.parties and self._stands(end, party, kind.behind)
            for party in kind.parties
        )

    def _stands(self, end: End, party: str, behind: frozenset[tuple[str, str]] | None = None) -> bool:
        """Beside servers of an end a load balancer stands for those behind it, so it needs such servers there."""
        if party != LOAD_BALANCER or not end.versions:
            return True
        return any(end.holds(role, version) for role, version in (self._everyone if behind is None else behind))

    def group(self, side: Side, replication: bool = False, called: bool = False) -> Group:
        """The address group of a side; the same name always means the same members. ``called``: of the listeners."""
        virtual = called and any(host.virtual for host in side.hosts)
        words = [self._everybody(side), *side.narrowed, *(["replication"] if replication else [])]
        name = self.prefix + ".".join([*words, *(["virtual"] if virtual else [])])
        key = (name, tuple(host.name for host in side.hosts), side.networks, side.internet, replication, virtual)
        if key not in self._groups:
            # sites and routing groups have any names, so that two groups might come to the same one
            self._named[name] = self._named.get(name, 0) + 1
            unique = name if self._named[name] == 1 else f"{name}~{self._named[name]}"
            self._groups[key] = self._make(unique, side, replication, virtual)
        return self._groups[key]

    def _everybody(self, side: Side) -> str:
        """The parties' names, or one word where every Exchange server of the organization is meant."""
        if len(side.parties) > 2 and self._server_parties == set(side.parties) and not side.narrowed:
            return "exchange_servers"
        return "-".join(side.parties)

    def _make(self, name: str, side: Side, replication: bool, virtual: bool) -> Group:
        labels: dict[str, str] = {}
        owners: set[str] = set()
        for host in side.hosts:
            kind, addresses = "host", host.addresses
            if replication and host.replication:
                kind, addresses = "replication", host.replication
            elif virtual and host.virtual:
                kind, addresses = "virtual", host.virtual
            owners.add(f"{kind} {host.name}")
            if kind == "virtual":
                labels.update({prefix: shared_label(labels, prefix, host.name) for prefix in addresses})
            else:
                labels.update(dict.fromkeys(addresses, host.name))
        for party in side.networks:
            owners.add(f"{self.organization.name}/{party}")
            labels.update(dict.fromkeys(self.organization.networks[party], party))
        if side.internet:
            owners |= self._outside
            labels.update(dict.fromkeys(ANY_ADDRESS, INTERNET))
        members = ordered(labels)
        wide = [prefix for prefix in members if not is_whole(prefix)]
        return Group(name, members, self.tree.excluded(wide, owners), tuple((p, labels[p]) for p in members))


def _selected(flow: Flow, kind: _Kind) -> bool:
    return flow.opened or not flow.features or kind.features is None or not kind.features.isdisjoint(flow.features)


def _span(versions: tuple[str, ...]) -> str:
    return "_".join(versions)


def partition(side_a: Side, side_b: Side, scope: str) -> Iterable[tuple[str, Side, Side]]:
    """The parts of two sides that may talk under a scope: (value of the scope, initiators, listeners)."""
    if not scope:
        yield "", side_a, side_b
        return
    attribute, same = _SCOPES[scope]
    first, second = _by(side_a, attribute), _by(side_b, attribute)
    for value in sorted(first):
        if same:
            others, word = second.get(value, []), f"{_WORDS[attribute]}-{value}"
        else:
            others = [host for other, hosts in sorted(second.items()) if other != value for host in hosts]
            word = f"other-than-{_WORDS[attribute]}-{value}"
        if others:
            yield value, side_a.only(first[value], f"{_WORDS[attribute]}-{value}"), side_b.only(others, word)


_SCOPES = {
    "same_routing_group": ("routing_group", True),
    "other_routing_group": ("routing_group", False),
    "same_site": ("site", True),
    "same_dag": ("dag", True),
}
_WORDS = {"routing_group": "rg", "site": "site", "dag": "dag"}


def _by(side: Side, attribute: str) -> Mapping[str, list[Host]]:
    found: dict[str, list[Host]] = {}
    for host in side.hosts:
        found.setdefault(getattr(host, attribute), []).append(host)
    return found


def by_balancer(side_a: Side, side_b: Side) -> Iterable[tuple[str, Side, Side]]:
    """A load balancer that names its servers talks to those only, so it gets a part of its own: (word for it, ends)."""
    named: dict[frozenset[str], list[Host]] = {}
    for host in side_a.hosts:
        if host.is_balancer and host.servers:
            named.setdefault(host.servers, []).append(host)
    if not named:
        yield "", side_a, side_b
        return
    rest = [host for host in side_a.hosts if not (host.is_balancer and host.servers)]
    if rest or side_a.networks or side_a.internet:
        yield "", replace(side_a, hosts=tuple(rest), narrowed=(*side_a.narrowed, "rest")), side_b
    for servers, balancers in sorted(named.items(), key=lambda item: sorted(item[0])):
        behind = [host for host in side_b.hosts if host.name in servers]
        word = "of-" + "-".join(host.name for host in balancers)
        yield word, side_a.only(balancers, word), side_b.only(behind, f"behind-{word[3:]}")

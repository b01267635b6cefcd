# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan -> the slice of one enforcement point, and what a slice permits."""

from __future__ import annotations

from collections.abc import Iterable

from ..topology.addresses import PrefixIndex, inside, is_whole
from ..topology.models import Host, Topology
from .models import Group, Managed, Owner, Plan, Rule, Slice

#: where a prefix lies that no zone of the gateway holds: a place of its own, since nobody knows the way from there
NOWHERE = ""


class Zones:
    """The zones of one gateway. An address lies in the zone with the longest prefix that holds it."""

    def __init__(self, zones: Iterable[tuple[str, tuple[str, ...]]]) -> None:
        self.by_prefix = {prefix: zone for zone, prefixes in zones for prefix in prefixes}
        self._index = PrefixIndex(self.by_prefix)
        self._known: dict[str, frozenset[str]] = {}

    def of(self, prefix: str) -> frozenset[str]:
        """The zones that addresses of the prefix can lie in."""
        if prefix not in self._known:
            found = {self._index.longest(prefix) or NOWHERE}
            if not is_whole(prefix):
                found |= {zone for nested, zone in self.by_prefix.items() if inside(nested, prefix)}
            self._known[prefix] = frozenset(found)
        return self._known[prefix]

    def of_group(self, group: Group) -> frozenset[str]:
        return frozenset().union(*(self.of(prefix) for prefix in group.members))


def crosses(first: Iterable[str], second: Iterable[str]) -> bool:
    """Whether some address of the first zones can reach some address of the second only through the gateway."""
    return any(a != b for a in first for b in second)


def slice_for(plan: Plan, host: Host, managed: tuple[Managed, ...] = (), owners: tuple[Owner, ...] = ()) -> Slice:
    """What the gateway applies: the rules whose traffic can cross it. Groups stay whole, so names stay true."""
    zones = Zones(host.zones)
    known: dict[str, frozenset[str]] = {}

    def zones_of(group: Group) -> frozenset[str]:
        if group.name not in known:
            known[group.name] = zones.of_group(group)
        return known[group.name]

    def crossing(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
        return tuple(rule for rule in rules if crosses(zones_of(rule.source), zones_of(rule.destination)))

    return Slice(
        host.name,
        host.platform,
        crossing(plan.rules),
        plan.protected,
        plan.management,
        host.zones,
        plan.digest,
        crossing(plan.management_rules),
        managed,
        owners,
        plan.published,
    )


def managed_hosts(topology: Topology) -> tuple[Managed, ...]:
    """The protected hosts that Ansible reaches over the network."""
    return tuple(
        Managed(host.name, host.addresses, host.connection_ports, host.target, host.organization)
        for host in topology.hosts.values()
        if host.is_protected and host.connection_ports and host.addresses
    )


def host_rules(plan: Plan, topology: Topology) -> dict[str, list[tuple[str, Rule]]]:
    """For each inventory host the rules that name it: ("in" or "out", rule)."""
    found: dict[str, list[tuple[str, Rule]]] = {name: [] for name in topology.hosts}
    hosts_of: dict[str, list[str]] = {}
    # by address, not by label: a host may be called like a party, and load balancers share virtual addresses
    owners: dict[str, set[str]] = {}
    for host in topology.hosts.values():
        for prefix in (*host.addresses, *host.replication, *host.virtual):
            owners.setdefault(prefix, set()).add(host.name)

    def hosts(group: Group) -> list[str]:
        if group.name not in hosts_of:
            hosts_of[group.name] = sorted(set().union(*(owners.get(prefix, ()) for prefix in group.members)))
        return hosts_of[group.name]

    for rule in plan.rules:
        for name in hosts(rule.destination):
            found[name].append(("in", rule))
        for name in hosts(rule.source):
            found[name].append(("out", rule))
    return found


def holds(group: Group, address: str) -> bool:
    """Whether the address (a prefix of full length) belongs to the group."""
    return Members(group).hold(address)


class Members:
    """A group's addresses by how they are found: whole addresses at once, networks one by one."""

    def __init__(self, group: Group) -> None:
        self.members, self.networks = _split(group.members)
        self.excluded, self.holes = _split(group.excluded)

    def hold(self, address: str) -> bool:
        if address in self.excluded or any(inside(address, hole) for hole in self.holes):
            return False
        return address in self.members or any(inside(address, network) for network in self.networks)


def _split(prefixes: Iterable[str]) -> tuple[set[str], list[str]]:
    whole = {prefix for prefix in prefixes if is_whole(prefix)}
    return whole, [prefix for prefix in prefixes if prefix not in whole]


class Judge:
    """Answers which rules permit a connection; follow-up connections are not looked at."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        self._known: dict[str, Members] = {}

    def permitting(self, source: str, destination: str, transport: str, port: int) -> list[Rule]:
        """The rules that let a new connection through; addresses are prefixes of full length, or a whole network."""
        return [
            rule
            for rule in self.rules
            if rule.transport in (transport, "any")
            and (not rule.ports or any(low <= port <= high for low, high in rule.ports))
            and self._holds(rule.source, source)
            and self._holds(rule.destination, destination)
        ]

    def _holds(self, group: Group, address: str) -> bool:
        if group.name not in self._known:
            self._known[group.name] = Members(group)
        return self._known[group.name].hold(address)


def permitting(rules: Iterable[Rule], source: str, destination: str, transport: str, port: int) -> list[Rule]:
    """``Judge`` for a single question."""
    return Judge(rules).permitting(source, destination, transport, port)

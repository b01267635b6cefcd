# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts that are enforcement points themselves: which, with which rules, and whether Ansible can apply them.

Which rules name which host is worked out once for the fleet; a host's slice is put together when it asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..topology.addresses import ordered
from ..topology.models import Host, Topology
from .known import known_owners
from .models import Managed, OwnAddresses, Plan, Rule, Slice
from .serial import group_data, group_from, rule_data, rule_from
from .slicing import host_rules, managed_hosts

#: the driver of all of them
PLATFORM = "windows"

# Exchange -> the Windows Server that it ran on, for hosts of which nobody says it. The oldest one that is likely, since
# its form of the rules is also understood by those after it.
_WINDOWS_OF = {"5.5": "2000", "2000": "2000", "2003": "2003", "2007": "2008", "2010": "2008", "2013": "2012"}
# neither has a PowerShell 5.1: https://learn.microsoft.com/powershell/scripting/windows-powershell/wmf-overview
_WITHOUT_POWERSHELL = ("2000", "2003")
# Exchange servers of these versions break or are unsupported with Windows Management Framework 5.1
_WITHOUT_WMF = ("5.5", "2000", "2003", "2007", "2010")
_BEFORE_2016 = ("2000", "2003", "2008", "2012")


def windows_of(host: Host) -> str:
    """The host's Windows Server; "" where it is one of those that have all we need."""
    return host.windows or _WINDOWS_OF.get(host.version, "")


def by_hand(host: Host) -> str:
    """Why Ansible does not apply the host's rules; empty where it does."""
    windows = windows_of(host)
    if windows in _WITHOUT_POWERSHELL:
        return f"Windows {windows} has no PowerShell 5.1, so its rules are written to a file"
    if host.enforcement == "artifacts":
        return "exchange_enforcement asks for files alone"
    if host.enforcement == "yes":
        return ""  # whoever says so has seen to PowerShell 5.1
    if host.version in _WITHOUT_WMF and windows in _BEFORE_2016:
        return (
            f"Exchange {host.version} on Windows {windows} does not go with PowerShell 5.1, so its rules are written "
            "to a file; with exchange_enforcement: true Ansible applies them all the same"
        )
    if windows == "2008":
        return (
            "Windows Server 2008 has no PowerShell 5.1, so its rules are written to a file; for 2008 R2 with "
            "PowerShell 5.1 say exchange_enforcement: true"
        )
    return ""


def own_addresses(host: Host, balancers: Iterable[Host]) -> OwnAddresses:
    """The host's addresses, with virtual ones that packets may still carry when a load balancer has passed them on."""
    in_front = [
        other
        for other in balancers
        if host.version and other.organization == host.organization and other.keeps_client is not False
        and (not other.servers or host.name in other.servers)
    ]  # fmt: skip
    virtual = {prefix for other in in_front for prefix in other.virtual}
    return OwnAddresses(host.addresses, host.replication, ordered(virtual))


class Points:
    """All hosts with a firewall of their own that gets rules, and their slices on request."""

    def __init__(
        self, plan: Plan, topology: Topology, index: Mapping[str, list[tuple[str, Rule]]] | None = None
    ) -> None:
        """``index``: host -> (direction, rule), where the caller has it already."""
        self.plan = plan
        self.hosts = {host.name: host for host in topology.hosts.values() if host.is_point}
        self._balancers = [host for host in topology.hosts.values() if host.is_balancer]
        self._index = host_rules(plan, topology) if index is None else index
        self._managed = {host.name: host for host in managed_hosts(topology)}
        self._known = known_owners(topology, plan)
        self._ways_in = _by_address(plan.management_rules)

    def rules(self, name: str) -> tuple[Rule, ...]:
        """The plan's rules that name the host, in the order of ids; each once, whichever end it is at."""
        found = {rule.id: rule for _direction, rule in self._index.get(name, ())}
        return tuple(found[name] for name in sorted(found))

    def directed(self, name: str, direction: str) -> list[str]:
        """Ids of the plan's rules in which the host is called ("in") or calls ("out")."""
        return [rule.id for way, rule in self._index.get(name, ()) if way == direction]

    def holding(self, direction: str) -> dict[str, list[str]]:
        """Id of a rule -> the hosts that hold it in this direction, sorted."""
        found: dict[str, list[str]] = {}
        for name in sorted(self.hosts):
            for identity in self.directed(name, direction):
                found.setdefault(identity, []).append(name)
        return found

    def management_rules(self, name: str) -> tuple[Rule, ...]:
        found = {rule.id: rule for prefix in self.hosts[name].addresses for rule in self._ways_in.get(prefix, ())}
        return tuple(found[name] for name in sorted(found))

    def canaries(self) -> frozenset[str]:
        """Hosts that a rollout tries first: by name the first that Ansible applies of each server role (or other
        party), version of Exchange and Windows."""
        tried: set[tuple[str, str, str]] = set()
        found = set()
        for name, host in sorted(self.hosts.items()):
            kinds = {(party, host.version, windows_of(host)) for party in host.parties or ("",)}
            if not by_hand(host) and kinds - tried:
                tried |= kinds
                found.add(name)
        return frozenset(found)

    def slice(self, name: str) -> Slice:
        """Raises KeyError for a host that is none."""
        host, plan = self.hosts[name], self.plan
        return Slice(
            name,
            PLATFORM,
            self.rules(name),
            plan.protected,
            plan.management,
            (),
            plan.digest,
            self.management_rules(name),
            self._managed_as(host),
            self._known,
            own=own_addresses(host, self._balancers),
            windows=windows_of(host),
            by_hand=by_hand(host),
        )

    def _managed_as(self, host: Host) -> tuple[Managed, ...]:
        """As Ansible reaches it; a witness too, though no gateway protects it."""
        if host.name in self._managed:
            return (self._managed[host.name],)
        ports, addresses = host.connection_ports, host.addresses
        return (Managed(host.name, addresses, ports, host.target, host.organization),) if ports and addresses else ()

    def data(self, name: str) -> dict[str, Any]:
        """A slice as plain data that refers to shared pieces."""
        part = self.slice(name)
        own = part.own
        return {
            "rules": [rule.id for rule in part.rules],
            "management_rules": [rule.id for rule in part.management_rules],
            "digest": part.digest,
            "own": [list(own.mail), list(own.replication), list(own.virtual)],
            "managed": [[m.name, list(m.addresses), list(m.ports), m.target, m.organization] for m in part.managed],
            "windows": part.windows,
            "by_hand": part.by_hand,
        }

    def needs(self, name: str) -> list[str]:
        """The pieces that the host's slice refers to."""
        rules = (*self.rules(name), *self.management_rules(name))
        groups = {group.name for rule in rules for group in (rule.source, rule.destination)}
        return [
            "known",
            *(f"rule {rule.id}" for rule in rules),
            *(f"group {group}" for group in sorted({*groups, self.plan.management.name})),
        ]

    def pieces(self) -> dict[str, Any]:
        """What the slices of hosts share, by name: rules without their groups, and groups; nothing without hosts."""
        found: dict[str, Any] = {}
        if not self.hosts:
            return found
        named = {rule.id: rule for name in self.hosts for rule in (*self.rules(name), *self.management_rules(name))}
        found["known"] = [list(pair) for pair in self._known]
        groups = [self.plan.management]
        for rule in named.values():
            found[f"rule {rule.id}"] = rule_data(rule)
            groups += [rule.source, rule.destination]
        found.update({f"group {group.name}": group_data(group) for group in {g.name: g for g in groups}.values()})
        return found


def _by_address(rules: Iterable[Rule]) -> dict[str, list[Rule]]:
    found: dict[str, list[Rule]] = {}
    for rule in rules:
        for prefix in rule.destination.members:
            found.setdefault(prefix, []).append(rule)
    return found


def slice_from_pieces(name: str, data: Mapping[str, Any], piece: Any) -> Slice:
    """The inverse of ``Points.data``; ``piece`` is a function that gives what is shared by its name.

    ``protected`` stays empty: on a host only its own traffic is judged.
    """
    groups: dict[str, Any] = {}

    def group(word: str) -> Any:
        if word not in groups:
            groups[word] = group_from(word, piece(f"group {word}"))
        return groups[word]

    def rules(ids: Iterable[str]) -> tuple[Rule, ...]:
        plain = [piece(f"rule {one}") for one in ids]
        return tuple(rule_from(one, {end: group(end) for end in (one["source"], one["destination"])}) for one in plain)

    return Slice(
        name,
        PLATFORM,
        rules(data["rules"]),
        group_from("protected", {"members": [], "excluded": [], "labels": []}),
        group("management"),
        (),
        data["digest"],
        rules(data["management_rules"]),
        tuple(Managed(a, tuple(b), tuple(c), d, e) for a, b, c, d, e in data["managed"]),
        tuple((prefix, owner) for prefix, owner in piece("known")),
        own=OwnAddresses(*(tuple(prefixes) for prefixes in data["own"])),
        windows=data["windows"],
        by_hand=data["by_hand"],
    )

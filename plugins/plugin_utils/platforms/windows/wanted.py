# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a host's slice of the plan to the rules that its Windows firewall should have."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ...plan.models import Group, OwnAddresses, PortRange, Slice
from ...plan.slicing import Members
from ..engine import PORTED, families, family_of, resolved
from ..models import MODES, Permit, Supports
from ..nat import REAL
from .addresses import ANY, entries, split
from .names import PROFILES, description, rule_name

# Names of the kernel's types on Linux are the plan's words; the numbers are RFC 792 and RFC 4443.
ICMP_TYPES = {
    4: {
        "echo-reply": 0,
        "destination-unreachable": 3,
        "redirect": 5,
        "echo-request": 8,
        "time-exceeded": 11,
        "parameter-problem": 12,
        "timestamp-request": 13,
        "timestamp-reply": 14,
    },
    6: {
        "destination-unreachable": 1,
        "packet-too-big": 2,
        "time-exceeded": 3,
        "parameter-problem": 4,
        "echo-request": 128,
        "echo-reply": 129,
    },
}
_ICMP = {4: "icmpv4", 6: "icmpv6"}
_NUMBERS = {"esp": "50", "ah": "51"}
RPC, ENDPOINT_MAPPER = "RPC", "RPC-EPMap"
DCERPC = "dcerpc"
_MAPPER = (135, 135)

SUPPORTS = Supports(
    transports=("tcp", "udp", "icmp", "esp", "ah", "any"),
    icmp_types=tuple(sorted(set(ICMP_TYPES[4]) | set(ICMP_TYPES[6]))),
    helpers=((DCERPC, ("tcp",)),),
    families=(4, 6),
    excluded=True,
    stateful=True,
    modes=MODES,
    nat=REAL,  # a host never sees what it is called beyond translation
    dynamic_ports="keywords RPC and RPC-EPMap for RPC services of the host itself, else the port range or fixed ports",
    confirms="a scheduled task on the host restores the former rules",
    untouching=(DCERPC,),
)


@dataclass
class _Near:
    """The host itself, and the ends of its rules seen from it."""

    own: OwnAddresses
    _members: dict[str, Members] = field(default_factory=dict)
    _remote: dict[tuple[str, frozenset[int], bool], list[str]] = field(default_factory=dict)

    def addresses(self, group: Group) -> list[str]:
        """The host's own addresses that stand in the group."""
        if group.name not in self._members:
            self._members[group.name] = Members(group)
        return [prefix for prefix in self.own.all if self._members[group.name].hold(prefix)]

    def local(self, mine: list[str]) -> list[str]:
        """Which of the host's addresses a rule is about: told only where a replication network has to stay apart."""
        if not self.own.replication:
            return [ANY]
        virtual = self.own.virtual if set(mine) & set(self.own.mail) else ()
        return sorted({*mine, *virtual})

    def remote(self, group: Group, used: frozenset[int], spoken: frozenset[int]) -> list[str]:
        """Those of the group in the families ``used``; ``spoken``: all families that the rule is about."""
        everything = {family_of(prefix) for prefix in self.own.all} <= spoken
        key = (group.name, used, everything)
        if key not in self._remote:
            self._remote[key] = entries(group, used, everything)
        return self._remote[key]


def wanted(
    piece: Slice, mode: str, available_helpers: Collection[str] | None = None, outbound: bool = False
) -> tuple[dict[str, Any], ...]:
    """The host's rules, sorted by name; ProblemError with all that cannot be expressed.

    Inbound ones, and with ``outbound`` those for what the host calls. Both modes want the same rules: ``enforce`` is
    about rules of others.
    """
    if mode not in MODES:
        raise ValueError(f"mode is one of {', '.join(MODES)}, not {mode}")
    near = _Near(piece.own or OwnAddresses(()))
    found: dict[str, dict[str, Any]] = {}
    for permit in resolved(piece, SUPPORTS, available_helpers):
        sides = [("in", permit.destination, permit.source)]
        sides += [("out", permit.source, permit.destination)] if outbound else []
        for direction, here, there in sides:
            for identity, part, rule in _rules(permit, direction, near, here, there):
                name = _free(found, permit.flow, direction, identity, part)
                found[name] = {**_plain(name, permit, direction), **rule}
    return tuple(found[name] for name in sorted(found))


def _free(found: Collection[str], flow: str, direction: str, identity: str, part: str) -> str:
    """A name that nobody has; two ids rarely begin alike, but then the digest has to be longer."""
    lengths = iter(range(8, 65, 8))
    name = rule_name(flow, direction, identity, part, next(lengths))
    while name in found:
        name = rule_name(flow, direction, identity, part, next(lengths))
    return name


def _plain(name: str, permit: Permit, direction: str) -> dict[str, Any]:
    rule = permit.rule
    title = f"{permit.title}, {permit.follow.title or permit.follow.id}" if permit.follow else permit.title
    return {
        "name": name,
        "description": description(title, rule.need if rule else "", rule.sources if rule else ()),
        "direction": direction,
        "action": "allow",
        "enabled": True,
        "protocol": "any",
        "local_ports": [],
        "remote_ports": [],
        "local_addresses": [ANY],
        "remote_addresses": [ANY],
        "icmp_types": [],
        "program": "",
        "service": "",
        "profiles": list(PROFILES),
        "edge_traversal": "block",
    }


def _rules(
    permit: Permit, direction: str, near: _Near, here: Group, there: Group
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(identity, number of the part, what differs from any other rule) of one permit in one direction."""
    mine = near.addresses(here)
    spoken = frozenset(families(there)) & {family_of(prefix) for prefix in mine}
    if not spoken:
        return
    for word, only, match in _matches(permit, direction):
        # an ICMP is that of one family, and local addresses of the other one would be nobody's
        used = spoken & only
        remote = near.remote(there, used, spoken) if used else []
        local = near.local([prefix for prefix in mine if family_of(prefix) in used])
        for part, addresses in split(remote):
            if addresses:  # an empty list would mean everybody
                identity = "/".join(filter(None, [permit.id, word]))
                yield identity, part, {**match, "local_addresses": local, "remote_addresses": addresses}


_BOTH = frozenset((4, 6))


def _matches(permit: Permit, direction: str) -> Iterator[tuple[str, frozenset[int], dict[str, Any]]]:
    """(word that tells it from its sisters, address families, protocol with ports or types)."""
    transport = permit.transport
    if transport == "icmp":
        for family, protocol in _ICMP.items():
            types = [ICMP_TYPES[family][word] for word in permit.icmp_types if word in ICMP_TYPES[family]]
            if types or not permit.icmp_types:
                listed = sorted(f"{number}:*" for number in types)
                yield protocol, frozenset((family,)), {"protocol": protocol, "icmp_types": listed}
    elif transport in PORTED:
        for word, ports in _ports(permit, direction):
            side = "local_ports" if direction == "in" else "remote_ports"
            yield word, _BOTH, {"protocol": transport, side: ports}
    else:
        yield "", _BOTH, {"protocol": _NUMBERS.get(transport, transport)}


def _ports(permit: Permit, direction: str) -> Iterator[tuple[str, list[str]]]:
    """(word, ports). A keyword stands for ports that the host's own service has now, so only inbound.

    It gets a rule of its own, since nobody documents how Windows gives back a list of keywords and numbers.
    """
    if permit.announced_by == DCERPC:
        if direction == "in":
            yield "", [RPC]
        elif permit.follow and permit.follow.ports:
            yield "", _texts(permit.follow.ports)
        return
    ports = list(permit.ports)
    if direction == "in" and permit.transport == "tcp" and _MAPPER in ports:
        ports.remove(_MAPPER)
        yield ENDPOINT_MAPPER, [ENDPOINT_MAPPER]
        if not ports:
            return
    yield "", _texts(ports)


def _texts(ports: Iterable[PortRange]) -> list[str]:
    """Sorted and merged; nothing where all ports are meant."""
    merged: list[list[int]] = []
    for low, high in sorted(ports):
        if merged and low <= merged[-1][1] + 1:
            merged[-1][1] = max(merged[-1][1], high)
        else:
            merged.append([low, high])
    if merged == [[0, 65535]]:
        return []
    return sorted(str(low) if low == high else f"{low}-{high}" for low, high in merged)

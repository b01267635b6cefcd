# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a slice of the plan to the table that a gateway should have."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterable, Iterator

from ...plan.models import Group, Slice
from ..engine import family_of, resolved
from ..models import MODES, Permit, Supports
from ..nat import REAL
from . import statements as st
from .names import PRIORITY, comment, counter_name, set_name
from .table import ADDRESS_TYPES, BASE_CHAIN, AddressSet, Chain, Member, Table, TableRule

SUPPORTS = Supports(
    transports=("tcp", "udp", "icmp", "esp", "ah", "any"),
    icmp_types=tuple(sorted(st.ICMP_TYPES[4] | st.ICMP_TYPES[6])),
    helpers=tuple((name, (transport,)) for name, (_type, transport, _by) in sorted(st.HELPERS.items())),
    families=(4, 6),
    excluded=True,
    stateful=True,
    modes=MODES,
    nat=REAL,  # the forward hook comes after prerouting (destination) and before postrouting (source)
    dynamic_ports="conntrack helper for H.323 where the kernel has it, else the port range or fixed ports",
    confirms="a timer on the gateway restores the former table",
)
HOOK = f"type filter hook forward priority {PRIORITY}; policy accept;"
NOT_PLANNED = "not_planned"
KNOWN = "known"
FAMILIES = (4, 6)


def wanted(piece: Slice, mode: str, available_helpers: Collection[str] | None = None) -> Table:
    """The table for one gateway; raises ProblemError with all that cannot be expressed."""
    if mode not in MODES:
        raise ValueError(f"mode is one of {', '.join(MODES)}, not {mode}")
    permits = resolved(piece, SUPPORTS, available_helpers)
    sets = _sets([piece.protected, *(group for permit in permits for group in (permit.source, permit.destination))])
    names = {one.name for one in sets}
    chains = [_forward(piece, mode, names), _known(piece, permits, names)]
    for family in FAMILIES:
        mine = [permit for permit in permits if family in _shared_families(permit, names)]
        rules = [rule for permit in mine if (rule := _planned(permit, family, names))]
        chains.append(Chain(f"planned_v{family}", "", tuple(rules)))
    counters = {counter_name(permit.flow) for permit in permits} | ({NOT_PLANNED} if mode == "enforce" else set())
    used = sorted({permit.helper for permit in permits if permit.helper})
    return Table(
        exists=True,
        counters=tuple(sorted(counters)),
        helpers=tuple((name, *st.HELPERS[name][:2]) for name in used),
        sets=tuple(sorted(sets, key=lambda one: one.name)),
        chains=tuple(sorted(chains, key=lambda chain: chain.name)),
    )


def _shared_families(permit: Permit, names: Collection[str]) -> list[int]:
    """Families that both ends have, which is where both have a set."""
    ends = (permit.source.name, permit.destination.name)
    return [family for family in FAMILIES if all(set_name(name, family) in names for name in ends)]


def _sets(groups: Iterable[Group]) -> list[AddressSet]:
    found: list[AddressSet] = []
    for group in {group.name: group for group in groups}.values():
        labels = dict(group.labels)
        for excluded, prefixes in ((False, group.members), (True, group.excluded)):
            for family in FAMILIES:
                mine = [prefix for prefix in prefixes if family_of(prefix) == family]
                if mine:
                    name = set_name(group.name, family, excluded)
                    members = tuple(Member(prefix, comment(labels.get(prefix, ""))) for prefix in widest(mine))
                    found.append(AddressSet(name, ADDRESS_TYPES[family], ("interval",), members, group.name))
    return found


def widest(prefixes: Iterable[str]) -> list[str]:
    """Sorted prefixes without those that another one holds: an interval set takes no overlap."""
    kept: list[ipaddress.IPv4Network | ipaddress.IPv6Network] = []
    for network in sorted(ipaddress.ip_network(prefix) for prefix in set(prefixes)):
        if not kept or network.broadcast_address > kept[-1].broadcast_address:
            kept.append(network)
    return [str(network) for network in kept]


def _match(group: Group, field: str, family: int, names: Collection[str]) -> list[str]:
    """Statements for one end of a rule: in the group, and not in what it leaves out."""
    found = [st.address(family, field, set_name(group.name, family))]
    left_out = set_name(group.name, family, excluded=True)
    return found + ([st.address(family, field, left_out, negate=True)] if left_out in names else [])


def _planned(permit: Permit, family: int, names: Collection[str]) -> TableRule | None:
    parts = _match(permit.source, "saddr", family, names) + _match(permit.destination, "daddr", family, names)
    if permit.transport == "icmp":
        types = [word for word in permit.icmp_types if word in st.ICMP_TYPES[family]]
        if permit.icmp_types and not types:
            return None  # a type that only the other address family has
        parts.append(st.icmp_types_are(family, types) if types else st.protocol_is(st.ICMP[family]))
    elif permit.transport != "any":
        parts.append(st.ports_are(permit.transport, permit.ports))
    if permit.announced_by:
        parts += [st.RELATED, st.announced_by(st.HELPERS[permit.announced_by][2])]
    parts.append(st.counted(counter_name(permit.flow)))
    if permit.helper:
        parts.append(st.inspected_by(permit.helper))
    return TableRule((*parts, st.MARK_IT, st.ACCEPT), comment(permit.id), permit.flow)


def _forward(piece: Slice, mode: str, names: Collection[str]) -> Chain:
    rules = [TableRule((st.ESTABLISHED, st.goto(KNOWN)), "replies and running connections")]
    rules += [
        TableRule(
            (st.icmp_types_are(family, st.ICMP_NEEDED[family]), st.MARK_IT, st.ACCEPT), f"ICMP that IPv{family} needs"
        )
        for family in FAMILIES
    ]
    rules += [TableRule((st.family_is(family), st.jump(f"planned_v{family}"))) for family in FAMILIES]
    if mode == "enforce":
        rules += [
            TableRule((*match, st.counted(NOT_PLANNED), st.DROP), "not in the plan")
            for match in _protected_ends(piece, names)
        ]
    return Chain(BASE_CHAIN, HOOK, tuple(rules))


def _known(piece: Slice, permits: Iterable[Permit], names: Collection[str]) -> Chain:
    """Running connections pass here whatever they are; only those of planned ends get the mark.

    A mark on every established packet would lift others' drops for traffic that is none of our business.
    """
    matches = [tuple(match) for match in _protected_ends(piece, names)]
    groups = {group.name: group for permit in permits for group in (permit.source, permit.destination)}
    covered = _inside(groups.values(), piece.protected)
    for permit in permits:
        if not covered & {permit.source.name, permit.destination.name}:
            for family in _shared_families(permit, names):
                for one, other in ((permit.source, permit.destination), (permit.destination, permit.source)):
                    matches.append((*_match(one, "saddr", family, names), *_match(other, "daddr", family, names)))
    rules = [TableRule((*match, st.MARK_IT, st.ACCEPT)) for match in dict.fromkeys(matches)]
    return Chain(KNOWN, "", (*rules, TableRule((st.ACCEPT,))))


def _protected_ends(piece: Slice, names: Collection[str]) -> Iterator[list[str]]:
    for family in [family for family in FAMILIES if set_name(piece.protected.name, family) in names]:
        for field in ("saddr", "daddr"):
            yield _match(piece.protected, field, family, names)


def _inside(groups: Iterable[Group], outer: Group) -> set[str]:
    """Names of the groups whose every member lies in ``outer``; none where that has holes, which only costs rules."""
    holders = {ipaddress.ip_network(prefix) for prefix in outer.members}
    lengths = sorted({(network.version, network.prefixlen) for network in holders})

    def held(prefix: str) -> bool:
        network = ipaddress.ip_network(prefix)
        fitting = [length for version, length in lengths if version == network.version and length <= network.prefixlen]
        return any(network.supernet(new_prefix=length) in holders for length in fitting)

    return set() if outer.excluded else {group.name for group in groups if all(map(held, group.members))}

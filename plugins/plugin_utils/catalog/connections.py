# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What two selections have: the connections of each, and what runs between the two.

A connection is the same in both when both ends, direction, transport and port are; flow ids do not matter. A server
role stands for its whole family: the roles that the other side has in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from .load import port_text
from .models import Catalog, End, Flow
from .query import Selection, matches, query

AMONG = "among"


@dataclass(frozen=True, order=True)
class Key:
    """A connection of one port. ``near`` is the selected servers' end, ``party`` the other one.

    Among the selected servers ``near`` listens.
    """

    direction: str  # in, out, among
    near: str
    party: str
    transport: str
    port: str
    network: str


@dataclass(frozen=True)
class Seen:
    """A flow behind a connection, with the names that its ends have on this side."""

    flow: Flow
    role: str
    party: str


@dataclass(frozen=True)
class Between:
    """A flow from servers of the one version to servers of the other."""

    flow: Flow
    old_calls: bool
    initiators: tuple[str, ...]
    listeners: tuple[str, ...]


@dataclass
class Half:
    """The connections of one selection."""

    side: Selection
    seen: dict[Key, list[Seen]] = field(default_factory=dict)

    def flows(self, keys: Iterable[Key]) -> list[Flow]:
        found = {one.flow.id: one.flow for key in keys for one in self.seen.get(key, ())}
        return [found[name] for name in sorted(found)]


Translate = Callable[[str], Iterable[str]]


def halves(
    catalog: Catalog, old: Selection, new: Selection, filters: Selection, translate: Translate
) -> tuple[Half, Half, tuple[tuple[str, ...], tuple[str, ...]]]:
    """(connections of the old side, those of the new one, exact flows of both that the support boundary holds)

    ``filters``: what else both sides are narrowed to; ``translate``: a server role of the old side in the new.
    """
    families = _families(catalog, old, translate)
    made, inside = [], []
    for side in (old, new):
        flows = list(_answering(catalog, side, filters))
        seen = replace(side, direction=filters.direction, parties=filters.parties)
        made.append(_half(catalog, seen, (flow for flow in flows if not flow.inside_boundary), families))
        inside.append(tuple(flow.id for flow in flows if flow.inside_boundary))
    return made[0], made[1], (inside[0], inside[1])


def _families(catalog: Catalog, old: Selection, translate: Translate) -> dict[str, str]:
    """A server role -> the name of all roles that share its work in one of both versions."""
    groups: list[set[str]] = []
    for version in old.versions:
        for role in catalog.products[version].server_roles:
            members = {role, *translate(role)}
            touched = [group for group in groups if group & members]
            groups = [group for group in groups if group not in touched] + [members.union(*touched)]
    return {role: " ".join(sorted(group)) for group in groups for role in group}


def _answering(catalog: Catalog, side: Selection, filters: Selection) -> Iterator[Flow]:
    """What can be opened, so nothing refused or unconfirmed, also where all features are asked for."""
    whole = replace(filters, versions=side.versions, server_roles=side.server_roles)
    for flow in query(catalog, replace(side, parties=filters.parties, direction=filters.direction)):
        if flow.openable and not flow.withheld and matches(catalog, whole, flow, every_feature=True):
            yield flow


def _half(catalog: Catalog, side: Selection, flows: Iterable[Flow], families: dict[str, str]) -> Half:
    half = Half(side)
    for flow in flows:
        for direction, here, there in (("in", flow.listener, flow.initiator), ("out", flow.initiator, flow.listener)):
            if side.direction not in ("", direction):
                continue
            for role in roles_at(catalog, side, here):
                for party in _others(catalog, side, there):
                    if direction == "out" and not side.direction and party in side.server_roles:
                        continue  # seen from the listener already
                    _put(half, families, flow, direction, role, party)
    return _without_covered(half)


def _put(half: Half, families: dict[str, str], flow: Flow, direction: str, role: str, party: str) -> None:
    near, far = families.get(role, role), families.get(party, party)
    chosen = {families.get(name, name) for name in half.side.server_roles}
    if not half.side.direction and far in chosen:
        if direction == "out":
            near, far, role, party = far, near, party, role
        direction = AMONG
    for port in [port_text(pair) for pair in flow.ports] or list(flow.icmp_types) or [""]:
        key = Key(direction, near, far, flow.transport, port, flow.network)
        half.seen.setdefault(key, []).append(Seen(flow, role, party))


def _without_covered(half: Half) -> Half:
    """Where all traffic of a pair is open, single ports of it say nothing."""
    whole = {(key.direction, key.near, key.party, key.network) for key in half.seen if key.transport == "any"}
    half.seen = {
        key: seen
        for key, seen in half.seen.items()
        if key.transport == "any" or (key.direction, key.near, key.party, key.network) not in whole
    }
    return half


def exists(catalog: Catalog, feature: str, version: str, roles: Iterable[str]) -> bool:
    """Whether a server of this version with one of these roles can have the feature."""
    known = catalog.features[feature]
    return known.refused is None and any(known.exists_in(version, role) for role in roles)


def with_every_feature(catalog: Catalog, side: Selection) -> Selection:
    found = (f for f in catalog.features if any(exists(catalog, f, v, side.server_roles) for v in side.versions))
    return replace(side, features=tuple(found))


def roles_at(catalog: Catalog, side: Selection, end: End) -> tuple[str, ...]:
    """The selected server roles that can stand at this end."""
    return tuple(
        role
        for role in end.parties
        if role in side.server_roles
        and any(end.holds(role, v) and role in catalog.products[v].server_roles for v in side.versions)
    )


def _others(catalog: Catalog, side: Selection, end: End) -> list[str]:
    """The other parties; servers of other versions than the selected one belong to what runs between."""
    return [
        party
        for party in end.parties
        if (not side.parties or party in side.parties)
        and (party not in catalog.server_roles or roles_at(catalog, replace(side, server_roles=(party,)), end))
    ]


def between(catalog: Catalog, old: Selection, new: Selection, filters: Selection) -> Iterator[Between]:
    """Flows with servers of the old version at one end and of the new at the other; both must offer its feature.

    One end is selected; the other one may be any server of its version, which stays or was replaced before.
    """
    whole = replace(filters, versions=(), server_roles=(), features=(), direction="", parties=())
    for flow in catalog.flows.values():
        offered = all(not flow.features or set(flow.features) & set(side.features) for side in (old, new))
        # all members of a database availability group or cluster have the same version of Exchange
        never = not flow.openable or flow.withheld or flow.inside_boundary or flow.scope == "same_dag"
        if never or not offered or not matches(catalog, whole, flow, every_feature=True):
            continue
        for old_calls, caller, called in ((True, old, new), (False, new, old)):
            ends = _mixed_ends(catalog, caller, called, flow)
            if all(ends):
                yield Between(flow, old_calls, *ends)


def _mixed_ends(
    catalog: Catalog, caller: Selection, called: Selection, flow: Flow
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Who calls and who is called, where at least one of them is selected; else nobody."""
    selected = roles_at(catalog, caller, flow.initiator), roles_at(catalog, called, flow.listener)
    whole = (
        roles_at(catalog, _whole_version(catalog, caller), flow.initiator),
        roles_at(catalog, _whole_version(catalog, called), flow.listener),
    )
    if all(selected):
        return whole
    if selected[0]:
        return selected[0], whole[1]
    return (whole[0], selected[1]) if selected[1] else ((), ())


def _whole_version(catalog: Catalog, side: Selection) -> Selection:
    return replace(side, server_roles=tuple(r for v in side.versions for r in catalog.products[v].server_roles))

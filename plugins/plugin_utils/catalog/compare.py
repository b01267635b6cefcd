# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two selections side by side: what only one of them needs, what both need, and what runs between the two.

A connection is the same in both when direction, other party, transport, port and protocol are; flow ids do not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from ..words import word_list
from .load import port_text
from .models import RPC_DYNAMIC, Catalog, End, Flow
from .query import Selection, matches, query

#: what may differ while it is still the same connection
TRAITS = ("encryption", "opened", "follows")


@dataclass(frozen=True, order=True)
class Key:
    """A connection of one port, as seen from the selected servers."""

    direction: str
    party: str
    transport: str
    port: str
    protocol: str


@dataclass(frozen=True, order=True)
class Line:
    """Connections that are alike: one line of an answer. ``changes`` are (what, old value, new value)."""

    direction: str
    parties: tuple[str, ...]
    transport: str
    ports: tuple[str, ...]
    protocol: str
    old: tuple[str, ...] = ()  # flow ids
    new: tuple[str, ...] = ()
    changes: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class Between:
    """A flow from servers of the one version to servers of the other."""

    flow: Flow
    old_calls: bool
    initiators: tuple[str, ...]
    listeners: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """What to do before, during and after the way from the one selection to the other."""

    old: Selection
    new: Selection
    before: tuple[Line, ...]  # only the new one needs it
    after: tuple[Line, ...]  # only the old one needed it
    changed: tuple[Line, ...]
    unchanged: tuple[Line, ...]
    between: tuple[Between, ...]
    inside: tuple[tuple[str, ...], tuple[str, ...]]  # exact flows of each that the support boundary holds anyway


@dataclass
class _Half:
    """The connections of one selection."""

    flows: dict[Key, list[Flow]] = field(default_factory=dict)

    def ids(self, keys: Iterable[Key]) -> tuple[str, ...]:
        return tuple(sorted({flow.id for key in keys for flow in self.flows.get(key, ())}))


def compare(
    catalog: Catalog, old: Selection, new: Selection, filters: Selection, translate: Callable[[str], Iterable[str]]
) -> Comparison:
    """``filters``: what else both sides are narrowed to; ``translate``: a server role of the old side in the new."""
    mine, theirs = (list(_answering(catalog, side, filters)) for side in (old, new))
    seen = {"direction": filters.direction, "parties": filters.parties}
    first = _half(catalog, replace(old, **seen), (flow for flow in mine if not _inside(flow)), translate)
    second = _half(catalog, replace(new, **seen), (flow for flow in theirs if not _inside(flow)), lambda role: [role])
    lines = _Matcher(catalog, first, second, old, new).lines()
    same = old.versions == new.versions
    inside = tuple(tuple(sorted(flow.id for flow in side if _inside(flow))) for side in (mine, theirs))
    between = () if same else tuple(_between(catalog, old, new, filters))
    return Comparison(
        old=replace(filters, versions=old.versions, server_roles=old.server_roles, features=old.features),
        new=replace(filters, versions=new.versions, server_roles=new.server_roles, features=new.features),
        before=lines["before"],
        after=lines["after"],
        changed=lines["changed"],
        unchanged=lines["unchanged"],
        between=between,
        inside=(inside[0], inside[1]),
    )


def _answering(catalog: Catalog, side: Selection, filters: Selection) -> Iterator[Flow]:
    """What can be opened, so nothing refused or unconfirmed, also where all features are asked for."""
    whole = replace(filters, versions=side.versions, server_roles=side.server_roles)
    for flow in query(catalog, replace(side, parties=filters.parties, direction=filters.direction)):
        if flow.openable and not flow.withheld and matches(catalog, whole, flow, every_feature=True):
            yield flow


def _inside(flow: Flow) -> bool:
    return flow.boundary == "inside" and flow.network != "replication"


def _half(catalog: Catalog, side: Selection, flows: Iterable[Flow], translate: Callable[[str], Iterable[str]]) -> _Half:
    half = _Half()
    for flow in flows:
        for direction, here, there in (("in", flow.listener, flow.initiator), ("out", flow.initiator, flow.listener)):
            if side.direction in ("", direction) and roles_at(catalog, side, here):
                for party in _others(catalog, side, there, translate):
                    for port in _ports(flow):
                        key = Key(direction, party, flow.transport, port, flow.protocol)
                        half.flows.setdefault(key, []).append(flow)
    return half


def roles_at(catalog: Catalog, side: Selection, end: End) -> tuple[str, ...]:
    """The selected server roles that can stand at this end."""
    return tuple(
        role
        for role in end.parties
        if role in side.server_roles
        and any(end.holds(role, v) and role in catalog.products[v].server_roles for v in side.versions)
    )


def _others(catalog: Catalog, side: Selection, end: End, translate: Callable[[str], Iterable[str]]) -> list[str]:
    """The other parties; servers of other versions than the selected one belong to what runs between."""
    found: set[str] = set()
    for party in end.parties if not side.parties else [name for name in end.parties if name in side.parties]:
        if party not in catalog.server_roles:
            found.add(party)
        elif roles_at(catalog, replace(side, server_roles=(party,)), end):
            found.update(translate(party) or (party,))
    return sorted(found)


def _ports(flow: Flow) -> list[str]:
    return [port_text(pair) for pair in flow.ports] or list(flow.icmp_types) or [""]


class _Matcher:
    """Finds out which connections of two halves are the same."""

    def __init__(self, catalog: Catalog, old: _Half, new: _Half, old_side: Selection, new_side: Selection) -> None:
        self.catalog = catalog
        self.old, self.new = old, new
        self.sides = (old_side, new_side)
        self.found: dict[str, list[Line]] = {"before": [], "after": [], "changed": [], "unchanged": []}

    def lines(self) -> dict[str, tuple[Line, ...]]:
        left, right = set(self.old.flows), set(self.new.flows)
        for key in sorted(left & right):
            self._same(key)
        left, right = left - right, right - left
        # what is left may be the same but for one thing, tried in this order
        for what, rest in _ALMOST.items():
            left, right = self._almost(what, rest, left, right)
        for word, half, keys in (("after", self.old, left), ("before", self.new, right)):
            for key in sorted(keys):
                ids = half.ids([key])
                self._add(word, key, [key.port], old=ids if word == "after" else (), new=() if word == "after" else ids)
        return {word: tuple(_joined(lines)) for word, lines in self.found.items()}

    def _add(self, word: str, key: Key, ports: Iterable[str], **more: tuple) -> None:
        self.found[word].append(Line(key.direction, (key.party,), key.transport, tuple(ports), key.protocol, **more))

    def _same(self, key: Key) -> None:
        changes = tuple(self._changes([key], [key]))
        ids = {"old": self.old.ids([key]), "new": self.new.ids([key])}
        self._add("changed" if changes else "unchanged", key, [key.port], changes=changes, **ids)

    def _almost(
        self, what: str, rest: Callable[[Key], tuple], left: set[Key], right: set[Key]
    ) -> tuple[set[Key], set[Key]]:
        """Takes out what differs in ``what`` alone."""
        for group in sorted({rest(key) for key in left} & {rest(key) for key in right}):
            mine, theirs = ([key for key in sorted(side) if rest(key) == group] for side in (left, right))
            values = [sorted({getattr(key, what) for key in side}, key=_number) for side in (mine, theirs)]
            change = (what, ", ".join(values[0]), ", ".join(values[1]))
            ids = {"old": self.old.ids(mine), "new": self.new.ids(theirs)}
            changes = (change, *self._changes(mine, theirs))
            self._add("changed", theirs[0], values[1] if what == "port" else [theirs[0].port], changes=changes, **ids)
            left, right = left - set(mine), right - set(theirs)
        return left, right

    def _changes(self, mine: list[Key], theirs: list[Key]) -> Iterator[tuple[str, str, str]]:
        halves = ((self.old, mine, self.sides[0]), (self.new, theirs, self.sides[1]))
        for trait in TRAITS:
            old, new = (
                _said(self.catalog, trait, [flow for key in keys for flow in half.flows[key]], side)
                for half, keys, side in halves
            )
            if old != new:
                yield trait, old, new


# what may differ -> all the rest of a key
_ALMOST: dict[str, Callable[[Key], tuple]] = {
    "protocol": lambda key: (key.direction, key.party, key.transport, key.port),
    "port": lambda key: (key.direction, key.party, key.transport, key.protocol),
    "direction": lambda key: (key.party, key.transport, key.port, key.protocol),
}


def _said(catalog: Catalog, trait: str, flows: list[Flow], side: Selection) -> str:
    """A trait of a connection in words; several flows may make it up."""
    if trait == "encryption":
        return word_list(sorted({flow.encryption for flow in flows}), "or")
    if trait == "opened":
        if any(not flow.features for flow in flows):
            return "by default"
        return f"with {word_list(sorted({n for flow in flows for n in flow.features if n in side.features}), 'or')}"
    return "; ".join(sorted({text for flow in flows for text in follow_texts(catalog, flow, side)}))


def follow_texts(catalog: Catalog, flow: Flow, side: Selection) -> Iterator[str]:
    """What follows a first connection; the dynamic range where a selected server listens is that of its version."""
    for follow in flow.follows:
        if follow.ports != RPC_DYNAMIC:
            ports = " ".join(port_text(pair) for pair in follow.ports)
        elif roles_at(catalog, side, flow.listener):
            ranges = [catalog.products[version].dynamic_rpc.ports for version in side.versions]
            ports = " ".join(sorted({port_text(pair) for found in ranges for pair in found}))
        else:
            ports = "in the listener's dynamic range"
        yield f"{follow.transport} {ports} {follow.direction}{f' with {follow.feature}' if follow.feature else ''}"


def _number(port: str) -> tuple[int, str]:
    first = port.partition("-")[0]
    return (int(first) if first.isdigit() else 0, port)


def _joined(lines: list[Line]) -> Iterator[Line]:
    """Lines that are alike but for their ports become one, then those alike but for their parties."""
    by_port: dict[Line, list[str]] = {}
    for line in lines:
        by_port.setdefault(replace(line, ports=()), []).extend(line.ports)
    by_party: dict[Line, list[str]] = {}
    for line, ports in by_port.items():
        whole = replace(line, ports=tuple(sorted(set(ports), key=_number)))
        by_party.setdefault(replace(whole, parties=()), []).extend(line.parties)
    joined = [replace(line, parties=tuple(sorted(set(parties)))) for line, parties in by_party.items()]
    yield from sorted(joined)


def _between(catalog: Catalog, old: Selection, new: Selection, filters: Selection) -> Iterator[Between]:
    """Flows with servers of the old version at one end and of the new at the other; both must offer its feature."""
    whole = replace(filters, versions=(), server_roles=(), features=(), direction="", parties=())
    for flow in catalog.flows.values():
        offered = all(not flow.features or set(flow.features) & set(side.features) for side in (old, new))
        if not flow.openable or flow.withheld or _inside(flow) or not offered:
            continue
        if not matches(catalog, whole, flow, every_feature=True):
            continue
        for old_calls, caller, called in ((True, old, new), (False, new, old)):
            ends = (roles_at(catalog, caller, flow.initiator), roles_at(catalog, called, flow.listener))
            if all(ends):
                yield Between(flow, old_calls, *ends)

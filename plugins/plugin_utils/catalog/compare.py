# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which connections of two selections are the same, and how they differ: the lines of a comparison."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from ..words import word_list
from .connections import Between, Half, Key, Translate, between, halves, roles_at, with_every_feature
from .load import port_text
from .models import RPC_DYNAMIC, Catalog, Flow
from .query import Selection

_ANY = "any"
_WAYS = {"to_listener": "to the listener", "to_initiator": "back to the initiator", "both": "both ways"}


@dataclass(frozen=True, order=True)
class Line:
    """Connections that are alike: one line of an answer. ``changes`` are (what, old value, new value).

    What is said of it holds for the new side; where only the old one has it, for the old one.
    """

    direction: str
    parties: tuple[str, ...]
    roles: tuple[str, ...]  # of the selected servers; they listen where the direction is in or among
    transport: str
    ports: tuple[str, ...]
    network: str
    protocol: str
    opened: str
    follows: tuple[str, ...] = ()
    otherwise: str = ""  # where one side alone needs it: which features, not selected, open it on the other one
    old: tuple[str, ...] = ()  # flow ids
    new: tuple[str, ...] = ()
    changes: tuple[tuple[str, str, str], ...] = ()


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


def compare(catalog: Catalog, old: Selection, new: Selection, filters: Selection, translate: Translate) -> Comparison:
    """``filters``: what else both sides are narrowed to; ``translate``: a server role of the old side in the new."""
    first, second, inside = halves(catalog, old, new, filters, translate)
    same = old.versions == new.versions
    sides = () if same else (with_every_feature(catalog, old), with_every_feature(catalog, new))
    lines = _Matcher(catalog, first, second, halves(catalog, *sides, filters, translate)[:2] if sides else ()).lines()
    return Comparison(
        old=replace(filters, versions=old.versions, server_roles=old.server_roles, features=old.features),
        new=replace(filters, versions=new.versions, server_roles=new.server_roles, features=new.features),
        **lines,
        between=() if same else tuple(between(catalog, old, new, filters)),
        inside=inside,
    )


class _Matcher:
    """Takes out of two halves what is the same, then what is nearly the same; the rest is of one side alone."""

    def __init__(self, catalog: Catalog, old: Half, new: Half, whole: tuple[Half, ...]) -> None:
        """``whole``: both once more, with every feature there is."""
        self.catalog = catalog
        self.old, self.new, self.whole = old, new, whole
        self.left, self.right = set(old.seen), set(new.seen)
        self.found: dict[str, list[Line]] = {"before": [], "after": [], "changed": [], "unchanged": []}

    def lines(self) -> dict[str, tuple[Line, ...]]:
        for key in sorted(self.left & self.right):
            self._pair([key], [key], ())
        self._whole()
        self._almost("port", lambda half, key: (*_but(key, "port"), *self._kind(half, key)))
        self._almost("direction", lambda half, key: (*_but(key, "direction"), *self._kind(half, key)))
        for word, half, keys in (("after", self.old, self.left), ("before", self.new, self.right)):
            for key in sorted(keys):
                self._add(word, half, [key], otherwise=self._otherwise(key, other=half is self.old))
        return {word: tuple(_joined(lines)) for word, lines in self.found.items()}

    def _kind(self, half: Half, key: Key) -> tuple[str, str]:
        flows = half.flows([key])
        return _protocol(flows), _opened(flows, half.side)

    def _otherwise(self, key: Key, other: bool) -> str:
        """``other``: on the new side; else on the old one."""
        half = self.whole[int(other)] if self.whole else None
        return _opened(half.flows([key]), half.side) if half and key in half.seen else ""

    def _add(self, word: str, half: Half, keys: list[Key], **more: Any) -> None:
        flows, key = half.flows(keys), keys[0]
        seen = [one for name in keys for one in half.seen[name]]
        ids = tuple(flow.id for flow in flows)
        line = Line(
            direction=key.direction,
            parties=tuple(sorted({one.party for one in seen})),
            roles=tuple(sorted({one.role for one in seen})),
            transport=key.transport,
            ports=tuple(sorted({name.port for name in keys}, key=_number)),
            network=key.network,
            protocol=_protocol(flows),
            opened=_opened(flows, half.side),
            follows=_follows(self.catalog, flows, half.side),
            **{"old" if half is self.old else "new": ids, **more},
        )
        self.found[word].append(line)

    def _pair(self, mine: list[Key], theirs: list[Key], changes: tuple) -> None:
        """Connections of both sides that are one, whatever ``changes`` say."""
        before, after = self.old.flows(mine), self.new.flows(theirs)
        changes = (*changes, *self._changes(before, after, whole=bool(changes) and changes[0][2] == _ANY))
        old = tuple(flow.id for flow in before)
        self._add("changed" if changes else "unchanged", self.new, theirs, old=old, changes=changes)
        self.left, self.right = self.left - set(mine), self.right - set(theirs)

    def _whole(self) -> None:
        """A pair whose single ports gave way to all traffic, or the other way round."""
        group = {_pair_of(key) for key in self.left | self.right if key.transport == _ANY}
        for pair in sorted(group):
            mine, theirs = (sorted(k for k in side if _pair_of(k) == pair) for side in (self.left, self.right))
            if mine and theirs:
                self._pair(mine, theirs, (("port", _ports(mine), _ports(theirs)),))

    def _almost(self, what: str, rest: Callable[[Half, Key], tuple]) -> None:
        """Takes out what differs in ``what`` alone."""
        mine, theirs = (
            _grouped(keys, lambda key, half=half: rest(half, key))
            for half, keys in ((self.old, self.left), (self.new, self.right))
        )
        for group in sorted(set(mine) & set(theirs)):
            values = [sorted({getattr(key, what) for key in side[group]}, key=_number) for side in (mine, theirs)]
            self._pair(mine[group], theirs[group], ((what, ", ".join(values[0]), ", ".join(values[1])),))

    def _changes(self, before: list[Flow], after: list[Flow], whole: bool) -> Iterator[tuple[str, str, str]]:
        """What else differs. Where all traffic is open, what it carries is nobody's matter any more."""
        sides = (self.old.side, self.new.side)
        opened = tuple(_opened(flows, side) for flows, side in zip((before, after), sides, strict=True))
        follows = ["; ".join(_follows(self.catalog, f, s)) for f, s in zip((before, after), sides, strict=True)]
        mine, theirs = _alike(before, after, *sides)
        told = {
            "protocol": (_protocol(mine), _protocol(theirs)),
            "encryption": (_encryption(mine), _encryption(theirs)),
            "opened": opened,
            "follows": tuple(follows),
        }
        for what, (old, new) in told.items():
            if old != new and not (whole and what != "opened"):
                yield what, old, new


def _but(key: Key, what: str) -> tuple[str, ...]:
    return tuple(value for name, value in vars(key).items() if name != what)


def _pair_of(key: Key) -> tuple[str, ...]:
    return key.direction, key.near, key.party, key.network


def _grouped(keys: Iterable[Key], name: Callable[[Key], tuple]) -> dict[tuple, list[Key]]:
    groups: dict[tuple, list[Key]] = {}
    for key in sorted(keys):
        groups.setdefault(name(key), []).append(key)
    return groups


def _ports(keys: Iterable[Key]) -> str:
    """tcp 25, 80; udp 53"""
    transports: dict[str, set[str]] = {}
    for key in keys:
        transports.setdefault(key.transport, set()).add(key.port)
    return "; ".join(
        f"{name} {', '.join(sorted(ports, key=_number))}".strip() for name, ports in sorted(transports.items())
    )


def _alike(before: list[Flow], after: list[Flow], old: Selection, new: Selection) -> tuple[list[Flow], list[Flow]]:
    """The flows that the same thing opens on both sides; all of them where nothing does."""
    mine, theirs = ([(_causes(flow, side), flow) for flow in flows] for flows, side in ((before, old), (after, new)))
    shared = {cause for causes, _flow in mine for cause in causes} & {c for causes, _flow in theirs for c in causes}
    if not shared:
        return before, after
    kept = [[flow for causes, flow in flows if causes & shared] for flows in (mine, theirs)]
    return kept[0], kept[1]


def _causes(flow: Flow, side: Selection) -> set[str]:
    return {name for name in flow.features if name in side.features} or {""}


def _protocol(flows: Iterable[Flow]) -> str:
    return word_list(sorted({flow.protocol for flow in flows}), "or")


def _encryption(flows: Iterable[Flow]) -> str:
    return word_list(sorted({flow.encryption for flow in flows}), "or")


def _opened(flows: Iterable[Flow], side: Selection) -> str:
    causes = {cause for flow in flows for cause in (_causes(flow, side) if flow.features else {""})}
    return "by default" if "" in causes else f"with {word_list(sorted(causes), 'or')}"


def _follows(catalog: Catalog, flows: Iterable[Flow], side: Selection) -> tuple[str, ...]:
    return tuple(sorted({text for flow in flows for text in follow_texts(catalog, flow, side)}))


def follow_texts(catalog: Catalog, flow: Flow, side: Selection) -> Iterator[str]:
    """What follows a first connection; the dynamic range where a selected server listens is that of its version."""
    for follow in flow.follows:
        if follow.ports != RPC_DYNAMIC:
            ports = ", ".join(port_text(pair) for pair in follow.ports)
        elif roles_at(catalog, side, flow.listener):
            ranges = [catalog.products[version].dynamic_rpc.ports for version in side.versions]
            ports = ", ".join(sorted({port_text(pair) for found in ranges for pair in found}))
        else:
            ports = "port of the listener's dynamic range"
        feature = f", with {follow.feature}" if follow.feature else ""
        yield f"{follow.transport} {ports} {_WAYS[follow.direction]}{feature}"


def _number(port: str) -> tuple[int, str]:
    first = port.partition("-")[0]
    return (int(first) if first.isdigit() else 0, port)


def _joined(lines: list[Line]) -> list[Line]:
    """Lines that are alike but for their ports become one, then those alike but for parties, and but for roles."""
    for name, order in (("ports", _number), ("parties", str), ("roles", str)):
        groups: dict[Line, set[str]] = {}
        for line in lines:
            groups.setdefault(replace(line, **{name: ()}), set()).update(getattr(line, name))
        lines = [replace(line, **{name: tuple(sorted(values, key=order))}) for line, values in groups.items()]
    return sorted(lines)

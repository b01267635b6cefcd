# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shrink guard: does a device lose addresses only because they got lost on the way from the inventory?

A device's address sets are compared with all that today's inventory knows. A member that goes while its host or
network is still there belongs to a flow that is not wanted any more: no matter for the guard. A member that nobody
knows any more left the inventory: by intent, or since the inventory was sliced, filtered or half synchronized. Only
people can tell, so it has to be named before it goes. There is no threshold: an inventory that lost one server of two
hundred (AWX leaves out a disabled host) cuts that server off as much as one that lost them all.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ..plan.models import Slice
from ..problems import Problem
from ..words import closest, some_of
from .registry import role_of


@dataclass(frozen=True)
class HeldSet:
    """An address set of a device: members as (prefix, whose it is as the device says, or "")."""

    name: str
    members: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Leave:
    """Who may go: networks, and names as a device writes them."""

    networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = ()
    names: frozenset[str] = frozenset()

    def for_member(self, prefix: str, label: str) -> bool:
        if prefix in self.names:  # a range that somebody wrote by hand
            return True
        return (label and label in self.names) or any(_holds(network, prefix) for network in self.networks)


def read_leave(words: Iterable[str], part: Slice, spoken: Callable[[str], str]) -> tuple[Leave, list[Problem]]:
    """The option's words; ``spoken``: how the device writes a name."""
    networks, names, problems = [], set(), []
    host, option = part.host, may_go_of(part)
    for word in (str(word).strip() for word in words):
        try:
            network = ipaddress.ip_network(word)
        except ValueError:
            text = _bad(word)
            if text:
                problems.append(Problem("bad-may-go", host, option, text))
            else:
                names.add(spoken(word))
            continue
        if network.prefixlen == 0:
            text = f"{word} is everything, so nothing would be guarded; name the hosts or networks that may go."
            problems.append(Problem("bad-may-go", host, option, text))
        networks.append(network)
    return Leave(tuple(networks), frozenset(names)), problems


def may_go_of(part: Slice) -> str:
    """The option that names who may go."""
    return f"{role_of(part.platform)}_may_go"


def _bad(word: str) -> str:
    """What is wrong with a word that is no network; empty where it can be a name."""
    if not word:
        return "an empty word names nobody; write an address, a network or an inventory name."
    try:
        wider = ipaddress.ip_network(word, strict=False)
    except ValueError:
        return ""
    return f"{word!r} has bits set behind the prefix; write {wider}."


def united(*held: Iterable[HeldSet]) -> list[HeldSet]:
    """Sets of one name as one, with the members of all."""
    members: dict[str, dict[tuple[str, str], None]] = {}
    for one in (one for sets in held for one in sets):
        members.setdefault(one.name, {}).update(dict.fromkeys(one.members))
    return [HeldSet(name, tuple(found)) for name, found in members.items()]


def shrink_problems(
    part: Slice,
    current: Iterable[HeldSet],
    wanted: Iterable[HeldSet],
    leave: Leave,
    spoken: Callable[[str], str],
) -> list[Problem]:
    """One problem for all sets that would lose the same ones; ``current`` is what the device has."""
    known = _Known(part, spoken)
    after = {one.name: _Prefixes(prefix for prefix, _label in one.members) for one in wanted}
    losers: dict[tuple[str, ...], list[str]] = {}  # who -> sets
    addresses: dict[str, set[str]] = {}
    for one in current:
        kept = after.get(one.name)
        missing = [
            (label or _short(prefix), prefix)
            for prefix, label in one.members
            if not known.has(prefix, label) and not (kept and kept.hold(prefix)) and not leave.for_member(prefix, label)
        ]
        if missing:
            who = tuple(sorted({name for name, _prefix in missing}))
            losers.setdefault(who, []).append(f"{one.name} ({len(missing)} of {len(one.members)})")
            for name, prefix in missing:
                addresses.setdefault(name, set()).add(_short(prefix))
    return [_members_missing(part, who, addresses, sets, leave) for who, sets in sorted(losers.items())]


def _members_missing(
    part: Slice, who: tuple[str, ...], addresses: dict[str, set[str]], sets: list[str], leave: Leave
) -> Problem:
    shown = [name if addresses[name] == {name} else f"{name} ({', '.join(sorted(addresses[name]))})" for name in who]
    hints = "".join(closest(word, who) for word in sorted(leave.names - set(who)))
    listed = f"{', '.join(who[:10])}{', ...' if len(who) > 10 else ''}"
    text = (
        f"{some_of(shown, 10)} would leave {some_of(sets, 8)} on the device, and today's inventory has no such host "
        "or network. Is the inventory whole (no job slice, no disabled or filtered hosts)? "
        f"What has really gone is named with {may_go_of(part)}: [{listed}]{hints}."
    )
    return Problem("members-missing", part.host, may_go_of(part), text)


def _short(prefix: str) -> str:
    return prefix.removesuffix("/128" if ":" in prefix else "/32")


class _Known:
    """What today's inventory has, as the device would write it."""

    def __init__(self, part: Slice, spoken: Callable[[str], str]) -> None:
        self.prefixes = {prefix for prefix, _owner in part.known}
        # a host that got another address is not missing; one that lost all of a family's is, in that family
        self.owners = {(spoken(owner), ":" in prefix) for prefix, owner in part.known}

    def has(self, prefix: str, label: str) -> bool:
        everything = prefix.endswith("/0")  # the Internet is never declared, and never missing
        return everything or prefix in self.prefixes or (label, ":" in prefix) in self.owners


class _Prefixes:
    """Whether some prefix of a set holds another, without asking each of them."""

    def __init__(self, prefixes: Iterable[str]) -> None:
        self.networks = {ipaddress.ip_network(prefix) for prefix in prefixes if "/" in prefix and _is_network(prefix)}
        self.lengths = sorted({(network.version, network.prefixlen) for network in self.networks})

    def hold(self, prefix: str) -> bool:
        if not _is_network(prefix):
            return False
        inner = ipaddress.ip_network(prefix)
        return any(
            inner.supernet(new_prefix=length) in self.networks
            for version, length in self.lengths
            if version == inner.version and length <= inner.prefixlen
        )


def _holds(outer: ipaddress.IPv4Network | ipaddress.IPv6Network, prefix: str) -> bool:
    if not _is_network(prefix):
        return False
    inner = ipaddress.ip_network(prefix)
    return inner.version == outer.version and inner.subnet_of(outer)


def _is_network(text: str) -> bool:
    """A range that somebody wrote by hand is none."""
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A group's addresses as a Windows rule can hold them: networks, ranges around holes, or everybody."""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Iterable, Sequence

from ...plan.models import ANY_ADDRESS, Group
from ...topology.addresses import is_whole, network, sort_key
from ..engine import family_of

ANY = "any"
#: entries of one list of a rule: what the wire format holds at most ([MS-FASP] 2.2.5 to 2.2.31)
LIMIT = 1000

Interval = tuple[int, int]


def _span(first: str, last: str) -> Interval:
    return int(ipaddress.ip_address(first)), int(ipaddress.ip_address(last))


# Callers that can exist. The rest (this network, loopback, multicast, reserved, unspecified) is no source of a packet
# from elsewhere, and Windows refuses rules with some of it ([MS-FASP] 2.2.24), so that nothing is lost without it.
_SPEAKABLE: dict[int, tuple[Interval, ...]] = {
    4: (_span("1.0.0.0", "126.255.255.255"), _span("128.0.0.0", "223.255.255.255")),
    6: (_span("::2", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),),
}


def entries(group: Group, families: Iterable[int], anybody: bool = True) -> list[str]:
    """The group in these address families, sorted; ["any"] for everybody, [] for nobody.

    ``anybody``: whether "any" may be said, which is also everybody of the other family.

    Members stay as they are and are never merged. Where somebody else holds a part of a member, the rest of it is
    written as ranges.
    """
    if anybody and not group.excluded and set(ANY_ADDRESS) <= set(group.members):
        return [ANY]
    found: list[str] = []
    for family in sorted(families):
        mine = [prefix for prefix in group.members if family_of(prefix) == family]
        holes = _merged(_interval(prefix) for prefix in group.excluded if family_of(prefix) == family)
        for prefix in _widest(mine):
            found += _written(prefix, family, holes)
    return sorted(found)


def split(found: Sequence[str], limit: int = LIMIT) -> list[tuple[str, list[str]]]:
    """(number of the part, entries); one part without a number where all fit.

    Which part an entry belongs to follows from its first address alone, so a new member changes one part. A part that
    overflows becomes two.
    """
    if len(found) <= limit:
        return [("", list(found))]
    return _halves(list(found), "", limit)


def _halves(found: list[str], path: str, limit: int) -> list[tuple[str, list[str]]]:
    if len(found) <= limit:
        return [(f"part {path}", found)] if found else []
    sides: tuple[list[str], list[str]] = ([], [])
    for entry in found:
        sides[_bit(entry, len(path))].append(entry)
    return [part for number, side in enumerate(sides) for part in _halves(side, f"{path}{number}", limit)]


def _bit(entry: str, place: int) -> int:
    first = entry.partition("-")[0].partition("/")[0]
    value = int.from_bytes(hashlib.sha256(first.encode()).digest(), "big")
    return value >> (255 - place) & 1


def _widest(prefixes: list[str]) -> list[str]:
    """Without those that another one holds."""
    if all(map(is_whole, prefixes)):
        return prefixes
    kept: list[str] = []
    end = -1
    for prefix in sorted(set(prefixes), key=sort_key):
        last = _interval(prefix)[1]
        if last > end:
            kept.append(prefix)
            end = last
    return kept


def _written(prefix: str, family: int, holes: list[Interval]) -> list[str]:
    whole = _interval(prefix)
    parts = [part for space in _SPEAKABLE[family] if (part := _shared(whole, space))]
    rest = [piece for part in parts for piece in _without(part, holes)]
    return [prefix] if rest == [whole] else [_range(low, high, family) for low, high in rest]


def _range(low: int, high: int, family: int) -> str:
    kind = ipaddress.IPv4Address if family == 4 else ipaddress.IPv6Address
    if low == high:
        return f"{kind(low)}/{32 if family == 4 else 128}"
    return f"{kind(low)}-{kind(high)}"


def _interval(prefix: str) -> Interval:
    net = network(prefix)
    return int(net.network_address), int(net.broadcast_address)


def _shared(first: Interval, second: Interval) -> Interval | None:
    low, high = max(first[0], second[0]), min(first[1], second[1])
    return (low, high) if low <= high else None


def _merged(intervals: Iterable[Interval]) -> list[Interval]:
    found: list[Interval] = []
    for low, high in sorted(intervals):
        if found and low <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], high))
        else:
            found.append((low, high))
    return found


def _without(part: Interval, holes: list[Interval]) -> list[Interval]:
    low, high = part
    found = []
    for first, last in holes:
        if last < low or first > high:
            continue
        if first > low:
            found.append((low, first - 1))
        low = last + 1
    return [*found, (low, high)] if low <= high else found

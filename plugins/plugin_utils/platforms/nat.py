# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Permits for a platform whose rules see a packet before its destination is translated.

The plan speaks of real addresses. Such a platform sees a host's real address as source, and as destination either the
real one or one that it is published as. A group that is called therefore also holds what its members are published as.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import replace

from ..plan.models import Group
from ..topology.addresses import inside, ordered
from .models import Permit

#: words of ``Supports.nat``
REAL, PUBLISHED = "real", "published"


def as_published(permits: Iterable[Permit], published: Iterable[tuple[str, str]]) -> tuple[Permit, ...]:
    """``published``: pairs of a real address and one that stands for it."""
    pairs = tuple(published)
    known: dict[str, Group] = {}
    found = []
    for permit in permits:
        group = permit.destination
        if group.name not in known:
            known[group.name] = as_called(group, pairs)
        found.append(replace(permit, destination=known[group.name]))
    return tuple(found)


def as_called(group: Group, published: Iterable[tuple[str, str]]) -> Group:
    """A group as a destination: a published address is in it exactly where a real one behind it is.

    A driver that drops what is not planned needs it for the protected addresses too.
    """
    stands_for: dict[str, list[str]] = {}
    for real, outside in published:
        stands_for.setdefault(outside, []).append(real)
    inner, outer = [], []
    for outside, reals in stands_for.items():
        (inner if any(_holds(group, real) for real in reals) else outer).append(outside)
    outer = [outside for outside in outer if _holds(group, outside)]
    if not inner and not outer:
        return group
    labels = dict(group.labels)
    for outside in inner:
        labels[outside] = "+".join(sorted({labels.get(real, "") for real in stands_for[outside]} - {""}))
    members = ordered([*group.members, *inner])
    excluded = ordered([*(part for hole in group.excluded for part in _without(hole, inner)), *outer])
    named = tuple((prefix, labels[prefix]) for prefix in members if labels.get(prefix))
    return Group(f"{group.name}.published", members, excluded, named)


def _holds(group: Group, address: str) -> bool:
    return any(inside(address, member) for member in group.members) and not any(
        inside(address, hole) for hole in group.excluded
    )


def _without(hole: str, addresses: Iterable[str]) -> list[str]:
    """A prefix without these addresses, as prefixes."""
    parts = [ipaddress.ip_network(hole)]
    for address in addresses:
        cut = ipaddress.ip_network(address)
        parts = [
            piece for part in parts for piece in (part.address_exclude(cut) if inside(address, str(part)) else [part])
        ]
    return [str(part) for part in parts]

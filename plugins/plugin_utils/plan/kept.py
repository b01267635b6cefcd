# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a plan keeps besides rules: names as they were resolved, published addresses, rules that open nothing."""

from __future__ import annotations

from collections.abc import Iterable

from ..topology.models import Topology
from ..words import some_of
from .models import Group, Rule


def published_pairs(topology: Topology) -> tuple[tuple[str, str], ...]:
    """(real address, address that stands for it beyond translation), sorted."""
    return tuple(
        sorted(
            (real, outside)
            for host in topology.hosts.values()
            for real, published in host.published
            for outside in published
        )
    )


def resolved_names(topology: Topology) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """(host, name, its addresses), so that a reader of the plan sees what a name was taken for."""
    return tuple((host.name, name, found) for host in topology.hosts.values() for name, found in host.names)


def without_family(rules: Iterable[Rule]) -> Iterable[str]:
    """A warning where one end has IPv4 addresses only and the other IPv6 addresses only."""
    known: dict[str, set[bool]] = {}

    def families(group: Group) -> set[bool]:
        if group.name not in known:
            known[group.name] = {":" in prefix for prefix in group.members}
        return known[group.name]

    lost = [rule.id for rule in rules if not families(rule.source) & families(rule.destination)]
    if lost:
        verb = "opens" if len(lost) == 1 else "open"
        yield f"{some_of(lost)} {verb} nothing: one end has only IPv4 addresses, and the other only IPv6 addresses."

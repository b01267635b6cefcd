# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan as text for a terminal: who may call whom, on what, and why."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from ..catalog.models import Catalog
from ..plan.fleet import Fleet
from ..plan.models import Group, Plan, Rule, Slice
from ..plan.points import Points, by_hand
from ..plan.serial import groups_of
from ..words import some_of
from .files import csv_text, follows_text, host_rows, json_text, plan_data, plan_rows, ports_text

_WIDTH = 110


def plan_texts(fleet: Fleet) -> dict[str, str]:
    """The plan as files, by name: everything, a line a rule and device, and for a terminal."""
    catalog = fleet.catalog
    rows = [row for part in fleet.slices for row in plan_rows(part.host, part.rules, catalog)]
    rows += host_rows(fleet.points, catalog, all_rules=not fleet.slices)
    return {
        "plan.json": json_text(plan_data(fleet.plan, fleet.slices, catalog, fleet.points)),
        "plan.csv": csv_text(rows),
        "plan.txt": plan_text(fleet.plan, fleet.slices, catalog, fleet.points),
    }


def plan_text(plan: Plan, slices: Iterable[Slice], catalog: Catalog, points: Points | None = None) -> str:
    """Devices with their rules, the groups once below, then the digest."""
    parts = list(slices)
    lines = []
    for part in parts:
        lines += [f"{part.host} ({part.platform}): {len(part.rules)} rules", ""]
        for rule in part.rules:
            lines += _rule_lines(rule)
    if not parts:
        lines += ["No appliance in the inventory (no host has exchange_zones); the rules between all hosts:", ""]
        for rule in plan.rules:
            lines += _rule_lines(rule)
    lines += _host_lines(points) if points else []
    shown = [rule for part in parts for rule in part.rules] if parts else list(plan.rules)
    lines += ["Address groups:"]
    for group in groups_of(shown).values():
        lines += _group_lines(group)
    if plan.names:
        lines += ["Names, as they were resolved:"]
        lines += [f"  {name} of {host}: {', '.join(found)}" for host, name, found in plan.names]
    boundary = "narrowed on request, which Microsoft does not support" if plan.narrowed else "kept"
    lines += ["", f"Support boundary: {boundary}", f"Plan digest: {plan.digest}"]
    return "\n".join(lines)


def _host_lines(points: Points) -> list[str]:
    """Which hosts get rules for their own firewall, how many, and whose are only written to files."""
    alike: dict[tuple[int, int, str], list[str]] = {}
    for name, host in points.hosts.items():
        counts = tuple(len(points.directed(name, direction)) for direction in ("in", "out"))
        alike.setdefault((*counts, by_hand(host)), []).append(name)
    lines = ["Hosts with rules of the plan in their own firewall (windows):"] if alike else []
    for (inbound, outbound, why), names in sorted(alike.items(), key=lambda item: item[1]):
        text = f"{some_of(names)}: {inbound} rules for calls to them, {outbound} for their own calls"
        lines += textwrap.wrap(
            f"{text}; {why}." if why else f"{text}.", _WIDTH, initial_indent="  ", subsequent_indent=" " * 6
        )
    return ["", *lines, ""] if lines else []


def _rule_lines(rule: Rule) -> list[str]:
    lines = [f"  {rule.id}: {rule.source.name} -> {rule.destination.name}  {rule.transport} {ports_text(rule)}"]
    follows = follows_text(rule)
    if follows:
        lines += [f"      then {follows}"]
    lines += textwrap.wrap(
        f"{rule.need} [{', '.join(_because(rule))}]", _WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 6
    )
    return lines


def _because(rule: Rule) -> list[str]:
    """Documents, whoever answers for it, and its last day."""
    more = [f"owner {rule.owner}"] if rule.owner else []
    return [*rule.sources, *more, *([f"until {rule.expiry}"] if rule.expiry else [])]


def _group_lines(group: Group, limit: int = 8) -> list[str]:
    labels = dict(group.labels)
    shown = [
        prefix if labels.get(prefix, "") in ("", group.name) else f"{labels[prefix]} {prefix}"
        for prefix in group.members[:limit]
    ]
    more = f" and {len(group.members) - limit} more" if len(group.members) > limit else ""
    outside = f" (without {len(group.excluded)} prefixes of others)" if group.excluded else ""
    return textwrap.wrap(
        f"{group.name}: {', '.join(shown)}{more}{outside}", _WIDTH, initial_indent="  ", subsequent_indent=" " * 6
    )

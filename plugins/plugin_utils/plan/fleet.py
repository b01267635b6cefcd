# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of a whole inventory in one call, and each host's part of it.

Kept apart from the store, which every task imports: only the one process that computes needs catalog and topology, and
whatever Ansible's parent process holds, each of its forks pays for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from ..catalog.load import load
from ..catalog.models import Catalog
from ..problems import ProblemError
from ..topology.endpoints import ReadFile
from ..topology.models import HostInput, Topology
from ..topology.read import read_topology
from ..topology.variables import FLEET_VARIABLES, HOST_VARIABLES
from .build import build_plan
from .known import known_owners
from .models import Plan, Rule, Slice
from .points import Points
from .serial import slice_data
from .slicing import host_rules, managed_hosts, slice_for
from .store import Contents, Options, stamp

#: the inventory variables that a task may not see differently from the plan
OWN_VARIABLES = (*HOST_VARIABLES, *FLEET_VARIABLES)


@dataclass(frozen=True)
class Fleet:
    """Everything that one computation yields."""

    catalog: Catalog
    topology: Topology
    plan: Plan
    slices: tuple[Slice, ...]

    @cached_property
    def index(self) -> dict[str, list[tuple[str, Rule]]]:
        """For each host the rules that name it; made once, and only where somebody asks."""
        return host_rules(self.plan, self.topology)

    @cached_property
    def points(self) -> Points:
        """The hosts that apply rules to themselves."""
        return Points(self.plan, self.topology, self.index)


def compute(
    inputs: Iterable[HostInput],
    options: Options,
    platforms: Mapping[str, str],
    resolve: Callable[[str], tuple[str, ...]] | None = None,
    today: date | None = None,
    *,
    read_file: ReadFile | None = None,
) -> Fleet:
    """The plan of the inventory; ProblemError with everything that is wrong, from all steps."""
    catalog = load()
    wanted = resolve if options.resolve_names else None
    topology, problems = read_topology(inputs, catalog, platforms, wanted, today, read_file=read_file)
    plan, more = build_plan(catalog, topology, options.narrow)
    managed = managed_hosts(topology)
    known = known_owners(topology, plan)
    slices = tuple(slice_for(plan, host, managed, known) for host in topology.hosts.values() if host.zones)
    if problems or more:
        raise ProblemError([*problems, *more])
    return Fleet(catalog, topology, plan, slices)


def contents(fleet: Fleet, inputs: Iterable[HostInput], texts: Mapping[str, str]) -> Contents:
    """What the store keeps of a plan: a summary, each host's part, and texts that a later task may ask for by name."""
    points = fleet.points
    canaries = points.canaries()
    slices = {part.host: part for part in fleet.slices}
    parts: dict[str, dict[str, Any]] = {}
    stamps: dict[int, Any] = {}  # hosts share what the fleet says
    for source in list(inputs):  # a list, so that an id stays its own
        values = {}
        for name in OWN_VARIABLES:
            if name in source.variables:
                value = source.variables[name]
                if id(value) not in stamps:
                    stamps[id(value)] = stamp(value)
                values[name] = stamps[id(value)]
        rules: dict[str, list[str]] = {}
        for direction, rule in fleet.index.get(source.name, ()):
            rules.setdefault(direction, []).append(rule.id)
        parts[source.name] = {"values": values, "rules": rules}
        if source.name in slices:
            part = slices[source.name]
            rules["forward"] = [rule.id for rule in part.rules]
            parts[source.name]["slice"] = slice_data(part)
        if source.name in points.hosts:
            parts[source.name] |= {"point": points.data(source.name), "needs": points.needs(source.name)}
            parts[source.name]["canary"] = source.name in canaries
    summary = {
        "digest": fleet.plan.digest,
        "warnings": list(fleet.plan.warnings),
        "rules": len(fleet.plan.rules),
        "hosts": len(fleet.topology.hosts),
        "gateways": sorted(slices),
        "points": len(points.hosts),
        "variables": list(OWN_VARIABLES),
    }
    return Contents(summary, parts, texts, points.pieces())

# SPDX-License-Identifier: GPL-3.0-or-later
"""What the collection itself would permit on a gateway, in the oracle's words, without Ansible and without packets."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache

from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.load import load
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.build import build_plan
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.slicing import holds, slice_for
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms import nftables
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.engine import resolve
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.models import Permit
from ansible_collections.msexchange.firewall.plugins.plugin_utils.topology.models import HostInput
from ansible_collections.msexchange.firewall.plugins.plugin_utils.topology.read import read_topology

from .inventory import Inventory
from .oracle import ALL_PORTS, Opening
from .sweep import Pair

# Their plans are refused, so there is nothing to compare: an address or a range is missing.
HOPELESS = {"no-dynamic-range"}

CATALOG_READ = cache(load)


def permits(inventory: Inventory, today: date, narrow: bool = False) -> tuple[Permit, ...] | None:
    """What the collection would permit on the gateway, or None where it refuses to say."""
    inputs = [HostInput(name, tuple(inventory.groups.get(name, ())), dict(v)) for name, v in inventory.hosts.items()]
    files = {"read_file": lambda name: inventory.files[name].encode()}
    topology, problems = read_topology(inputs, CATALOG_READ(), {"nftables": "nftables"}, today=today, **files)
    plan, more = build_plan(CATALOG_READ(), topology, narrow)
    found = [*problems, *more]
    assert not [str(p) for p in found if p.variable in ("exchange_extra_flows", "exchange_flow_overrides")]
    if any(problem.code in HOPELESS for problem in found):
        return None
    piece = slice_for(plan, topology.hosts[inventory.gateway])
    return resolve(piece, nftables.SUPPORTS, ["h323"]).permits + tuple(
        Permit(rule.id, rule.flow, rule.title, rule.source, rule.destination, rule.transport, rule.ports)
        for rule in piece.management_rules
    )


def planned(found: Iterable[Permit], pair: Pair) -> set[Opening]:
    """The permits for one pair in the oracle's words; what an engine must announce first is not open."""
    source, destination = (f"{address}/{128 if pair.is_v6 else 32}" for address in (pair.source, pair.destination))
    return {
        Opening(permit.flow, permit.transport, permit.ports)
        for permit in found
        if not permit.announced_by and holds(permit.source, source) and holds(permit.destination, destination)
    }


def spread(openings: Iterable[Opening]) -> dict[str, tuple[tuple[int, int], ...]]:
    """Transport -> the union of its ports, as sorted ranges that do not touch; beside "any" nothing else counts."""
    by_transport: dict[str, list[tuple[int, int]]] = {}
    for opening in openings:
        by_transport.setdefault(opening.transport, []).extend(opening.ports or ALL_PORTS)
    by_transport = {"any": by_transport["any"]} if "any" in by_transport else by_transport
    return {transport: _union(ports) for transport, ports in by_transport.items()}


def _union(ports: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    joined: list[tuple[int, int]] = []
    for low, high in sorted(ports):
        if joined and low <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    return tuple(joined)

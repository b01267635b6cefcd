# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan against the oracle on made-up organizations: without packets, so it can afford many of them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cache

import pytest
from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.load import load
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.build import build_plan
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.slicing import holds, slice_for
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms import nftables
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.engine import resolve
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.models import Permit
from ansible_collections.msexchange.firewall.plugins.plugin_utils.topology.models import HostInput
from ansible_collections.msexchange.firewall.plugins.plugin_utils.topology.read import read_topology
from lablib.inventory import Inventory
from lablib.oracle import ALL_PORTS, Opening, Oracle
from lablib.random_sites import TODAY, Maker
from lablib.site import CATALOG
from lablib.sweep import Pair, pairs

RUNS_ANYWHERE = True
# `make soak` sets this to 1500
SEEDS = range(int(os.environ.get("MSX_LAB_ROUNDS", "60")))
# Their plans are refused, so there is nothing to compare: an address or a range is missing.
HOPELESS = {"no-dynamic-range"}


CATALOG_READ = cache(load)


def permits(inventory: Inventory, narrow: bool = False) -> tuple[Permit, ...] | None:
    """What the collection would permit on the gateway, or None where it refuses to say."""
    inputs = [HostInput(name, tuple(inventory.groups.get(name, ())), dict(v)) for name, v in inventory.hosts.items()]
    files = {"read_file": lambda name: inventory.files[name].encode()}
    topology, problems = read_topology(inputs, CATALOG_READ(), {"nftables": "nftables"}, today=TODAY, **files)
    plan, more = build_plan(CATALOG_READ(), topology, narrow)
    found = [*problems, *more]
    assert not [str(p) for p in found if p.variable in ("exchange_extra_flows", "exchange_flow_overrides")]
    if any(problem.code in HOPELESS for problem in found):
        return None
    piece = slice_for(plan, topology.hosts["gw"])
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


def test_own_flows_and_overrides_are_among_what_is_compared() -> None:
    made = [Maker(CATALOG, seed).inventory().hosts["gw"] for seed in range(60)]
    own = [flow for variables in made for flow in variables.get("exchange_extra_flows", ())]
    changed = [said for variables in made for said in variables.get("exchange_flow_overrides", {}).values()]
    assert len(own) > 40 and {"expiry", "features", "follows", "network", "scope"} <= {key for f in own for key in f}
    assert sum("ports" in said for said in changed) > 40 and sum("enabled" in said for said in changed) > 40


@pytest.mark.parametrize("seed", SEEDS)
def test_plan_and_oracle_agree(seed: int) -> None:
    inventory = Maker(CATALOG, seed).inventory()
    narrow = seed % 3 == 0
    found = permits(inventory, narrow)
    if found is None:
        return
    oracle = Oracle(CATALOG, inventory, today=TODAY)
    oracle.narrow = narrow
    every = pairs(inventory)
    for pair in every:
        ours = spread(planned(found, pair))
        theirs = spread(oracle.openings(pair.source, pair.destination))
        assert ours == theirs, f"seed {seed}: {pair}, {planned(found, pair)}"

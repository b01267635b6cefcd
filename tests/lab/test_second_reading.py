# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan against the oracle on made-up organizations: without packets, so it can afford many of them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from itertools import product

import pytest
import yaml
from lablib.inventory import Inventory, read_inventory
from lablib.oracle import Oracle
from lablib.random_sites import TODAY, Maker
from lablib.reading import Permit, permits, planned, spread
from lablib.site import CATALOG, EXAMPLES, NAMES
from lablib.sweep import pairs

RUNS_ANYWHERE = True
# `make soak` sets this to 1500
SEEDS = range(int(os.environ.get("MSX_LAB_ROUNDS", "60")))


def agreed(inventory: Inventory, found: Iterable[Permit], narrow: bool) -> int:
    """Compare plan and oracle on every pair; returns how many there were."""
    oracle = Oracle(CATALOG, inventory, today=TODAY)
    oracle.narrow = narrow
    every = pairs(inventory)
    for pair in every:
        ours = spread(planned(found, pair))
        theirs = spread(oracle.openings(pair.source, pair.destination))
        assert ours == theirs, f"{pair}, {planned(found, pair)}"
    return len(every)


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
    found = permits(inventory, TODAY, narrow)
    if found is None:
        return
    assert agreed(inventory, found, narrow) > 0, f"seed {seed}"


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_so_they_do_on_the_examples(name: str, narrow: bool) -> None:
    inventory = read_inventory(EXAMPLES / name)
    assert agreed(inventory, permits(inventory, TODAY, narrow), narrow) > 200


def test_nearly_every_flow_of_the_catalog_stands_in_an_example() -> None:
    """Also what only a narrowed support boundary shows, and what is opened by its id alone.

    A few may be missing, since a new flow shall not force anybody to change an example.
    """
    files = sorted((CATALOG / "flows").glob("*.yml"))
    catalog = [flow for path in files for flow in yaml.safe_load(path.read_text(encoding="utf-8"))["flows"]]
    openable = {flow["id"] for flow in catalog if "refused" not in flow}
    for name, narrow in product(NAMES, (False, True)):
        openable -= {permit.flow for permit in permits(read_inventory(EXAMPLES / name), TODAY, narrow)}
    assert len(openable) <= len(catalog) // 50, f"no example shows {sorted(openable)}"

# SPDX-License-Identifier: GPL-3.0-or-later
"""Made-up organizations on the real kernel: the difference that is shown is the one that is made, and can be undone."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from functools import cache

import pytest
from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.load import load
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.build import build_plan
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.slicing import slice_for
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms import nftables
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.models import Changes
from ansible_collections.msexchange.firewall.plugins.plugin_utils.problems import ProblemError
from ansible_collections.msexchange.firewall.plugins.plugin_utils.topology.models import HostInput
from ansible_collections.msexchange.firewall.plugins.plugin_utils.topology.read import read_topology
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from lablib.box import Box
from lablib.random_sites import Maker
from lablib.site import CATALOG

# `make soak` sets this to 300
TOPOLOGIES = int(os.environ.get("MSX_LAB_TOPOLOGIES", "30"))
MANY = settings(
    max_examples=TOPOLOGIES,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),  # shrinking takes minutes; the seeds say enough
    suppress_health_check=list(HealthCheck),
)
CATALOG_READ = cache(load)
SEEDS = st.integers(0, 100_000)
Kind = tuple[str, str]


def table_of(seed: int, mode: str) -> nftables.Table | None:
    """The table that a made-up organization's gateway should have; None where its plan is refused."""
    made = Maker(CATALOG, seed).inventory()
    inputs = [HostInput(name, tuple(made.groups.get(name, ())), dict(values)) for name, values in made.hosts.items()]
    topology, _problems = read_topology(inputs, CATALOG_READ(), {"nftables": "nftables"})
    plan, _more = build_plan(CATALOG_READ(), topology)
    try:
        return nftables.wanted(slice_for(plan, topology.hosts["gw"]), mode, ["h323"])
    except ProblemError:
        return None


def seen(listing: str) -> dict[tuple[str, ...], object]:
    """What the kernel lists of our table, by keys of our own making; nothing of the collection's code is used."""
    found: dict[tuple[str, ...], object] = {}
    for entry in json.loads(listing)["nftables"]:
        kind, data = next(iter(entry.items()))
        if data.get("table", data.get("name")) != "msexchange_firewall":
            continue
        name = str(data.get("name", data.get("chain")))
        if kind == "rule":
            label = data.get("comment", json.dumps(data["expr"]))
            number = sum(key[:4] == ("rule", data.get("comment", name), name, label) for key in found)
            found["rule", data.get("comment", name), name, label, str(number)] = data["expr"]
            continue
        found[{"ct helper": "helper"}.get(kind, kind), name] = kind
        for element in data.get("elem", ()) if kind == "set" else ():
            inner = element.get("elem", {}) if isinstance(element, dict) else {}
            found["member", name, json.dumps(inner.get("val", element))] = inner.get("comment", "")
    return found


def difference(before: dict, after: dict) -> tuple[Counter[Kind], Counter[Kind], Counter[Kind]]:
    """(added, changed, removed) by kind and name."""
    added = Counter(key[:2] for key in after if key not in before)
    removed = Counter(key[:2] for key in before if key not in after)
    changed = Counter(key[:2] for key in after if key in before and before[key] != after[key])
    return added, changed, removed


def predicted(todo: Changes) -> tuple[Counter[Kind], Counter[Kind], Counter[Kind]]:
    """The same of what check mode says; an order of rules is shown beside the rules and is no thing of its own."""
    kinds = [Counter((one.kind, one.name) for one in items) for items in (todo.add, todo.change, todo.remove)]
    moved = [(one.kind, one.name) for one in todo.change if one.text == "order of rules"]
    return kinds[0], kinds[1] - Counter(moved), kinds[2]


@pytest.fixture(scope="module")
def box() -> Iterator[Box]:
    with Box() as made:
        yield made


@MANY
@given(SEEDS, SEEDS, st.sampled_from(["add", "enforce"]))
def test_what_is_predicted_is_applied_and_can_be_undone(box: Box, seed: int, other: int, mode: str) -> None:
    first, second = table_of(seed, "add"), table_of(other, mode)
    assume(first is not None and second is not None)
    for wanted in (first, second):
        before, listing = ruleset(box), box.gateway.command("nft", "list", "ruleset")
        todo = nftables.changes(box.live(), wanted)
        if not todo:
            continue
        options = box.change_to(wanted)
        box.answer("apply", **options)
        assert difference(seen(before), seen(ruleset(box))) == predicted(todo)
        assert nftables.listing(box.live()) == todo.after
        assert not nftables.changes(box.live(), wanted), "a second run would change something"
        box.answer("rollback", token=options["token"])
        assert box.gateway.command("nft", "list", "ruleset") == listing, "the rollback is not what was there"
        box.answer("apply", **options)
        box.answer("confirm", token=options["token"])
        found = box.answer("read")
        assert found["persisted"] == found["fingerprint"]


def ruleset(box: Box) -> str:
    return box.gateway.command("nft", "-j", "list", "ruleset")


def test_a_prediction_that_leaves_something_out_is_noticed(box: Box) -> None:
    wanted = next(table for seed in range(100) if (table := table_of(seed, "enforce")) and len(table.sets) > 3)
    box.bring(nftables.ABSENT)
    before = ruleset(box)
    todo = nftables.changes(nftables.ABSENT, wanted)
    box.bring(wanted)
    assert difference(seen(before), seen(ruleset(box))) == predicted(todo)
    for left_out in (0, len(todo.add) // 2, len(todo.add) - 1):
        less = Changes(add=todo.add[:left_out] + todo.add[left_out + 1 :])
        assert difference(seen(before), seen(ruleset(box))) != predicted(less)

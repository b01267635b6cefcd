# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An organization of each version, planned: what its documents ask for is in the plan, and nothing else is."""

from __future__ import annotations

from functools import lru_cache

import pytest
from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.load import load
from catalog_data.entries import FEATURES, FLOWS, PARTIES, PRODUCTS, available, flow_features, hold, pairs_of, servers
from fleet import plan_of
from published.rows import BY_ID, Row, rows
from published.test_tables import WRITTEN

ROWS = rows()
BALANCER = "load_balancer"
OLD = {"5.5", "2000", "2003"}  # whose controllers are no newer


def _alone(version: str) -> tuple[set[str], set[str]]:
    """The peers and the features that an organization of this version alone has a use for."""
    peers, features = set(), set()
    for flow in FLOWS:
        pairs = [pair for pair in pairs_of(flow) if {end[1] for end in pair} - {""} == {version}]
        peers |= {party for pair in pairs for party, at in pair if not at and PARTIES[party]["kind"] == "peer"}
        features |= flow_features(flow) if pairs else set()
    return peers, features


def _servers(version: str, useful: set[str]) -> dict[str, dict]:
    """Two servers a role that have all in common, and two elsewhere; each has one role, so that ends are told apart."""
    hosts = {}
    for i, role in enumerate(PRODUCTS[version]["server_roles"]):
        wanted = sorted(name for name, entry in FEATURES.items() if (role, version) in available(entry))
        chosen = [name for name in wanted if "refused" not in FEATURES[name] and name in useful]
        for j, place in enumerate(("here", "here", "there", "there")):
            hosts[f"{role}-{j}"] = {
                "version": version,
                "roles": [role],
                "features": chosen,
                "addresses": [f"10.0.{i}.{j + 1}"],
                **dict.fromkeys(("routing_group", "site", "dag"), place),
            }
    return hosts


def _peers(parties: list[str], behind: list[str], windows: str) -> dict[str, dict]:
    """A host each, and no network: a host can say its Windows and, as a balancer, the servers behind it."""
    hosts = {p: {"party": p, "addresses": [f"10.9.{i}.1"], "windows_version": windows} for i, p in enumerate(parties)}
    balancer = hosts.pop(BALANCER, {})
    return hosts | ({BALANCER: balancer | {"servers": behind}} if behind and balancer else {})


@lru_cache
def planned(version: str, features: bool) -> frozenset[tuple[str, str, str]]:
    """(flow, initiator, listener), the ends as parties; inside the support boundary wholly, and narrowed."""
    parties, useful = _alone(version)
    owner = {f"10.0.{i}": role for i, role in enumerate(PRODUCTS[version]["server_roles"])}
    owner |= {f"10.9.{i}": party for i, party in enumerate(sorted(parties))}
    balanced = {one for flow in FLOWS if BALANCER in flow["initiator"]["parties"] for one in servers(flow["listener"])}
    hosts = _servers(version, useful if features else set())
    behind = [name for name, host in hosts.items() if (host["roles"][0], version) in balanced]
    hosts |= _peers(sorted(parties), behind, "2003" if version in OLD else "2022")
    found = set()
    for narrow in (False, True):
        plan, problems = plan_of(hosts, narrow=narrow, catalog=load())
        assert not problems, [str(problem) for problem in problems]
        for rule in plan.rules:
            callers, called = (
                {owner.get(prefix.rsplit(".", 1)[0], "internet") for prefix in group.members}
                for group in (rule.source, rule.destination)
            )
            found |= {(rule.flow, a, b) for a in callers for b in called}
    return frozenset(found)


def _of(version: str, asked: bool) -> list[Row]:
    there = [row for row in ROWS if row.flows and version in row.versions + row.to_versions]
    return [row for row in there if bool(row.needs) == asked and not all(map(_by_id_alone, row.flows))]


def _by_id_alone(flow: str) -> bool:
    return BY_ID[flow]["confidence"] == "unconfirmed"


@pytest.mark.parametrize("version", sorted(WRITTEN))
def test_the_plan_without_features_holds_every_row_that_is_on_by_default(version: str) -> None:
    hold(_lost(_of(version, asked=False), planned(version, False), version))


@pytest.mark.parametrize("version", sorted(WRITTEN))
def test_the_plan_with_all_features_holds_every_row(version: str) -> None:
    openable = [row for row in _of(version, asked=True) if any(_by_feature(BY_ID[name]) for name in row.flows)]
    hold(_lost([*_of(version, asked=False), *openable], planned(version, True), version))


def _by_feature(flow: dict) -> bool:
    """Whether a feature can open it: neither what is refused nor what nobody confirmed."""
    return "refused" not in flow and flow["confidence"] != "unconfirmed"


def _lost(wanted: list[Row], plan: frozenset, version: str) -> list[str]:
    problems = []
    for row in wanted:
        for a, b in row.ends():
            if not {a[1], b[1]} <= {version, ""}:
                continue  # between versions; here is an organization of one
            ways = {(name, *ends) for name in row.flows for ends in ((a[0], b[0]), (b[0], a[0]))}
            if not ways & plan:
                problems.append(f"{row}: no rule from {a[0]} to {b[0]}")
    return problems


@pytest.mark.parametrize("version", sorted(WRITTEN))
def test_the_plan_without_features_holds_nothing_that_no_row_has_on_by_default(version: str) -> None:
    read = {name for row in _of(version, asked=False) for name in row.flows}
    hold(
        [
            f"{flow}: planned from {a} to {b}, and no row asks"
            for flow, a, b in sorted(planned(version, False))
            if flow not in read
        ]
    )

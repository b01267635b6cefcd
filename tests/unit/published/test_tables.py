# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every row of the published tables has flows that answer it, and every flow has a row that asks for it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pytest
from catalog_data.entries import ENDS, FEATURES, FLOWS, PARTIES, PRODUCTS, SOURCES, hold, read, servers
from published.rows import BY_ID, TABLES, Row, answers, missing_ports, rows, selected_by

ROWS = rows()
# versions whose documents have been written down
WRITTEN = set(PRODUCTS)


def _unknown(row: Row) -> list[str]:
    found = [f"no flow is called {name}" for name in row.flows if name not in BY_ID]
    found += [f"no party is called {name}" for name in (*row.initiators, *row.listeners) if name not in PARTIES]
    found += [f"no feature is called {name}" for name in row.needs if name not in FEATURES]
    return found + [
        f"no version is called {name}" for name in (*row.versions, *row.to_versions) if name not in PRODUCTS
    ]


def test_rows_use_words_of_the_catalog() -> None:
    hold([f"{path.name}: {read(path)['document']} is no source" for path in TABLES if _document(path) not in SOURCES])
    hold([f"{row}: {text}" for row in ROWS for text in _unknown(row)])
    hold([f"{row}: has flows or a reason why none" for row in ROWS if bool(row.flows) == bool(row.none)])


@lru_cache
def _document(path: Path) -> str:
    return read(path)["document"]


def _flows(row: Row) -> list:
    return [BY_ID[name] for name in row.flows if name in BY_ID]


def test_a_document_that_was_not_read_whole_says_what_was_not() -> None:
    hold(
        [
            f"{path.name}: {SOURCES[_document(path)]['read']}, so unread names what is missing"
            for path in TABLES
            if SOURCES[_document(path)]["read"] in ("excerpt", "recalled") and not read(path)["unread"]
        ]
    )


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_a_document_is_cited_by_flows_that_answer_it(path) -> None:
    named = [flow for row in ROWS if row.document == _document(path) for flow in _flows(row)]
    cited = {key for flow in named for part in (flow, *flow.get("follows", ())) for key in part["sources"]}
    assert _document(path) in cited, f"{path.name}: none of its flows cites it"


def test_every_row_is_answered() -> None:
    problems = []
    for row in (row for row in ROWS if row.flows):
        flows = _flows(row)
        ends = list(row.ends())
        if not ends:
            problems.append(f"{row}: nobody of it existed in {', '.join(row.versions)}")
        problems += [
            f"{row}: no flow of it from {a} to {b}" for a, b in ends if not any(answers(f, row, (a, b)) for f in flows)
        ]
        problems += [
            f"{row}: {flow['id']} has nothing to do with it"
            for flow in flows
            if not any(answers(flow, row, one) for one in ends)
        ]
        problems += [f"{row}: no flow of it has port {port}" for port in missing_ports(row)]
    hold(problems)


def test_a_row_says_as_the_flow_what_has_to_be_selected() -> None:
    problems = []
    for row in ROWS:
        for flow in _flows(row):
            needs = selected_by(flow)
            if row.needs and not needs & set(row.needs):
                problems.append(f"{row}: {flow['id']} does not need {', '.join(row.needs)}")
            if not row.needs and flow.get("features"):
                problems.append(
                    f"{row}: {flow['id']} needs {', '.join(flow['features'])}, and the row says no such thing"
                )
    hold(problems)


@pytest.mark.parametrize("version", sorted(WRITTEN))
def test_every_flow_of_a_version_has_a_row(version: str) -> None:
    """At each end, for each server role: else the flow says more than anybody read."""
    asked = {(name, one) for row in ROWS for name in row.flows for ends in row.ends() for one in ends}
    problems = []
    for flow in FLOWS:
        for end in ENDS:
            problems += [
                f"{flow['id']}: no row has {role} of {version} as its {end}"
                for role, at in sorted(servers(flow[end]))
                if at == version and not any(name == flow["id"] and one == (role, at) for name, one in asked)
            ]
    hold(problems)


@pytest.mark.parametrize("version", sorted(WRITTEN))
def test_every_server_role_of_a_version_has_rows(version: str) -> None:
    seen = {one for row in ROWS for ends in row.ends() for one in ends}
    hold(
        [
            f"{version}: no row speaks of {role}"
            for role in PRODUCTS[version]["server_roles"]
            if (role, version) not in seen
        ]
    )

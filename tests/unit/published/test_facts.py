# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fact of the list that the project began with, and every row it lacked, has flows that stand for it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from catalog_data.entries import hold, pair, read
from published.rows import BY_ID, HERE

FILES = sorted((HERE / "facts").glob("*.yml"))
ANSWERS = {(path.name, fact): said for path in FILES for fact, said in read(path)["facts"].items()}
LIST = Path(__file__).resolve().parents[4] / "shared" / "facts"


def _listed() -> dict[str, dict]:
    path = LIST / "exchange-ports.yaml"
    if not path.exists():
        pytest.skip(f"the fact list lies outside of a clone, and there is none at {path}")
    return {fact["id"]: fact for fact in read(path)["endpoints"]}


def _ports(flow: dict) -> list[tuple[int, int]]:
    lists = [flow.get("ports", []), *(follow["ports"] for follow in flow.get("follows", ()))]
    return [pair(port) for ports in lists if ports != "rpc_dynamic" for port in ports]


def test_a_fact_is_answered_by_flows_or_a_reason() -> None:
    hold([f"{fact}: {said}" for fact, said in ANSWERS.items() if set(said) not in ({"flows"}, {"none"})])
    named = [(fact, name) for (_file, fact), said in ANSWERS.items() for name in said.get("flows", ())]
    hold([f"{fact}: no flow is called {name}" for fact, name in named if name not in BY_ID])


def test_the_flows_of_a_fact_have_its_port() -> None:
    listed = _listed()
    problems = []
    for (_file, fact), said in ANSWERS.items():
        port = str(listed.get(fact, {}).get("port", ""))
        flows = [BY_ID[name] for name in said.get("flows", ()) if name in BY_ID]
        if port.isdigit() and flows and not any(a <= int(port) <= b for flow in flows for a, b in _ports(flow)):
            problems.append(f"{fact}: none of its flows has port {port}")
    hold(problems)


def test_every_fact_with_a_document_has_an_answer() -> None:
    answered = {fact for _file, fact in ANSWERS}
    open_ = [fact for fact, said in _listed().items() if said.get("confirmed") and fact not in answered]
    hold([f"{fact}: no flow stands for it" for fact in open_])


def test_every_row_that_the_list_lacked_has_an_answer() -> None:
    _listed()
    rows = re.findall(r"(?m)^\| (M\d+) \|", (LIST / "corrections.md").read_text(encoding="utf-8"))
    assert rows, "corrections.md has no rows M1 and on any more"
    answered = {fact for _file, fact in ANSWERS}
    hold([f"{row}: no flow stands for it" for row in rows if row not in answered])

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every line of a comparison was read and explained, and every explanation has a line."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.answer import answer
from catalog_data.entries import SOURCES, hold, read

MIGRATIONS = sorted((Path(__file__).parent / "migrations").glob("*.yml"))
PARTS = ("open_before", "close_after", "changed", "between")
CASES = [(path, number) for path in MIGRATIONS for number in range(len(read(path)["comparisons"]))]
reviews = pytest.mark.parametrize(("path", "number"), CASES, ids=lambda value: getattr(value, "stem", value))


@cache
def compared(path: Path, number: int) -> dict:
    review = read(path)
    asked = {"version": [review["from"]], "compare_to": review["to"], "explain": True}
    return answer({**asked, "features": review["comparisons"][number]["features"]})


def lines(found: dict, part: str) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """(line, what differs or follows, ids of its flows), in the words of a review."""
    for one in found[part]:
        ports = f"{one['transport']} {', '.join(one['ports'])}".strip()
        if part == "between":
            ends = [f"{' or '.join(one[end])} of {one[at]}" for end, at in _ENDS]
            yield f"{ports} {' -> '.join(ends)}", tuple(one["features"]), (one["flow"],)
            continue
        ends = [" or ".join(one["parties"]), " or ".join(one["roles"])]
        who = " -> ".join(reversed(ends) if one["direction"] == "out" else ends)
        network = f", {one['network']} network" if one["network"] else ""
        more = [f"{change['what']}: {change['old']} -> {change['new']}" for change in one["changes"]]
        if part != "changed":
            more += [f"then {text}" for text in one["follows"]]
        if one["otherwise"]:
            more.append(f"else {one['otherwise']}")
        yield f"{ports} {who}{network}, {one['opened']}", tuple(more), (*one["old"], *one["new"])


_ENDS = (("initiators", "from_version"), ("listeners", "to_version"))


def explained(path: Path, number: int, part: str) -> list[dict]:
    return read(path)["comparisons"][number].get(part, [])


def test_both_migrations_that_are_asked_for_are_reviewed() -> None:
    assert {path.stem for path in MIGRATIONS} >= {"2010_to_2016", "2016_to_se"}
    for path in MIGRATIONS:
        review = read(path)
        assert set(review) == {"from", "to", "comparisons"}
        assert [one["features"] for one in review["comparisons"]] == [[], ["all"]], path.name
        assert all(set(one) <= {"features", *PARTS} for one in review["comparisons"]), path.name


@reviews
@pytest.mark.parametrize("part", PARTS)
def test_no_line_is_unexplained_and_no_explanation_is_without_a_line(path, number, part) -> None:
    said = [(one["line"], tuple(one.get("more", ()))) for one in explained(path, number, part)]
    found = [(line, more) for line, more, _flows in lines(compared(path, number), part)]
    hold([f"{part}: {one} is not explained" for one in found if one not in said])
    hold([f"{part}: {one} is no line of the comparison" for one in said if one not in found])
    assert len(said) == len(set(said)), f"{path.name}: {part}: a line is explained twice"


@reviews
def test_every_explanation_is_a_sentence_with_a_document_that_the_flows_cite(path, number) -> None:
    flows = compared(path, number)["flows"]
    for part in PARTS:
        ids = {(line, more): names for line, more, names in lines(compared(path, number), part)}
        for one in explained(path, number, part):
            assert set(one) <= {"line", "more", "why", "documents"}, one["line"]
            assert one["why"].endswith(".") and one["documents"], one["line"]
            names = ids.get((one["line"], tuple(one.get("more", ()))), ())
            cited = {source["id"] for name in names for source in flows[name]["sources"]}
            assert set(one["documents"]) <= set(SOURCES), one["line"]
            assert set(one["documents"]) & cited, f"{one['line']}: its flows cite {sorted(cited)}"

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A comparison as lines for a terminal, in the order in which somebody works through it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..words import word_list
from .text import document_lines, paragraph, port_words, table

_WHAT = {
    "port": "ports",
    "protocol": "protocol",
    "direction": "direction",
    "encryption": "encryption",
    "opened": "opened",
    "follows": "second connections",
}


def comparison_lines(found: Mapping[str, Any]) -> Iterator[str]:
    old, new = (found[side] for side in ("old", "new"))
    yield f"From {_side(old)}"
    yield f"to   {_side(new)}"
    yield ""
    yield from _role_lines(found, new)
    names = (old["version"], new["version"]) if old["version"] != new["version"] else ("the first", "the second")
    for key, title in (
        ("open_before", f"Open before, since only {names[1]} needs it"),
        ("between", f"Open while both are there, between servers of {old['version']} and {new['version']}"),
        ("changed", "Stays, with a difference"),
        ("close_after", f"Close after, since only {names[0]} needed it"),
        ("unchanged", "Stays as it is"),
    ):
        if key == "between" and old["version"] == new["version"]:
            continue
        lines = list(_between(found[key]) if key == "between" else _lines(found[key]))
        yield f"{title}:"
        yield from lines or ["  nothing"]
        yield ""
    yield from _boundary_lines(found)
    if "flows" in found:
        yield from _reasons(found)
        yield from document_lines(found["flows"].values())


def _reasons(found: Mapping[str, Any]) -> Iterator[str]:
    yield "Why:"
    for name, flow in found["flows"].items():
        keys = ", ".join(source["id"] for source in flow["sources"])
        yield from paragraph(f"{name}: {flow['need']} [{keys}]", 2)
    yield ""


def _side(side: Mapping[str, Any]) -> str:
    features = f" with {', '.join(side['features'])}" if side["features"] else ""
    return f"Exchange {side['version']}, {word_list(side['roles']) or 'no server role'}{features}"


def _role_lines(found: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for one in found["roles"]:
        becomes = word_list(one["becomes"]) or "nothing"
        if one["becomes"] != [one["role"]]:
            yield f"  {one['role']} becomes {becomes} in {new['version']}."
            for reason in one["reasons"]:
                yield from paragraph(reason, 6)
    if found["features_gone"]:
        yield from paragraph(f"{new['version']} has no {word_list(found['features_gone'], 'or')} to select.", 2)
    if found["features_gone"] or any(one["becomes"] != [one["role"]] for one in found["roles"]):
        yield ""


def _lines(lines: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """A table row each, and below those that differ what was and what will be."""
    entries = list(lines)
    rows = table(_row(line) for line in entries)
    if not any(line["changes"] for line in entries):
        yield from rows
        return
    for line in entries:
        yield from table([_row(line)])
        for change in line["changes"]:
            yield from paragraph(f"{_WHAT[change['what']]}: {change['old'] or 'none'} -> {change['new'] or 'none'}", 6)


def _row(line: Mapping[str, Any]) -> tuple[str, str, str]:
    arrow = "from" if line["direction"] == "in" else "to"
    ids = sorted({*line["old"], *line["new"]})
    who = f"{line['direction']:3} {arrow} {' or '.join(line['parties'])}"
    return port_words(line["transport"], line["ports"]), who, f"{line['protocol']} [{', '.join(ids)}]"


def _between(flows: Iterable[Mapping[str, Any]]) -> list[str]:
    return table(
        (
            port_words(one["transport"], one["ports"]),
            f"{' or '.join(one['initiators'])} of {one['from_version']} -> "
            f"{' or '.join(one['listeners'])} of {one['to_version']}",
            f"{one['protocol']} [{one['flow']}]",
        )
        for one in flows
    )


def _boundary_lines(found: Mapping[str, Any]) -> Iterator[str]:
    count = sum(len(ids) for ids in found["inside_boundary"].values())
    if count:
        yield from paragraph(
            "Not listed: exact flows inside the support boundary, where the boundary's own flow leaves everything open "
            f"(in the data under inside_boundary: {count}).",
            2,
        )
        yield ""

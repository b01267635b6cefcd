# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A comparison as lines for a terminal, in the order in which somebody works through it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..words import word_list
from .text import document_lines, paragraph, port_words, table, table_rows, version_word

_WHAT = {
    "port": "ports",
    "protocol": "protocol",
    "direction": "direction, as seen from the servers",
    "encryption": "encryption",
    "opened": "opened",
    "follows": "second connections",
}
# where a changed second connection stands among the changes
_FOLLOWED = ("open_before", "close_after", "unchanged")
_ENDS = (("initiators", "from"), ("listeners", "to"))


def comparison_lines(found: Mapping[str, Any]) -> Iterator[str]:
    old, new = (found[side] for side in ("old", "new"))
    yield from paragraph(f"From {_side(old)}", 0, 5)
    yield from paragraph(f"to   {_side(new)}", 0, 5)
    yield ""
    yield from _role_lines(found, new)
    names = version_word(old["version"]), version_word(new["version"])
    for key, title in (_titles(*names) if names[0] != names[1] else _SAME_VERSION).items():
        other = {"open_before": names[0], "close_after": names[1]}.get(key, "")
        lines = list(_between(found[key]) if key == "between" else _lines(found[key], key in _FOLLOWED, other))
        yield f"{title}:"
        apart = key == "between" and not found["coexistence"]["possible"]
        yield from _apart(found) if apart else lines or ["  nothing"]
        yield ""
    if old["version"] != new["version"]:
        text = "New servers have addresses of their own: what stays is opened for them too, before they are used."
        yield from [*paragraph(text, 2), ""]
    yield from _boundary_lines(found)
    if "flows" in found:
        yield from _reasons(found)
        yield from document_lines(found["flows"].values())


_SAME_VERSION = {
    "open_before": "Opens, since only the second needs it",
    "close_after": "Closes, since only the first needed it",
    "changed": "Stays, with a difference",
    "unchanged": "Stays as it is",
}


def _titles(old: str, new: str) -> dict[str, str]:
    """In the order in which somebody works through them."""
    return {
        "open_before": f"Open before, since only {new} needs it",
        "between": f"Open while both are there, between servers of {old} and {new}",
        "changed": "Stays, with a difference",
        "close_after": f"Close after, since only {old} needed it",
        "unchanged": "Stays as it is",
    }


def _apart(found: Mapping[str, Any]) -> list[str]:
    """Why nothing runs between the two."""
    names = " and ".join(version_word(found[side]["version"]) for side in ("old", "new"))
    through = word_list([version_word(name) for name in found["coexistence"]["through"]], "or")
    way = f" The way leads over {through}." if through else ""
    sources = ", ".join(found["coexistence"]["sources"])
    return paragraph(f"nothing, since {names} never share an organization.{way} [{sources}]", 2)


def _reasons(found: Mapping[str, Any]) -> Iterator[str]:
    yield "Why:"
    for name, flow in found["flows"].items():
        keys = ", ".join(source["id"] for source in flow["sources"])
        yield from paragraph(f"{name}: {flow['need']} [{keys}]", 2)
    yield ""


def _side(side: Mapping[str, Any]) -> str:
    features = f" with {', '.join(side['features'])}" if side["features"] else ""
    return f"Exchange {version_word(side['version'])}, {word_list(side['roles']) or 'no server role'}{features}"


def _role_lines(found: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """What became of server roles, and of features that have another name, or none."""
    moved = [one for one in found["roles"] if one["becomes"] != [one["role"]]]
    version = version_word(new["version"])
    for one in moved:
        features = f" with {word_list(one['features'])}" if one["features"] else ""
        yield f"  {one['role']} becomes {word_list(one['becomes']) or 'nothing'}{features} in {version}."
        for reason in one["reasons"]:
            yield from paragraph(reason, 6)
    for one in found["features"]:
        becomes = f"becomes {word_list(one['becomes'])} in" if one["becomes"] else "is nothing to select in"
        yield f"  {one['feature']} {becomes} {version}."
        for reason in one["reasons"]:
            yield from paragraph(reason, 6)
    if moved or found["features"]:
        yield ""


def _lines(lines: Iterable[Mapping[str, Any]], follows: bool, other: str) -> Iterator[str]:
    """A table row each, and below it what differs, or what follows it. ``other``: the version that lacks it."""
    entries = list(lines)
    for line, row in zip(entries, table_rows(_row(line) for line in entries), strict=True):
        yield from row
        for change in line["changes"]:
            yield from paragraph(f"{_WHAT[change['what']]}: {change['old'] or 'none'} -> {change['new'] or 'none'}", 6)
        for follow in line["follows"] if follows else ():
            yield from paragraph(f"then {follow}", 6)
        if line["otherwise"]:
            yield from paragraph(f"{other} has it {line['otherwise']}, not selected here", 6)


def _row(line: Mapping[str, Any]) -> tuple[str, ...]:
    ends = [" or ".join(line["parties"]), " or ".join(line["roles"])]
    who = " -> ".join(ends if line["direction"] != "out" else reversed(ends))
    network = f", {line['network']} network" if line["network"] else ""
    # where nothing differs, what both have is told by the flows of the new side
    ids = ", ".join(sorted({*line["old"], *line["new"]}) if line["changes"] else line["new"] or line["old"])
    return (
        port_words(line["transport"], line["ports"]),
        f"{who}{network}",
        f"{line['protocol']} [{ids}]",
        line["opened"],
    )


def _between(flows: Iterable[Mapping[str, Any]]) -> list[str]:
    """What both versions may begin is one line."""
    rows: dict[tuple[str, str], list[tuple[str, ...]]] = {}
    for one in flows:
        sides = [f"{' or '.join(one[end])} of {version_word(one[f'{way}_version'])}" for end, way in _ENDS]
        opened = f"with {word_list(one['features'], 'or')}" if one["features"] else "by default"
        ports = port_words(one["transport"], one["ports"])
        rows.setdefault((one["flow"], " ".join(sorted(sides))), []).append(
            (ports, " -> ".join(sides), f"{one['protocol']} [{one['flow']}]", opened)
        )
    return table(
        (ports, ends.replace("->", "<->") if len(same) > 1 else ends, protocol, opened)
        for same in rows.values()
        for ports, ends, protocol, opened in same[:1]
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

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An answer as lines for a terminal: a table of who calls whom on what, the reasons below it, the documents last."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..words import word_list
from .models import RPC_DYNAMIC, UNCONFIRMED, Catalog
from .query import Selection

WIDTH = 110


def lines_of(catalog: Catalog, asked: Selection, found: Mapping[str, Any]) -> list[str]:
    """``found`` is the answer as data, with reasons."""
    if "comparison" in found:
        from .compare_text import comparison_lines

        return list(comparison_lines(found["comparison"]))
    lines = [_head(asked, len(found["flows"])), *notes(catalog, asked), ""]
    for title, flows in _by_direction(catalog, asked, found["flows"]):
        lines += [*([title] if title else []), *table(_row(catalog, asked, flow) for flow in flows), ""]
    if found["flows"]:
        lines += ["Why, and what else to know:", ""]
    for flow in found["flows"]:
        lines += [*_story(flow), ""]
    lines += _range_lines(found.get("dynamic_ranges", []))
    lines += _more(catalog, asked)
    return [*lines, *document_lines(found["flows"])]


def _head(asked: Selection, count: int) -> str:
    named = {
        "Exchange": tuple(map(version_word, asked.versions)),
        "server roles": asked.server_roles,
        "features": asked.features,
        "direction": (asked.direction,) if asked.direction else (),
        "other end": asked.parties,
        "protocol": asked.protocols,
        "port": tuple(map(str, asked.ports)),
        "transport": asked.transports,
        "flow": asked.flows,
    }
    said = "; ".join(f"{name} {', '.join(words)}" for name, words in named.items() if words)
    flows = "1 flow answers" if count == 1 else f"{count} flows answer" if count else "No flow answers"
    return f"{flows}{f' ({said})' if said else ''}."


def _more(catalog: Catalog, asked: Selection) -> list[str]:
    """The features that these servers have and nobody asked for."""
    if asked.every_feature or not asked.versions:
        return []
    roles = asked.server_roles or tuple(catalog.server_roles)
    there = {
        name
        for name, feature in catalog.features.items()
        if not feature.refused and any(feature.exists_in(v, role) for v in asked.versions for role in roles)
    }
    left = sorted(there - set(asked.features))
    return [*paragraph(f"Features that add to this: {', '.join(left)}.", 0), ""] if left else []


def version_word(version: str) -> str:
    """How people write it; 5.5 and years stay as they are."""
    return version.upper()


def notes(catalog: Catalog, asked: Selection) -> Iterator[str]:
    """What was asked for and cannot answer, since no version that was asked for has it."""
    versions = asked.versions or tuple(catalog.products)
    names = word_list([version_word(version) for version in asked.versions], "or")
    there = [role for role in catalog.server_roles if any(role in catalog.products[v].server_roles for v in versions)]
    for role in asked.server_roles:
        if role not in there:
            yield from paragraph(f"Exchange {names} has no server role {role}; it has {word_list(sorted(there))}.", 0)
    roles = [role for role in asked.server_roles or there if role in there]
    for name in asked.features:
        known = catalog.features.get(name)
        if known and known.refused:
            yield from paragraph(f"Nothing opens {name}: {known.refused.reason} {known.refused.alternative}", 0)
        elif known and roles and not any(known.exists_in(v, role) for v in versions for role in roles):
            servers = f"Exchange {names}" if names else "none of these"
            yield from paragraph(f"{name} is no feature of {servers}, {word_list(sorted(roles), 'or')}.", 0)


def _by_direction(
    catalog: Catalog, asked: Selection, flows: list[dict[str, Any]]
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """In and out of the servers asked about, those that are both in a part of their own; else one table."""
    if not asked.server_roles and not asked.versions:
        yield "", flows
        return
    chosen = set(asked.server_roles) or set(catalog.server_roles)
    parts: dict[str, list[dict[str, Any]]] = {title: [] for title in _TITLES.values()}
    for flow in flows:
        ends = tuple(bool(chosen & set(flow[end]["parties"])) for end in ("listener", "initiator"))
        parts[_TITLES[ends]].append(flow)
    yield from ((title, found) for title, found in parts.items() if found)


# (servers asked about can listen, they can call)
_TITLES = {
    (True, False): "In: others call these servers",
    (False, True): "Out: these servers call others",
    (True, True): "Among them: these servers call each other",
    (False, False): "Others",
}


def _row(catalog: Catalog, asked: Selection, flow: Mapping[str, Any]) -> tuple[str, ...]:
    ends = " -> ".join(" or ".join(_shown(catalog, asked, flow[end])) for end in ("initiator", "listener"))
    ports = port_words(flow["transport"], flow["ports"] or flow["icmp_types"])
    # where no single version was asked for, the reader has to see which ones it is about
    versions = "" if len(asked.versions) == 1 else f" ({version_spans(catalog, flow)})"
    return ports, f"{ends}{versions}", flow["id"], _opened(flow)


def version_spans(catalog: Catalog, flow: Mapping[str, Any]) -> str:
    """The versions at either end, those that follow each other as a span: 5.5, 2007-SE."""
    order = list(catalog.products)
    numbers = sorted({order.index(version) for end in ("initiator", "listener") for version in flow[end]["versions"]})
    spans: list[list[int]] = []
    for number in numbers:
        if spans and spans[-1][-1] == number - 1:
            spans[-1].append(number)
        else:
            spans.append([number])
    return ", ".join("-".join(version_word(order[n]) for n in dict.fromkeys((span[0], span[-1]))) for span in spans)


def _shown(catalog: Catalog, asked: Selection, end: Mapping[str, Any]) -> list[str]:
    """The parties of an end, without server roles that the versions asked about do not have."""
    there = [version for version in asked.versions if version in end["versions"]]
    known = {role for version in there for role in catalog.products[version].server_roles}
    return [party for party in end["parties"] if not there or party not in catalog.server_roles or party in known]


def _opened(flow: Mapping[str, Any]) -> str:
    if not flow["openable"]:
        return "never opened"
    if flow["confidence"] == UNCONFIRMED:
        return "unconfirmed: by its id alone"
    if flow["boundary"] == "inside" and flow["network"] != "replication":
        return "inside the support boundary"
    return f"with {word_list(flow['features'], 'or')}" if flow["features"] else "by default"


def port_words(transport: str, ports: Iterable[str]) -> str:
    return " ".join([transport, ", ".join(ports)]).strip()


def table(rows: Iterable[tuple[str, ...]]) -> list[str]:
    """The lines of all rows."""
    return [line for lines in table_rows(rows) for line in lines]


def table_rows(rows: Iterable[tuple[str, ...]]) -> list[list[str]]:
    """The lines of each row. Columns are as wide as their widest cell; the widest are wrapped to fit a terminal."""
    cells = list(rows)
    limits = _widths(cells)
    wrapped = [
        [textwrap.wrap(cell, limit, break_on_hyphens=False) or [""] for cell, limit in zip(row, limits, strict=True)]
        for row in cells
    ]
    widths = [max(len(part) for cell in column for part in cell) for column in zip(*wrapped, strict=True)]
    return [list(_row_lines(row, widths)) for row in wrapped]


def _row_lines(row: list[list[str]], widths: list[int]) -> Iterator[str]:
    for number in range(max(map(len, row))):
        parts = (cell[number] if number < len(cell) else "" for cell in row)
        line = "  ".join(part.ljust(width) for part, width in zip(parts, widths, strict=True))
        yield f"  {line}".rstrip()


def _widths(cells: list[tuple[str, ...]]) -> list[int]:
    """No column is narrower than its longest word, which is never cut."""
    columns = list(zip(*cells, strict=True))
    widths = [max(map(len, column)) for column in columns]
    least = [max((len(word) for cell in column for word in cell.split()), default=1) for column in columns]
    while sum(widths) + 2 * len(widths) > WIDTH:
        spare = [number for number in range(len(widths)) if widths[number] > max(least[number], 1)]
        if not spare:
            break
        widths[max(spare, key=lambda number: widths[number])] -= 1
    return [max(width, 1) for width in widths]


def paragraph(text: str, indent: int = 4, later: int | None = None) -> list[str]:
    """Wrapped lines; ``later`` is the indent of all but the first."""
    space, more = (" " * number for number in (indent, indent if later is None else later))
    return textwrap.wrap(text, WIDTH, initial_indent=space, subsequent_indent=more, break_on_hyphens=False)


def _story(flow: Mapping[str, Any]) -> Iterator[str]:
    """All that is known of one flow, in sentences."""
    yield f"  {flow['id']}: {flow['title']}"
    keys = ", ".join(source["id"] for source in flow["sources"])
    yield from paragraph(f"{flow['need']} [{keys}]")
    yield from paragraph(f"{_versions(flow)}. Encryption: {flow['encryption']}. {_standing(flow)}")
    if flow["refused"]:
        yield from paragraph(f"Why it is not open: {flow['refused']['reason']}")
        yield from paragraph(f"Instead: {flow['refused']['alternative']}")
    else:
        yield from paragraph(f"What opens it: {flow['enabled_by']}")
    for follow in flow["follows"]:
        yield from paragraph(f"Then: {_follow(follow)}")
    if flow["remarks"]:
        yield from paragraph(f"Remarks: {flow['remarks']}")


def _versions(flow: Mapping[str, Any]) -> str:
    """Which versions of Exchange stand at which end."""
    first, second = (", ".join(map(version_word, flow[side]["versions"])) for side in ("initiator", "listener"))
    if first == second:
        return f"Exchange {first} at both ends"
    return "; ".join(f"Exchange {names} {way}" for names, way in ((first, "calls"), (second, "is called")) if names)


def _standing(flow: Mapping[str, Any]) -> str:
    return f"It is {flow['support'].replace('_', ' ')}, and {flow['confidence']}."


def _follow(follow: Mapping[str, Any]) -> str:
    ways = {
        "to_listener": "from the initiator again",
        "to_initiator": "back, from the listener to the initiator",
        "both": "both ways",
    }
    if follow["ports"] == RPC_DYNAMIC:
        ports = f"a {follow['transport']} port of the listener's dynamic RPC range, which its version sets"
    else:
        ports = port_words(follow["transport"], follow["ports"])
    feature = f" Only with {follow['feature']}." if follow["feature"] else ""
    return f"{follow['title']}, {ports}, {ways[follow['direction']]}.{feature} {follow['remarks']}".strip()


def _range_lines(ranges: list[dict[str, Any]]) -> Iterator[str]:
    """What a number in a dynamic range means: any service may have got it, and 135 said so to whoever asked."""
    if not ranges:
        return
    numbers = sorted({number for found in ranges for number in found["held"]})
    yield f"{', '.join(map(str, numbers))} also lies in dynamic RPC ranges, by version:"
    rows = []
    for found in ranges:
        doubt = "" if found["confidence"] == "confirmed" else f", {found['confidence']}"
        rows.append((found["title"], f"{','.join(found['ports'])}{doubt}", f"[{', '.join(found['sources'])}]"))
    yield from table(rows)
    yield from paragraph(
        "Any service of RPC may listen there: a client asks the endpoint mapper on 135 for the port of the moment. So "
        "the number names no protocol; one of these flows came first:",
        2,
    )
    yield from paragraph(", ".join(sorted({name for found in ranges for name in found["flows"]})) or "none", 4)
    yield ""


def document_lines(flows: Iterable[Mapping[str, Any]]) -> list[str]:
    """The documents behind flows, each once."""
    sources = {source["id"]: source for flow in flows for source in flow["sources"]}
    if not sources:
        return []
    lines = ["Documents (read: how much of it could be read):", ""]
    for key, source in sorted(sources.items()):
        note = f" {source['note']}" if source["note"] else ""
        title = textwrap.wrap(f"{key}: {source['title']} (read: {source['read']}).{note}", WIDTH - 4)
        lines += [f"  {title[0]}", *(f"    {more}" for more in title[1:]), f"    {source['url']}"]
    return lines

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan for people and machines: JSON with everything, CSV with a line a rule and device."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..atomic import replace_file
from ..catalog.load import port_text
from ..catalog.models import Catalog
from ..plan.models import Group, Plan, Rule, Slice
from ..plan.points import PLATFORM, Points, by_hand
from ..plan.serial import group_data, groups_of, rule_data
from ..problems import Problem, ProblemError
from ..topology.flow_entry import LOCAL

COLUMNS = [
    *("device", "rule", "source_names", "source_addresses", "destination_names", "destination_addresses"),
    *("protocol", "ports", "follows", "flow", "feature", "why", "source", "confidence", "owner", "expiry"),
]

# what a spreadsheet would take for a formula
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def ports_text(rule: Rule) -> str:
    """ "25 587 6001-6004"; ICMP types in their place; "any" where the protocol has no ports or all are meant."""
    if rule.ports:
        return " ".join(port_text(pair) for pair in rule.ports)
    return " ".join(rule.icmp_types) or "any"


def follows_text(rule: Rule) -> str:
    """What follows dynamically: "h245 to_listener tcp 1024-65535 (h323)"."""
    parts = []
    for follow in rule.follows:
        ports = " ".join(port_text(pair) for pair in follow.ports)
        by = f" ({follow.helper})" if follow.helper and not follow.static else ""
        parts.append(f"{follow.id} {follow.direction} {follow.transport} {ports}{by}")
    return "; ".join(parts)


def addresses_text(group: Group) -> str:
    text = " ".join(group.members)
    return f"{text} except {' '.join(group.excluded)}" if group.excluded else text


def names_text(group: Group) -> str:
    return " ".join(dict.fromkeys(label for _prefix, label in group.labels))


def plan_rows(device: str, rules: Iterable[Rule], catalog: Catalog) -> list[dict[str, str]]:
    """One row a rule; every row says why it is there and by which document."""
    rows = []
    for rule in rules:
        documents = [f"{catalog.sources[key].title} <{catalog.sources[key].url}>" for key in rule.sources]
        documents += ["the organization itself"] if rule.confidence == LOCAL else []
        values = (
            device,
            rule.id,
            names_text(rule.source),
            addresses_text(rule.source),
            names_text(rule.destination),
            addresses_text(rule.destination),
            rule.transport,
            ports_text(rule),
            follows_text(rule),
            rule.flow,
            " ".join(rule.features),
            rule.need,
            "; ".join(documents),
            rule.confidence,
            rule.owner,
            rule.expiry,
        )
        rows.append(dict(zip(COLUMNS, values, strict=True)))
    return rows


def host_rows(points: Points, catalog: Catalog, *, all_rules: bool) -> list[dict[str, str]]:
    """One row a rule for all hosts that let it in by their own firewall: a row a host would list everybody's addresses
    as often as there are hosts. ``all_rules``: also those that no such host has, without a device."""
    holders = points.holding("in")
    rows = []
    for rule in points.plan.rules:
        if all_rules or rule.id in holders:
            rows += plan_rows(" ".join(holders.get(rule.id, ())), (rule,), catalog)
    return rows


def csv_text(rows: Iterable[Mapping[str, str]]) -> str:
    """RFC 4180 with a header; values that a spreadsheet would run are kept from it by a leading apostrophe."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: f"'{text}" if text.startswith(_FORMULA) else text for key, text in row.items()})
    return stream.getvalue()


def plan_data(plan: Plan, slices: Iterable[Slice], catalog: Catalog, points: Points | None = None) -> dict[str, Any]:
    """The whole plan as plain data, sorted: equal input gives equal bytes. ``points``: hosts with own rules."""
    everything = (*plan.rules, *plan.management_rules)
    keys = sorted({key for rule in everything for key in rule.sources})
    return {
        "digest": plan.digest,
        "support_boundary": "narrowed" if plan.narrowed else "kept",
        "warnings": list(plan.warnings),
        "groups": {name: group_data(group) for name, group in groups_of(everything).items()},
        "names": [{"host": host, "name": name, "addresses": list(found)} for host, name, found in plan.names],
        "published": [{"real": real, "published": outside} for real, outside in plan.published],
        "protected": group_data(plan.protected),
        "rules": [rule_data(rule) for rule in plan.rules],
        "management_rules": [rule_data(rule) for rule in plan.management_rules],
        "devices": {
            part.host: {
                "platform": part.platform,
                "rules": [rule.id for rule in part.rules],
                "management_rules": [rule.id for rule in part.management_rules],
            }
            for part in slices
        }
        | (_host_devices(points) if points else {}),
        "sources": {key: {"title": catalog.sources[key].title, "url": catalog.sources[key].url} for key in keys},
    }


def _host_devices(points: Points) -> dict[str, Any]:
    return {
        name: {
            "platform": PLATFORM,
            "rules": points.directed(name, "in"),
            "outbound_rules": points.directed(name, "out"),
            "management_rules": [rule.id for rule in points.management_rules(name)],
            "by_hand": by_hand(host),
        }
        for name, host in points.hosts.items()
    }


def json_text(data: Mapping[str, Any]) -> str:
    return json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def write_file(path: Path, text: str) -> None:
    """In one step, so that nobody reads half a file; the folder is made where it is missing."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, text)
    except (OSError, ValueError) as error:  # ValueError: no path at all, with a NUL in it
        reason = f"{str(path)!r} could not be written: {error}; choose a directory that can be written to."
        raise ProblemError([Problem("cannot-write", "", "save_to", reason)]) from error

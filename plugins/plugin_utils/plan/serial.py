# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan records <-> plain data for files: groups once by name, rules that refer to them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from .models import Follow, Group, Managed, Rule, Slice


def group_data(group: Group) -> dict[str, Any]:
    return {"members": list(group.members), "excluded": list(group.excluded), "labels": [list(x) for x in group.labels]}


def rule_data(rule: Rule) -> dict[str, Any]:
    """A rule as plain data; its groups by name."""
    plain = {key: value for key, value in vars(rule).items() if key not in ("source", "destination", "follows")}
    plain = {key: list(value) if isinstance(value, tuple) else value for key, value in plain.items()}
    plain["ports"] = [list(pair) for pair in rule.ports]
    follows = []
    for follow in rule.follows:
        follows.append({**asdict(follow), "ports": [list(pair) for pair in follow.ports]})
    return {**plain, "source": rule.source.name, "destination": rule.destination.name, "follows": follows}


def groups_of(rules: Iterable[Rule]) -> dict[str, Group]:
    """The groups that the rules name, by name."""
    found = {group.name: group for rule in rules for group in (rule.source, rule.destination)}
    return dict(sorted(found.items()))


def slice_data(part: Slice) -> dict[str, Any]:
    everything = (*part.rules, *part.management_rules)
    return {
        "host": part.host,
        "platform": part.platform,
        "digest": part.digest,
        "zones": [[zone, list(prefixes)] for zone, prefixes in part.zones],
        "protected": group_data(part.protected),
        "management": group_data(part.management),
        "groups": {name: group_data(group) for name, group in groups_of(everything).items()},
        "rules": [rule_data(rule) for rule in part.rules],
        "management_rules": [rule_data(rule) for rule in part.management_rules],
        "managed": [asdict(host) for host in part.managed],
        "known": [list(pair) for pair in part.known],
        "published": [list(pair) for pair in part.published],
    }


def group_from(name: str, data: dict[str, Any]) -> Group:
    labels = tuple((prefix, label) for prefix, label in data["labels"])
    return Group(name, tuple(data["members"]), tuple(data["excluded"]), labels)


def _pairs(values: list[list[int]]) -> tuple[tuple[int, int], ...]:
    return tuple((low, high) for low, high in values)


def rule_from(data: dict[str, Any], groups: dict[str, Group]) -> Rule:
    fields = {key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}
    fields["ports"] = _pairs(data["ports"])
    fields["follows"] = tuple(Follow(**{**follow, "ports": _pairs(follow["ports"])}) for follow in data["follows"])
    fields["source"], fields["destination"] = groups[data["source"]], groups[data["destination"]]
    return Rule(**fields)


def slice_from(data: dict[str, Any]) -> Slice:
    """The inverse of ``slice_data``."""
    groups = {name: group_from(name, content) for name, content in data["groups"].items()}
    return Slice(
        data["host"],
        data["platform"],
        tuple(rule_from(rule, groups) for rule in data["rules"]),
        group_from("protected", data["protected"]),
        group_from("management", data["management"]),
        tuple((zone, tuple(prefixes)) for zone, prefixes in data["zones"]),
        data["digest"],
        tuple(rule_from(rule, groups) for rule in data["management_rules"]),
        tuple(
            Managed(**{**host, "addresses": tuple(host["addresses"]), "ports": tuple(host["ports"])})
            for host in data["managed"]
        ),
        tuple((prefix, owner) for prefix, owner in data["known"]),
        tuple((real, outside) for real, outside in data["published"]),
    )

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The option ``compare_to`` -> two selections, and their comparison as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from ..problems import Problem, ProblemError
from ..words import closest, word_list
from .compare import Comparison, Line, compare
from .connections import Between, exists
from .load import port_text
from .models import Catalog
from .query import EVERY_FEATURE, Selection, explained, unknown_words
from .succession import Became, Succession, Together, successors

_KEYS = ("version", "roles", "features")
_OPTION = "compare_to"
ALL_TOGETHER = Together()


def comparison(
    catalog: Catalog,
    steps: tuple[Succession, ...],
    asked: Selection,
    to: Any,
    explain: bool,
    versions: Together = ALL_TOGETHER,
) -> dict[str, Any]:
    """``asked`` is the old side and what both are narrowed to; ``to`` says what is different in the new one."""
    old, new, became, features = sides(catalog, steps, asked, to)

    @cache
    def translate(role: str) -> tuple[str, ...]:
        return successors(catalog, steps, role, old.versions[0], new.versions[0]).becomes

    filters = replace(asked, versions=(), server_roles=(), features=())
    found = compare(catalog, old, new, filters, translate)
    names = (old.versions[0], new.versions[0])
    shared = versions.share(*names)
    if not shared:
        found = replace(found, between=())
    data = _record(found, became, features)
    data["coexistence"] = {
        "possible": shared,
        "through": [] if shared else versions.between(*names),
        "sources": [] if shared else versions.sources(*names),
    }
    if explain:
        lines = [*found.before, *found.after, *found.changed, *found.unchanged]
        ids = {name for line in lines for name in (*line.old, *line.new)} | {b.flow.id for b in found.between}
        data["flows"] = {name: explained(catalog, catalog.flows[name]) for name in sorted(ids)}
    return data


def sides(
    catalog: Catalog, steps: tuple[Succession, ...], asked: Selection, to: Any
) -> tuple[Selection, Selection, list[Became], list[Became]]:
    """(old, new, what became of the old server roles, and of features that the new side has not by this name)"""
    given = _given(catalog, asked, to)
    version, target = asked.versions[0], (given["version"] or asked.versions)[0]
    roles = asked.server_roles or catalog.products[version].server_roles
    became = [successors(catalog, steps, role, version, target) for role in roles]
    if version == target:
        became = []
    following = {name for one in became for name in one.becomes} if became else set(roles)
    new_roles = given["roles"] or tuple(r for r in catalog.products[target].server_roles if r in following)
    _refuse_strangers(catalog, ((version, roles, "roles"), (target, new_roles, _OPTION)))
    features = _every(catalog, version, roles, asked.features)
    old = Selection(versions=(version,), server_roles=roles, features=features)
    new = Selection(versions=(target,), server_roles=new_roles)
    if given["features"] is None:
        carried = dict.fromkeys([*features, *(name for one in became for name in one.features)])
    else:
        carried = dict.fromkeys(_every(catalog, target, new_roles, given["features"]))
    renamed = [_carried(catalog, steps, name, old, new) for name in carried]
    wanted = {name for one in renamed for name in one.becomes}
    if given["features"] is None and EVERY_FEATURE in asked.features:
        wanted.update(_every(catalog, target, new_roles, asked.features))
    new = replace(new, features=tuple(name for name in catalog.features if name in wanted))
    return old, new, became, [one for one in renamed if one.becomes != (one.name,)]


def _carried(catalog: Catalog, steps: tuple[Succession, ...], name: str, old: Selection, new: Selection) -> Became:
    """A feature on the new side, as far as its server roles can have it."""
    known = exists(catalog, name, new.versions[0], new.server_roles)
    one = Became(name, (name,), ())
    if not known:
        one = successors(catalog, steps, name, old.versions[0], new.versions[0], kind="feature")
    there = tuple(name for name in one.becomes if exists(catalog, name, new.versions[0], new.server_roles))
    return replace(one, becomes=there)


def _given(catalog: Catalog, asked: Selection, to: Any) -> dict[str, Any]:
    """What ``compare_to`` says; features are None where nothing is said of them."""
    problems = []
    to = {"version": to} if isinstance(to, (str, int)) else to
    if len(asked.versions) != 1:
        problems.append(_uncomparable("version", "one version has to be named, which is the one to compare from."))
    if not isinstance(to, Mapping):
        raise ProblemError(
            [
                *problems,
                _uncomparable(_OPTION, f"{to!r} is neither a version nor a mapping of {word_list(_KEYS, 'or')}."),
            ]
        )
    for name in to:
        if name not in _KEYS:
            problems.append(
                _uncomparable(_OPTION, f"{name!r} is not known{closest(name, _KEYS)}; {word_list(_KEYS)} are.")
            )
    words: dict[str, Any] = {name: _words(to[name]) if name in to else () for name in _KEYS}
    known = {"version": catalog.products, "roles": catalog.server_roles}
    for name, choices in {**known, "features": [*catalog.features, EVERY_FEATURE]}.items():
        problems += [replace(problem, variable=_OPTION) for problem in unknown_words(name, words[name], choices)]
    if len(words["version"]) > 1:
        problems.append(_uncomparable(_OPTION, "one version can be compared with, and several are named."))
    if not any(words.values()) and "features" not in to and not problems:
        problems.append(_uncomparable(_OPTION, "it names neither another version nor roles nor features."))
    if problems:
        raise ProblemError(problems)
    return {**words, "features": words["features"] if "features" in to else None}


def _words(value: Any) -> tuple[str, ...]:
    """A list of words, or one text with commas, as the command line has it."""
    values = value if isinstance(value, list) else str(value).split(",")
    return tuple(word for word in (str(one).strip().lower() for one in values) if word)


def _uncomparable(variable: str, text: str) -> Problem:
    return Problem("bad-comparison", "", variable, text)


def _refuse_strangers(catalog: Catalog, sides: Iterable[tuple[str, Iterable[str], str]]) -> None:
    problems = []
    for version, roles, option in sides:
        there = catalog.products[version].server_roles
        for role in (role for role in roles if role not in there):
            text = f"Exchange {version} has no server role {role}; it has {word_list(there)}."
            problems.append(_uncomparable(option, text))
    if problems:
        raise ProblemError(problems)


def _every(catalog: Catalog, version: str, roles: Iterable[str], features: tuple[str, ...]) -> tuple[str, ...]:
    """Instead of the word for all features those that a server of this version and these roles can have."""
    if EVERY_FEATURE not in features:
        return features
    return tuple(name for name in catalog.features if exists(catalog, name, version, roles))


def _record(found: Comparison, became: Iterable[Became], features: list[Became]) -> dict[str, Any]:
    return {
        "old": _side(found.old),
        "new": _side(found.new),
        "roles": [{"role": one.name, **_became(one), "features": list(one.features)} for one in became],
        "features": [{"feature": one.name, **_became(one)} for one in features],
        "features_gone": [one.name for one in features if not one.becomes],
        "open_before": [_line(line) for line in found.before],
        "close_after": [_line(line) for line in found.after],
        "changed": [_line(line) for line in found.changed],
        "unchanged": [_line(line) for line in found.unchanged],
        "between": [_between(one, found) for one in found.between],
        "inside_boundary": {"old": list(found.inside[0]), "new": list(found.inside[1])},
    }


def _became(one: Became) -> dict[str, Any]:
    return {"becomes": list(one.becomes), "reasons": list(one.reasons)}


def _side(side: Selection) -> dict[str, Any]:
    return {"version": side.versions[0], "roles": list(side.server_roles), "features": list(side.features)}


def _line(line: Line) -> dict[str, Any]:
    return {
        "direction": line.direction,
        "parties": list(line.parties),
        "roles": list(line.roles),
        "transport": line.transport,
        "ports": [port for port in line.ports if port],
        "network": line.network,
        "protocol": line.protocol,
        "opened": line.opened,
        "follows": list(line.follows),
        "otherwise": line.otherwise,
        "old": list(line.old),
        "new": list(line.new),
        "changes": [{"what": what, "old": before, "new": after} for what, before, after in line.changes],
    }


def _between(one: Between, found: Comparison) -> dict[str, Any]:
    versions = (found.old.versions[0], found.new.versions[0])
    return {
        "flow": one.flow.id,
        "title": one.flow.title,
        "from_version": versions[0] if one.old_calls else versions[1],
        "to_version": versions[1] if one.old_calls else versions[0],
        "initiators": list(one.initiators),
        "listeners": list(one.listeners),
        "transport": one.flow.transport,
        "ports": [port_text(pair) for pair in one.flow.ports] or list(one.flow.icmp_types),
        "protocol": one.flow.protocol,
        "features": list(one.flow.features),
        "boundary": one.flow.boundary,
    }

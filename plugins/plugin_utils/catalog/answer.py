# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of the lookup and the module -> the answer as plain data; both get it from this one place."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from ..problems import Problem, ProblemError
from .dynamic import ranges_of
from .host_load import KINDS
from .load import load
from .migration import comparison
from .models import Catalog
from .query import LIST_OPTIONS, Selection, explained, query, record, selection
from .search import expression_problems, searched
from .succession import successions, together

FLOWS = "flows"
_LIST = {"type": "list", "elements": "str", "default": []}

#: argument spec of the lookup and the module
OPTIONS: dict[str, dict[str, Any]] = {
    **dict.fromkeys(LIST_OPTIONS, _LIST),
    "port": {"type": "list", "elements": "int", "default": []},
    "direction": {"type": "str", "choices": ["in", "out"]},
    "compare_to": {"type": "raw"},
    "explain": {"type": "bool", "default": False},
    "as_text": {"type": "bool", "default": False},
    "query": {"type": "str"},
    "about": {"type": "str", "default": FLOWS, "choices": [FLOWS, *KINDS]},
    "vendor": _LIST,
}


def answer(options: Mapping[str, Any]) -> Any:
    """What the lookup returns: lines of text, what ``query`` makes of it, a comparison, or a list of flows."""
    found = whole_answer(options)
    return next(found[name] for name in ("lines", "result", "comparison", "flows", "facts") if name in found)


def whole_answer(options: Mapping[str, Any]) -> dict[str, Any]:
    """What the module returns. With ``query`` its result stands in place of flows and comparison."""
    given = _said({name: _plain(value) for name, value in options.items()})
    return json.loads(_answer(json.dumps(given, sort_keys=True)))


def _said(options: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is empty, which means the same as leaving it out."""
    return {name: value for name, value in options.items() if value not in (None, [], "", {}, False)}


def _plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return list(_flat(value))
    if isinstance(value, Mapping):
        # an empty list says something here, that no feature is wanted; an empty text does not
        return {str(name): _plain(inner) for name, inner in value.items() if inner not in (None, "")}
    return value if value is None or isinstance(value, (bool, int)) else str(value)


def _flat(values: Iterable[Any]) -> Iterator[str]:
    """A lookup that is given one list has a list of one list."""
    for value in values:
        if isinstance(value, (list, tuple)):
            yield from _flat(value)
        else:
            yield str(value)


@lru_cache(maxsize=256)
def _answer(key: str) -> str:
    """The answer as JSON, so that whoever changes what it got does not change what the next one gets."""
    catalog, options = load(), json.loads(key)
    problems = _problems(options)
    chosen = Selection()
    try:
        if options.get("about", FLOWS) != FLOWS:
            return json.dumps(_facts(options, problems))
        chosen = selection(catalog, options)
        found = _found(catalog, chosen, options)
    except ProblemError as error:
        raise ProblemError([*error.problems, *problems]) from error
    if problems:
        raise ProblemError(problems)
    if chosen.ports:
        found["dynamic_ranges"] = ranges_of(catalog, chosen.ports, chosen.versions)
    if options.get("as_text"):
        from .text import lines_of  # a third of the answers' code, and templates ask for records

        found["lines"] = lines_of(catalog, chosen, found)
    if expression := options.get("query"):
        data = found.pop("comparison", None) or found.pop("flows", [])
        found["result"] = searched(expression, data)
    return json.dumps(found)


def _facts(options: Mapping[str, Any], problems: list[Problem]) -> dict[str, Any]:
    """Facts about hosts and devices in place of flows."""
    from .host_facts import answer as facts  # what nobody asks for costs nothing

    records = facts(options["about"], options)
    if problems:
        raise ProblemError(problems)
    expression = options.get("query")
    return {"result": searched(expression, records)} if expression else {"facts": records}


def _problems(options: Mapping[str, Any]) -> list[Problem]:
    expression = options.get("query")
    problems = expression_problems(expression) if expression else []
    if expression and options.get("as_text"):
        text = "the result of query is data and no text; leave one of the two out."
        problems.append(Problem("bad-combination", "", "as_text", text))
    if options.get("vendor") and options.get("about", FLOWS) == FLOWS:
        text = "flows know no vendors; say with about what is wanted of them, inspection or applications."
        problems.append(Problem("bad-combination", "", "vendor", text))
    return problems


def _found(catalog: Catalog, chosen: Selection, options: Mapping[str, Any]) -> dict[str, Any]:
    explain = bool(options.get("explain"))
    if "compare_to" in options:
        return {"comparison": comparison(catalog, successions(), chosen, options["compare_to"], explain, together())}
    # the text of an answer tells the reasons in any case
    told = explain or bool(options.get("as_text"))
    return {"flows": [explained(catalog, flow) if told else record(flow) for flow in query(catalog, chosen)]}

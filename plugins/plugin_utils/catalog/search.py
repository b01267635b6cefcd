# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The option ``query``: a JMESPath expression over the answer to a question.

jmespath is imported where it is used: it takes a third of the collection's import time, and most questions do without.
"""

from __future__ import annotations

from typing import Any

from ..problems import Problem, ProblemError

# jmespath's own errors are ValueErrors; some expressions make it stumble otherwise, a slice with step 0 for example
_FAILURES = (ValueError, TypeError, LookupError, AttributeError, RecursionError)


def expression_problems(expression: str) -> list[Problem]:
    """What is wrong with an expression before it sees any flow."""
    try:
        import jmespath
    except ImportError:
        text = "it needs the Python package jmespath on the controller; install it, or ask without query."
        return [Problem("no-jmespath", "", "query", text)]
    try:
        jmespath.compile(expression)
    except _FAILURES as error:
        return [_bad_query(expression, error)]
    return []


def searched(expression: str, records: list[dict[str, Any]]) -> Any:
    import jmespath

    try:
        return jmespath.search(expression, records)
    except _FAILURES as error:
        raise ProblemError([_bad_query(expression, error)]) from error


def _bad_query(expression: str, error: Exception) -> Problem:
    reason = " ".join(str(error).split())
    return Problem("bad-query", "", "query", f"{expression!r} is no JMESPath expression: {reason}")

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Problems are collected while the core works, and raised once, all together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong: where it stands, what was expected and how to mend it."""

    code: str  # stable word for the kind of problem, e.g. "unknown-server-role"
    host: str  # inventory host, or "" where the whole fleet is meant
    variable: str  # the variable or option to mend
    text: str  # one sentence with what was found, what was expected and the way out

    def __str__(self) -> str:
        place = ": ".join(part for part in (self.host, self.variable) if part)
        return f"{place}: {self.text}" if place else self.text


class ProblemError(Exception):
    """Everything that is wrong, sorted; the edges turn it into one Ansible error."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__(self.message())

    def message(self) -> str:
        count = len(self.problems)
        head = "1 problem was found" if count == 1 else f"{count} problems were found"
        lines = [f"{head}; nothing was changed:"]
        lines += [f"  - {problem}" for problem in self.problems]
        return "\n".join(lines)

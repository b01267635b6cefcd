# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Problems are collected while the core works, and raised once, all together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

#: a longer sentence is cut in its middle: a value of a megabyte would hide what is said about it
LONGEST = 1500


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong: where it stands, what was expected and how to mend it."""

    code: str  # stable word for the kind of problem, e.g. "unknown-server-role"; known_problems/ explains each
    host: str  # inventory host, or "" where the whole fleet is meant
    variable: str  # the variable or option to mend
    text: str  # one sentence with what was found, what was expected and the way out

    def __str__(self) -> str:
        place = ": ".join(part for part in (self.host, self.variable) if part)
        return coded(one_line(f"{place}: {self.text}" if place else self.text), self.code)


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


def coded(text: str, code: str) -> str:
    """A sentence with the word by which docs/problems.md is searched for it."""
    return f"{text} [{code}]"


def one_line(text: str) -> str:
    """What a terminal shows as it is: whatever an inventory holds, it can neither forge a line nor move the cursor."""
    shown = text if text.isprintable() else "".join(map(_shown, text))
    if len(shown) <= LONGEST:
        return shown
    return f"{shown[: LONGEST - 300]} ... {shown[-300:]}"


def _shown(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")

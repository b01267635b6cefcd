# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names in place of addresses: resolved where that was asked for, all records, and remembered for the plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..problems import Problem
from .addresses import canonical_address, ordered
from .connection import is_address


class Names:
    """Replaces names by their addresses; without ``resolve`` everything stays as it is."""

    def __init__(self, resolve: Callable[[str], tuple[str, ...]] | None, problems: list[Problem]) -> None:
        self.resolve = resolve
        self.problems = problems
        self._known: dict[str, dict[str, tuple[str, ...]]] = {}  # host -> name -> addresses

    def of(self, host: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The names of a host that were resolved, and what they were then."""
        return tuple(sorted(self._known.get(host, {}).items()))

    def replaced(self, host: str, variable: str, raw: Any) -> Any:
        """The value with all addresses of a name in its place; what cannot be had is told and left out."""
        if self.resolve is None or not isinstance(raw, (list, tuple, str)):
            return raw
        items: list[Any] = []
        for item in [raw] if isinstance(raw, str) else raw:
            if not isinstance(item, str) or is_address(item):
                items.append(item)
            else:
                items += self._addresses(host, variable, item.strip())
        return items

    def _addresses(self, host: str, variable: str, name: str) -> tuple[str, ...]:
        try:
            answer = self.resolve(name) if self.resolve else ()
        except (OSError, ValueError) as error:  # ValueError: no name at all, such as "a..b"
            self.problems.append(
                Problem("unresolved", host, variable, f"the name {name!r} could not be resolved: {error}.")
            )
            return ()
        found = []
        for address in answer:
            try:
                found.append(canonical_address(address))
            except ValueError as error:
                text = f"the name {name!r} resolves to {address!r}, and that {error}"
                self.problems.append(
                    Problem("unresolved", host, variable, f"{text}; give the address that others reach.")
                )
        if not answer:
            text = f"the name {name!r} could not be resolved: it has no address."
            self.problems.append(Problem("unresolved", host, variable, text))
        self._known.setdefault(host, {})[name] = ordered(found)
        return ordered(found)

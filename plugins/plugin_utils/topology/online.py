# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The party Exchange Online, filled from the user's file where the inventory names one."""

from __future__ import annotations

import datetime
from collections.abc import Collection

from ..problems import Problem
from .endpoints import EndpointFile, ReadFile, age_warnings, read_endpoints

#: the party that the addresses are of
ONLINE = "exchange_online"
VARIABLE = "exchange_online_endpoints"


class Online:
    """What is wrong goes to ``problems``, once, though two organizations may name the same file."""

    def __init__(self, problems: list[Problem], read_file: ReadFile | None, today: datetime.date | None) -> None:
        self.problems = problems
        self.read_file = read_file
        self.today = today
        self.warnings: dict[str, None] = {}
        self.told: set[str] = set()
        self.failed = False

    def networks(self, host: str, declared: Collection[str], said: EndpointFile | None) -> dict[str, tuple[str, ...]]:
        """The party's networks; ``declared`` are parties of exchange_networks, ``host`` is who says it."""
        if said is None:
            return {}
        if ONLINE in declared:
            text = f"{ONLINE} also stands in exchange_networks; take it out of one of the two."
            self._problem("online-twice", host, text)
            return {}
        try:
            prefixes, when = read_endpoints(said, self.read_file)
            self.warnings.update(dict.fromkeys(age_warnings(said, when, self.today)))
        except ValueError as error:
            self.failed = True
            self._problem("bad-endpoints", host, f"{error}.")
            return {}
        return {ONLINE: prefixes}

    def _problem(self, code: str, host: str, text: str) -> None:
        if text not in self.told:
            self.told.add(text)
            self.problems.append(Problem(code, host, VARIABLE, text))

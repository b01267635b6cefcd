# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a device should hold, and everything that stands against bringing it there."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Mapping
from typing import Any

from ..plan.lockout import lockout_problems
from ..plan.models import Slice
from ..problems import Problem, ProblemError, coded
from .shrink import read_leave, shrink_problems, united


def checked(
    part: Slice, platform: Any, facts: Mapping[str, Any], mode: str, may_go: Collection[str]
) -> tuple[Any, list[str]]:
    """What the device should hold, and what is worth a warning; raises all that stands against applying it.

    ``facts``: the device's answer to "read".
    """
    wanted = platform.wanted(part.whole(), mode, facts["helpers"])
    warnings = []
    leave, problems = read_leave(may_go, part.host, platform.spoken)
    after = platform.address_sets(wanted)
    # a table that somebody flushed, or that a crash lost, must not take the memory of who was in it along
    held = united(*(platform.address_sets(platform.parse(facts[text])) for text in ("table", "confirmed_table")))
    problems += shrink_problems(part, held, after, leave, platform.spoken)
    for finding in platform.foreign_findings(facts["ruleset"]):
        if finding.severity == "error":
            problems.append(Problem(finding.code, part.host, "exchange_appliance_mode", f"{finding.text}."))
        elif finding.severity == "warning" or mode == "add":
            warnings.append(coded(f"{part.host}: {finding.text}.", finding.code))
    if mode == "enforce":
        problems += lockout_problems(part, _peer(facts["peer"]))
    if problems:
        raise ProblemError(problems)
    return wanted, warnings


def refuse_pending(part: Slice, facts: Mapping[str, Any]) -> None:
    """What the device holds while somebody else's change waits may be gone in a minute, so nothing is compared."""
    if facts["pending"]:
        if not facts["seconds_left"]:
            text = (
                "a change that nobody confirmed is still there, though its time is over; a run without check mode "
                "takes it back."
            )
            raise ProblemError([Problem("change-pending", part.host, "", text)])
        text = (
            f"another change waits there for its confirmation, for {facts['seconds_left']} s at most, and what it "
            "holds now may not stay. Run again when that is over."
        )
        raise ProblemError([Problem("change-pending", part.host, "", text)])


def _peer(text: str) -> str:
    """The controller's address as the gateway sees it, as a prefix of full length; "" where it was not seen."""
    if not text:
        return ""
    address = ipaddress.ip_address(text.split("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    return str(ipaddress.ip_network(mapped or address))

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a device should hold, and everything that stands against bringing it there."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Mapping
from typing import Any

from ..plan.models import Slice
from ..problems import Problem, ProblemError, coded
from .models import Changes
from .registry import role_of
from .shrink import read_leave, shrink_problems, united


def checked(
    part: Slice,
    platform: Any,
    facts: Mapping[str, Any],
    wanted: Any,
    found: Changes,
    mode: str,
    may_go: Collection[str],
) -> list[str]:
    """What is worth a warning; raises all that stands against bringing the device to what is wanted.

    ``facts``: the device's answer to "read"; ``found``: what lies between the two.
    """
    warnings = []
    leave, problems = read_leave(may_go, part, platform.spoken)
    after = platform.address_sets(wanted)
    held = united(*(platform.address_sets(one) for one in platform.remembered(facts)))
    problems += shrink_problems(part, held, after, leave, platform.spoken)
    for finding in platform.findings(facts):
        if finding.severity == "error":
            problems.append(Problem(finding.code, part.host, f"{role_of(part.platform)}_mode", f"{finding.text}."))
        elif finding.severity == "warning" or mode == "add":
            warnings.append(coded(f"{part.host}: {finding.text}.", finding.code))
    if platform.may_cut(found, mode):
        problems += platform.lockout(part, _peer(facts["peer"]))
    if problems:
        raise ProblemError(problems)
    return warnings


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
    """The controller's address as the device sees it, as a prefix of full length; "" where it was not seen."""
    if not text:
        return ""
    address = ipaddress.ip_address(text.split("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    return str(ipaddress.ip_network(mapped or address))

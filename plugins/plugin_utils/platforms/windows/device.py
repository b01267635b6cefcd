# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module windows_rules is told and what it answers, in the words that all devices share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...plan.lockout import host_lockout_problems as lockout
from ...plan.models import Slice
from ..models import Changes, Operation
from .changes import changes, listing
from .names import HostRule
from .parse import parse
from .render import ending, file_text
from .wanted import wanted

#: what a sentence calls the device
WORD = "host"

Facts = Mapping[str, Any]  # the answer to "read"
Rules = Sequence[HostRule]

__all__ = ["lockout"]


def plan_for(piece: Slice, options: Mapping[str, Any], _facts: Facts | None = None) -> Rules:
    """What the host should hold; every Windows firewall can do the same."""
    return wanted(piece, options["mode"], outbound=options["outbound"])


def to_read(target: Rules) -> dict[str, Any]:
    """The host compares too, since it alone knows how it writes a rule down."""
    return {"rules": list(target)}


def to_apply(_found: Changes, target: Rules) -> dict[str, Any]:
    return {"rules": list(target)}


def compared(facts: Facts, target: Rules) -> Changes:
    """Whether anything differs is the host's word; what differs is told from the same rules."""
    current = parse(facts["owned"])
    if not facts["differs"]:
        return Changes(before=listing(current), after=listing(current))
    found = changes(current, target)
    if found:
        return found
    told = Operation("# the host writes some of these rules otherwise than they were sent; all are written again")
    return Changes(operations=(told,), undo=None, before=listing(current), after=listing(target))


def is_empty(facts: Facts) -> bool:
    """Whether nothing of ours is left."""
    return not facts["owned"]


def remembered(facts: Facts) -> tuple[Rules, ...]:
    return (parse(facts["owned"]),)


def findings(_facts: Facts) -> tuple[()]:
    """Of a host's other rules nothing but their group is read, so there is nothing to say of them."""
    return ()


def may_cut(found: Changes, mode: str) -> bool:
    """Whether a change can cut anybody off: one that only adds rules cannot."""
    return mode == "enforce" or bool(found.change or found.remove)


def rendered(target: Rules, piece: Slice) -> tuple[str, str]:
    """(how the file's name ends, its text), in the words of the host's Windows."""
    return ending(piece.windows), file_text(target, piece.windows)

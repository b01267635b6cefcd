# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module nftables_table is told and what it answers, in the words that all devices share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...plan.lockout import lockout_problems as lockout
from ...plan.models import Slice
from ..models import Changes
from .changes import changes, script
from .foreign import Finding, foreign_findings
from .parse import parse
from .render import render
from .table import Table
from .wanted import wanted

#: what a sentence calls the device
WORD = "gateway"

Facts = Mapping[str, Any]  # the answer to "read"

__all__ = ["lockout"]


def plan_for(piece: Slice, options: Mapping[str, Any], facts: Facts | None = None) -> Table:
    """What the device should hold; without its facts, as if it could do everything."""
    return wanted(piece, options["mode"], facts["helpers"] if facts else None)


def to_read(_wanted: Table) -> dict[str, Any]:
    return {}


def to_apply(found: Changes, _wanted: Table) -> dict[str, Any]:
    return {"script": script(found.operations)}


def compared(facts: Facts, target: Table) -> Changes:
    return changes(parse(facts["table"]), target)


def is_empty(facts: Facts) -> bool:
    """Whether nothing of ours is left, on the disk neither."""
    return not facts["table"] and not facts["persisted"]


def remembered(facts: Facts) -> tuple[Table, ...]:
    """A table that somebody flushed, or that a crash lost, must not take the memory of who was in it along."""
    return tuple(parse(facts[text]) for text in ("table", "confirmed_table"))


def findings(facts: Facts) -> list[Finding]:
    """What others do there that matters."""
    return list(foreign_findings(facts["ruleset"]))


def may_cut(_found: Changes, mode: str) -> bool:
    """Whether a change can cut anybody off: what `add` permits, it permits beside everything else."""
    return mode == "enforce"


def rendered(target: Table, piece: Slice) -> tuple[str, str]:
    """(how the file's name ends, its text)"""
    return piece.platform, render(target)

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The driver of Windows hosts: rules of one group of our own in the host's firewall."""

from __future__ import annotations

from .changes import ABSENT, address_sets, changes, listing, script, spoken
from .device import (
    WORD,
    compared,
    findings,
    is_empty,
    lockout,
    may_cut,
    plan_for,
    remembered,
    rendered,
    to_apply,
    to_read,
)
from .names import GROUP
from .parse import canonical, parse
from .render import ending, file_text, render
from .wanted import SUPPORTS, wanted

NAME = "windows"
READ_COMMANDS = ("msexchange.firewall.windows_rules operation=read",)

__all__ = [
    "ABSENT",
    "GROUP",
    "NAME",
    "READ_COMMANDS",
    "SUPPORTS",
    "WORD",
    "address_sets",
    "canonical",
    "changes",
    "compared",
    "ending",
    "file_text",
    "findings",
    "is_empty",
    "listing",
    "lockout",
    "may_cut",
    "parse",
    "plan_for",
    "remembered",
    "render",
    "rendered",
    "script",
    "spoken",
    "to_apply",
    "to_read",
    "wanted",
]

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The nftables driver: one table of our own in the forward path of a Linux gateway."""

from __future__ import annotations

from .changes import changes, script, transaction
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
from .foreign import Finding, foreign_findings
from .names import FAMILY, MARK, PRIORITY, TABLE
from .names import comment as spoken
from .parse import parse
from .render import listing, render
from .table import ABSENT, Table, address_sets
from .wanted import SUPPORTS, wanted

NAME = "nftables"
READ_COMMANDS = (f"nft -j list table {FAMILY} {TABLE}", "nft -j list ruleset")

__all__ = [
    "ABSENT",
    "FAMILY",
    "MARK",
    "NAME",
    "PRIORITY",
    "READ_COMMANDS",
    "SUPPORTS",
    "TABLE",
    "WORD",
    "Finding",
    "Table",
    "address_sets",
    "changes",
    "compared",
    "findings",
    "foreign_findings",
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
    "transaction",
    "wanted",
]

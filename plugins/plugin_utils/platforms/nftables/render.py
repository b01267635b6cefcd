# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table as a script: the form for a file, for a review and for a diff."""

from __future__ import annotations

from collections.abc import Iterable

from .names import FAMILY, TABLE
from .table import AddressSet, Chain, Member, Table

HEAD = (
    "# Written by msexchange.firewall. Load with: nft -f <this file>. It replaces our own table and touches no other.\n"
)


def render(table: Table) -> str:
    """A script that gives a gateway exactly this table, whatever ours held before (equal input, equal bytes).

    ``add`` before ``delete``, since deleting a table that is not there is an error and ``destroy`` needs nft 1.0.7.
    """
    start = f"{HEAD}add table {FAMILY} {TABLE}\ndelete table {FAMILY} {TABLE}\n"
    return start + listing(table)


def listing(table: Table) -> str:
    """The table alone, one member a line, as a reader compares it; empty where there is none."""
    if not table.exists:
        return ""
    lines = [f"table {FAMILY} {TABLE} {{"]
    for name in table.counters:
        lines += [f"\tcounter {name} {{", "\t}", ""]
    for name, kind, transport in table.helpers:
        lines += [f"\tct helper {name} {{", f"\t\t{helper_body(kind, transport)}", "\t}", ""]
    for one in table.sets:
        lines += _set_lines(one)
    for chain in table.chains:
        lines += _chain_lines(chain)
    lines += [f"\t# not ours, goes away: {name}" for name in table.unknown]
    return "\n".join([*lines, "}"]) + "\n"


def helper_body(kind: str, transport: str) -> str:
    return f'type "{kind}" protocol {transport};'


def set_header(one: AddressSet) -> str:
    return f"type {one.type}; flags {', '.join(one.flags)};" if one.flags else f"type {one.type};"


def member_text(member: Member) -> str:
    return f'{member.value} comment "{member.comment}"' if member.comment else member.value


def elements(members: Iterable[Member], indent: str = "\t") -> str:
    """Braces around members, one a line."""
    return "{\n" + ",\n".join(f"{indent}\t{member_text(member)}" for member in members) + f"\n{indent}}}"


def _set_lines(one: AddressSet) -> list[str]:
    lines = [f"\tset {one.name} {{", f"\t\t{set_header(one)}"]
    if one.members:
        lines.append(f"\t\telements = {elements(one.members, chr(9) * 2)}")
    return [*lines, "\t}", ""]


def _chain_lines(chain: Chain) -> list[str]:
    body = [chain.hook] if chain.hook else []
    body += [rule.text() for rule in chain.rules]
    return [f"\tchain {chain.name} {{", *(f"\t\t{line}" for line in body), "\t}", ""]

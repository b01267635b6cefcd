# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What our nft table holds, as data: what is wanted and what a gateway has are the same records."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..shrink import HeldSet

BASE_CHAIN = "forward"
ADDRESS_TYPES = {4: "ipv4_addr", 6: "ipv6_addr"}


@dataclass(frozen=True, order=True)
class Member:
    """One element of an address set: a CIDR string, and who that is."""

    value: str
    comment: str = ""


@dataclass(frozen=True)
class AddressSet:
    name: str
    type: str
    flags: tuple[str, ...]
    members: tuple[Member, ...]
    group: str = field(default="", compare=False)


@dataclass(frozen=True)
class TableRule:
    statements: tuple[str, ...]
    comment: str = ""
    flow: str = field(default="", compare=False)

    def text(self) -> str:
        tail = (f'comment "{self.comment}"',) if self.comment else ()
        return " ".join((*self.statements, *tail))


@dataclass(frozen=True)
class Chain:
    name: str
    hook: str  # "type filter hook forward priority -10; policy accept;", empty for a chain that is jumped to
    rules: tuple[TableRule, ...]


@dataclass(frozen=True)
class Table:
    """Everything sorted by name. ``unknown`` names what is in a gateway's table and cannot be ours."""

    exists: bool = False
    counters: tuple[str, ...] = ()
    helpers: tuple[tuple[str, str, str], ...] = ()  # (name, kernel's type, transport)
    sets: tuple[AddressSet, ...] = ()
    chains: tuple[Chain, ...] = ()
    unknown: tuple[str, ...] = ()

    def writable(self) -> bool:
        """Whether it can be written down again: an edit by hand may hold what our statements cannot say."""
        texts = [text for chain in self.chains for rule in chain.rules for text in (*rule.statements, rule.comment)]
        texts += [text for one in self.sets for member in one.members for text in (member.value, member.comment)]
        texts += [text for one in self.sets for text in (one.type, *one.flags)]
        return not self.unknown and not any(text.startswith(FOREIGN) for text in texts)


def address_sets(table: Table) -> tuple[HeldSet, ...]:
    """The sets that let somebody pass, as the shrink guard compares them: no holes (``_x4``), no sets of others."""
    return tuple(
        HeldSet(one.name, tuple((member.value, _label(member.comment)) for member in one.members))
        for one in table.sets
        if one.name.endswith(("_v4", "_v6"))
    )


def _label(text: str) -> str:
    return "" if text.startswith(FOREIGN) else text


FOREIGN = "json:"  # begins the text of whatever we never write
ABSENT = Table()

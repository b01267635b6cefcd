# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What differs between two tables, in words for a report."""

from __future__ import annotations

from collections import Counter

from ..models import Item
from .names import TABLE
from .render import helper_body, member_text, set_header
from .table import Table

Keyed = dict[tuple[str, str, str], Item]


def compare(current: Table, wanted: Table) -> tuple[tuple[Item, ...], tuple[Item, ...], tuple[Item, ...]]:
    """(added, changed, removed), each sorted. Moved rules count as a change of their chain's order."""
    have, want = _items(current), _items(wanted)
    add = [item for key, item in want.items() if key not in have]
    remove = [item for key, item in have.items() if key not in want]
    change = [_changed(have[key], item) for key, item in want.items() if key in have and have[key].text != item.text]
    return tuple(sorted(add)), tuple(sorted([*change, *_moved(current, wanted)])), tuple(sorted(remove))


def _changed(before: Item, after: Item) -> Item:
    return Item(after.kind, after.name, after.text, after.flow, after.group, before.text)


def _items(table: Table) -> Keyed:
    """Everything of a table under a key that outlives a change of its content."""
    found: list[tuple[str, Item]] = []
    if table.exists:
        found.append(("", Item("table", TABLE, TABLE)))
    found += [(name, Item("counter", name, name)) for name in table.counters]
    found += [(name, Item("helper", name, helper_body(kind, transport))) for name, kind, transport in table.helpers]
    for one in table.sets:
        found.append((one.name, Item("set", one.name, set_header(one), group=one.group)))
        for member in one.members:
            found.append((member.value, Item("member", one.name, member_text(member), group=one.group)))
    for chain in table.chains:
        found.append((chain.name, Item("chain", chain.name, chain.hook)))
        seen: Counter[str] = Counter()
        for rule in chain.rules:
            label = rule.comment or rule.text()
            seen[label] += 1
            name = rule.comment or chain.name
            found.append((f"{chain.name} {label} {seen[label]}", Item("rule", name, rule.text(), rule.flow)))
    found += [(name, Item("unknown", TABLE, name)) for name in table.unknown]
    return {(item.kind, item.name, key): item for key, item in found}


def _moved(current: Table, wanted: Table) -> list[Item]:
    """Chains whose rules are the same in another order."""
    have = {chain.name: chain.rules for chain in current.chains}
    return [
        Item("chain", chain.name, "order of rules", before="another order of rules")
        for chain in wanted.chains
        if chain.rules != have.get(chain.name, chain.rules) and Counter(chain.rules) == Counter(have[chain.name])
    ]

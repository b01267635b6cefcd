# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The transaction that leads from one table to another and touches nothing that may stay.

``nft -f`` takes all of it or nothing. Within it, order is what nft needs: what is named must exist, what is deleted
must not be named any more. Rules are replaced chain by chain, and only where they differ; counters keep their values.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..models import Changes, Operation
from . import items
from .names import FAMILY, TABLE
from .render import elements, helper_body, listing, set_header
from .table import ABSENT, AddressSet, Chain, Table

OURS = f"{FAMILY} {TABLE}"


def changes(current: Table, wanted: Table) -> Changes:
    """Empty where both are equal; the undo is the same computation the other way round."""
    if current == wanted:
        return Changes(before=listing(current), after=listing(wanted))
    add, change, remove = items.compare(current, wanted)
    return Changes(
        add=add,
        change=change,
        remove=remove,
        operations=transaction(current, wanted),
        undo=transaction(current=wanted, wanted=current) if current.writable() else None,
        before=listing(current),
        after=listing(wanted),
    )


def script(operations: tuple[Operation, ...]) -> str:
    """One text for ``nft -f``."""
    return "".join(f"{operation.text}\n" for operation in operations)


def transaction(current: Table, wanted: Table) -> tuple[Operation, ...]:
    if current == wanted:
        return ()
    if not wanted.exists:
        return (Operation(f"delete table {OURS}"),)
    if current.exists and not _patchable(current, wanted):
        return (Operation(f"delete table {OURS}"), *transaction(ABSENT, wanted))
    texts = [
        *([] if current.exists else [f"add table {OURS}"]),
        *_new_objects(current, wanted),
        *_members(current, wanted),
        *_rules(current, wanted),
        *_stale_objects(current, wanted),
    ]
    return tuple(Operation(text) for text in texts)


def _patchable(current: Table, wanted: Table) -> bool:
    """Types of sets, helpers and hooks cannot be changed in place; what we do not know cannot be deleted by name."""
    if current.unknown:
        return False
    have = _headers(current)
    return all(have.get(name, header) == header for name, header in _headers(wanted).items())


def _headers(table: Table) -> dict[tuple[str, str], object]:
    found: dict[tuple[str, str], object] = {("set", one.name): (one.type, one.flags) for one in table.sets}
    found.update({("chain", chain.name): chain.hook for chain in table.chains})
    found.update({("helper", name): rest for name, *rest in table.helpers})
    return found


def _new_objects(current: Table, wanted: Table) -> Iterator[str]:
    for name in wanted.counters:
        if name not in current.counters:
            yield f"add counter {OURS} {name}"
    for name, kind, transport in wanted.helpers:
        if (name, kind, transport) not in current.helpers:
            yield f"add ct helper {OURS} {name} {{ {helper_body(kind, transport)} }}"
    have = _by_name(current.sets)
    for one in wanted.sets:
        if one.name not in have:
            yield f"add set {OURS} {one.name} {{ {set_header(one)} }}"
    chains = _by_name(current.chains)
    for chain in wanted.chains:
        if chain.name not in chains:
            yield f"add chain {OURS} {chain.name}" + (f" {{ {chain.hook} }}" if chain.hook else "")


def _members(current: Table, wanted: Table) -> Iterator[str]:
    """Deletions before additions: an interval set takes no overlap, and a transaction has no moment between."""
    have = _by_name(current.sets)
    for one in wanted.sets:
        old = have[one.name].members if one.name in have else ()
        kept = set(old) & set(one.members)
        gone = [member for member in old if member not in kept]
        new = [member for member in one.members if member not in kept]
        if gone:
            values = ",\n".join(f"\t{member.value}" for member in gone)
            yield f"delete element {OURS} {one.name} {{\n{values}\n}}"
        if new:
            yield f"add element {OURS} {one.name} {elements(new, '')}"


def _rules(current: Table, wanted: Table) -> Iterator[str]:
    have = _by_name(current.chains)
    differing = [
        chain for chain in wanted.chains if chain.rules != (have[chain.name].rules if chain.name in have else ())
    ]
    stale = [chain for chain in current.chains if chain.name not in _by_name(wanted.chains)]
    for chain in (*differing, *stale):
        if chain.name in have and have[chain.name].rules:
            yield f"flush chain {OURS} {chain.name}"
    for chain in differing:
        for rule in chain.rules:
            yield f"add rule {OURS} {chain.name} {rule.text()}"


def _stale_objects(current: Table, wanted: Table) -> Iterator[str]:
    for kind, have, want in (
        ("chain", [chain.name for chain in current.chains], _by_name(wanted.chains)),
        ("set", [one.name for one in current.sets], _by_name(wanted.sets)),
        ("counter", current.counters, wanted.counters),
        ("ct helper", [name for name, *_rest in current.helpers], [name for name, *_rest in wanted.helpers]),
    ):
        for name in have:
            if name not in want:
                yield f"delete {kind} {OURS} {name}"


def _by_name(named: tuple[AddressSet, ...] | tuple[Chain, ...]) -> dict:
    return {one.name: one for one in named}

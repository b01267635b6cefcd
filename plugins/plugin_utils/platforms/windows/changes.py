# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What leads from a host's rules to the wanted ones, for reports and reviews; and what the shrink guard compares.

The module on the host gets the whole wanted list and works out the same by itself. The lines here say it to people.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from ..models import Changes, Item, Operation
from ..shrink import HeldSet
from . import powershell
from .names import KEYS, PREFIX, HostRule

#: nothing of ours
ABSENT: tuple[dict[str, Any], ...] = ()
_LISTS = ("local_addresses", "remote_addresses")
_PART = re.compile(r" part [01]+\Z")


def changes(current: Sequence[HostRule], wanted: Sequence[HostRule]) -> Changes:
    """Additions first, then changed rules (the new one before the old one goes), removals last."""
    have, want = _by_name(current), _by_name(wanted)
    add = [name for name in want if name not in have]
    change = [name for name in want if name in have and have[name] != [want[name][0]]]
    remove = [name for name in have if name not in want]
    if not (add or change or remove):
        return Changes(before=listing(current), after=listing(wanted))
    return Changes(
        add=tuple(_item(want[name][0]) for name in add),
        change=tuple(_item(want[name][0], have[name][0]) for name in change),
        remove=tuple(_item(rule) for name in remove for rule in have[name]),
        operations=_operations(have, want),
        undo=_operations(have=want, want=have),
        before=listing(current),
        after=listing(wanted),
    )


def script(operations: Iterable[Operation]) -> str:
    """The lines of a change as one text for PowerShell."""
    return "".join(f"{operation.text}\n" for operation in operations)


def _by_name(rules: Sequence[HostRule]) -> dict[str, list[HostRule]]:
    """Somebody may have copied a rule of ours, so that two have one name."""
    ordered = sorted(rules, key=lambda rule: rule["name"])
    return {name: list(found) for name, found in groupby(ordered, key=lambda rule: rule["name"])}


def _operations(have: dict[str, list[HostRule]], want: dict[str, list[HostRule]]) -> tuple[Operation, ...]:
    added = [powershell.added(rule) for name in want if name not in have for rule in want[name]]
    changed = []
    for name, rules in want.items():
        if name in have and have[name] != rules:
            changed += [powershell.added(rules[0])] if rules[0] not in have[name] else []
            changed.append(powershell.removed(rules[0], instead=rules[0]))
            changed += [powershell.added(rule) for rule in rules[1:]]
    removed = [powershell.removed(have[name][0]) for name in have if name not in want]
    return tuple(Operation(text) for text in (*added, *changed, *removed))


def _item(rule: HostRule, before: HostRule | None = None) -> Item:
    name = rule["name"]
    flow = name.removeprefix(PREFIX).split(" ")[0] if name.startswith(PREFIX) else ""
    return Item("rule", name, summary(rule), flow, before=summary(before) if before else "")


def summary(rule: HostRule) -> str:
    """One line: what a rule lets through."""
    ports = [f"{word} {' '.join(rule[key])}" for word, key in (("to", "local_ports"), ("to remote", "remote_ports"))
             if rule[key]]  # fmt: skip
    count = len(rule["remote_addresses"])
    who = " ".join(rule["remote_addresses"]) if count <= 4 else f"{count} address ranges"
    words = [rule["action"], rule["direction"], rule["protocol"], *rule["icmp_types"], *ports, "remote", who]
    return " ".join([*words, *([] if rule["enabled"] else ["(disabled)"])])


def listing(rules: Iterable[HostRule]) -> str:
    """Every property, an address a line, as a reader compares it; empty where there is no rule."""
    lines = []
    for rule in rules:
        lines.append(rule["name"])
        for key in (*KEYS[1:], *sorted(set(rule) - set(KEYS))):
            value = rule[key]
            if key in _LISTS and len(value) > 1:
                lines += [f"    {key}:", *(f"        {item}" for item in value)]
            else:
                lines.append(f"    {key}: {' '.join(value) if isinstance(value, list) else value}".rstrip())
    return "".join(f"{line}\n" for line in lines)


def address_sets(rules: Iterable[HostRule]) -> tuple[HeldSet, ...]:
    """Who may call, by rule; parts of one rule are one set. Ranges are left out: they are what holes leave of a
    network, and another hole makes other ranges without that anybody has left."""
    found: dict[str, list[tuple[str, str]]] = {}
    for rule in rules:
        members = found.setdefault(_PART.sub("", rule["name"]), [])
        members += [(entry, "") for entry in rule["remote_addresses"] if "/" in entry]
    return tuple(HeldSet(name, tuple(members)) for name, members in found.items() if members)


def spoken(name: str) -> str:
    """An inventory name as the host has it: none stands there, so every name is its own."""
    return name

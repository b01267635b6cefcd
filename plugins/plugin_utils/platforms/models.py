# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a platform can do, what it was asked to permit, and what would change on a device."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..plan.models import Follow, Group, PortRange, Rule

MODES = ("add", "enforce")
IPV4, IPV6 = 4, 6


@dataclass(frozen=True)
class Supports:
    """What a driver can express; the engine compares it with what rules use."""

    transports: tuple[str, ...]
    icmp_types: tuple[str, ...]
    # helper of a plan's Follow -> transports of the first connection that it can inspect
    helpers: tuple[tuple[str, tuple[str, ...]], ...]
    families: tuple[int, ...]
    excluded: bool  # a group may have holes
    stateful: bool  # replies pass by themselves
    modes: tuple[str, ...]
    # which address of a published host its rules see as destination: real (after translation) or published (before it)
    nat: str
    dynamic_ports: str  # one sentence for the capability table
    confirms: str  # how an unconfirmed change goes back: one sentence for the capability table
    # helpers that read no packet (a keyword for the ports that a service has said it uses): they alter nothing on the
    # way, so the support boundary has nothing against them
    untouching: tuple[str, ...] = ()

    def can_inspect(self, helper: str, transport: str) -> bool:
        return transport in dict(self.helpers).get(helper, ())


@dataclass(frozen=True)
class Permit:
    """One allow entry after the engine decided how the second connections of a rule are satisfied."""

    id: str
    flow: str
    title: str
    source: Group
    destination: Group
    transport: str
    ports: tuple[PortRange, ...] = ()
    icmp_types: tuple[str, ...] = ()
    helper: str = ""  # the engine that watches this connection
    announced_by: str = ""  # admitted only where this engine saw the connection announced
    # what it was made from, for words and for a platform that satisfies only one direction by its engine
    rule: Rule | None = field(default=None, compare=False, repr=False)
    follow: Follow | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, order=True)
class Item:
    """One thing on a device, as a report names it."""

    kind: str  # rule, member, set, counter, chain, helper, table
    name: str  # what holds it or how it is called there: rule id, set, counter, chain
    text: str  # in the platform's own words
    flow: str = ""
    group: str = ""
    before: str = ""  # of a change: the text it had


@dataclass(frozen=True)
class Operation:
    """One line or block to send, in order."""

    text: str


@dataclass(frozen=True)
class Changes:
    """Everything that leads from what a device has to what the plan wants."""

    add: tuple[Item, ...] = ()
    change: tuple[Item, ...] = ()
    remove: tuple[Item, ...] = ()
    operations: tuple[Operation, ...] = ()
    # None where the device holds something of ours that we cannot write down again; it then goes back by its own copy
    undo: tuple[Operation, ...] | None = ()
    before: str = ""
    after: str = ""

    def __bool__(self) -> bool:
        return bool(self.operations)

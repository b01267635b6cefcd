# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The neutral records of a plan: what must be allowed, before any platform's syntax."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

# An address range is written as a CIDR string in canonical form ("192.0.2.1/32", "2001:db8::/64"),
# a port range as a pair (low, high). Tuples are sorted, so equal content gives equal bytes.
PortRange = tuple[int, int]
Owner = tuple[str, str]  # (prefix, inventory host or party)

ANY_ADDRESS = ("0.0.0.0/0", "::/0")


@dataclass(frozen=True)
class Group:
    """A named set of addresses; the same name means the same content within one plan.

    An address belongs to the group when a prefix of ``members`` holds it and no prefix of ``excluded`` does.
    ``excluded`` lists the prefixes inside ``members`` that belong to somebody else, since the longest prefix decides.
    """

    name: str
    members: tuple[str, ...]
    excluded: tuple[str, ...] = ()
    # (prefix, inventory host or party), to say who an address is
    labels: tuple[tuple[str, str], ...] = field(default=(), compare=False)


def shared_label(labels: Mapping[str, str], prefix: str, name: str) -> str:
    """What an address is called once ``name`` has it too: load balancers share virtual ones ("lb1+lb2")."""
    before = labels.get(prefix, name)
    return before if name in before.split("+") else f"{before}+{name}"


@dataclass(frozen=True)
class Follow:
    """A second connection that the first one agrees on while it runs."""

    id: str
    direction: str  # to_listener, to_initiator or both
    transport: str  # tcp or udp
    ports: tuple[PortRange, ...]  # where no engine follows the first connection
    helper: str = ""  # dcerpc, h323: the engine that can follow it; empty where none can
    static: bool = False  # ports were fixed by the administrator, so no engine is needed
    title: str = ""


@dataclass(frozen=True)
class Rule:
    """One allow rule: who may call whom on what, and which flow wants it."""

    id: str
    flow: str  # flow id of the catalog; "management" for the connections that Ansible itself needs
    title: str
    need: str  # one sentence: why it is open
    source: Group
    destination: Group
    transport: str  # tcp, udp, icmp, esp, ah or any
    ports: tuple[PortRange, ...] = ()
    icmp_types: tuple[str, ...] = ()
    follows: tuple[Follow, ...] = ()
    features: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    confidence: str = "confirmed"
    boundary: bool = False  # inside Microsoft's support boundary: no inspection engine may touch it
    owner: str = ""
    expiry: str = ""


@dataclass(frozen=True)
class Managed:
    """A protected host as Ansible reaches it: what must not be cut, and what a confirmation tries."""

    name: str
    addresses: tuple[str, ...]
    ports: tuple[int, ...]  # TCP
    target: str  # what the controller connects to, ansible_host
    organization: str = "default"


@dataclass(frozen=True)
class OwnAddresses:
    """The addresses of a host that applies rules to itself, by what comes in on them."""

    mail: tuple[str, ...]  # those that serve mail
    replication: tuple[str, ...] = ()
    # of load balancers in front that pass packets on as they are, so that they may arrive with these
    virtual: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        return (*self.mail, *self.replication)


@dataclass(frozen=True)
class Slice:
    """The part of the plan that one enforcement point applies."""

    host: str
    platform: str
    rules: tuple[Rule, ...]
    protected: Group  # addresses whose traffic `enforce` judges
    management: Group  # networks that Ansible connects from
    zones: tuple[tuple[str, tuple[str, ...]], ...] = ()  # (interface or zone, prefixes)
    digest: str = ""
    # what keeps Ansible's own way to the protected hosts open
    management_rules: tuple[Rule, ...] = ()
    managed: tuple[Managed, ...] = ()
    # all that today's inventory knows, whether this device has rules for it or not
    known: tuple[Owner, ...] = field(default=(), compare=False)
    published: tuple[tuple[str, str], ...] = ()  # (real address, address that stands for it beyond translation)
    own: OwnAddresses | None = None  # of a host that applies rules to itself
    windows: str = ""  # of such a host: its Windows Server, as far as it is known
    by_hand: str = ""  # of such a host: why its rules are only written to files; empty where Ansible applies them

    def whole(self) -> Slice:
        """The slice as a driver renders it: with the management rules, in either mode.

        `add` drops nothing itself, but another chain may drop what carries no mark of ours. A gateway that goes from
        `enforce` to `add` beside such a chain would else cut Ansible's way to the servers.
        """
        return replace(self, rules=tuple(sorted((*self.rules, *self.management_rules), key=lambda rule: rule.id)))


@dataclass(frozen=True)
class Plan:
    """All rules of the fleet, computed once."""

    rules: tuple[Rule, ...]
    management_rules: tuple[Rule, ...]
    protected: Group
    management: Group
    warnings: tuple[str, ...]
    narrowed: bool  # whether the support boundary was narrowed on request
    digest: str  # equal for equal content
    published: tuple[tuple[str, str], ...] = ()  # (real address, address that stands for it beyond translation)
    names: tuple[tuple[str, str, tuple[str, ...]], ...] = ()  # (host, name that was resolved, its addresses)

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The records of ``catalog/windows`` and ``catalog/appliances``, as ``catalog/README.md`` explains them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from .models import PortRange

#: in place of ports: the word of a Windows rule that stands for them, by its id in ``keywords.yml``
RPC = "rpc"
RPC_EPMAP = "rpc_epmap"
Ports = tuple[PortRange, ...] | str


@dataclass(frozen=True)
class Place:
    """Where a fact holds: each of the versions with each of the server roles."""

    versions: tuple[str, ...]
    server_roles: tuple[str, ...]
    confidence: str

    def holds(self, versions: Collection[str], server_roles: Collection[str]) -> bool:
        """Whether one of these servers is there; nothing asked means any."""
        return (not versions or bool(set(versions) & set(self.versions))) and (
            not server_roles or bool(set(server_roles) & set(self.server_roles))
        )


@dataclass(frozen=True)
class Service:
    """A program, and mostly a Windows service, that listens."""

    id: str
    title: str
    available: tuple[Place, ...]
    transport: str
    ports: Ports
    program: str
    bind: str  # program or service: what a rule names to be no wider than needed
    sources: tuple[str, ...]
    service: str = ""
    remarks: str = ""


@dataclass(frozen=True)
class SetupRule:
    """An inbound rule that Exchange Setup makes: TCP, allow, every profile, every address."""

    id: str
    name: str
    available: tuple[Place, ...]
    sources: tuple[str, ...]
    ports: Ports = ()  # none: nobody read them
    printed: str = ""  # the name in a document that spells it otherwise
    program: str = ""
    service: str = ""
    remarks: str = ""

    @property
    def any_program(self) -> bool:
        return not self.program


@dataclass(frozen=True)
class StaticPort:
    """A registry value that gives an RPC service a fixed port."""

    id: str
    title: str
    available: tuple[Place, ...]
    follow: str  # id of the follow whose ports it replaces
    service: str
    key: str
    value: str
    type: str
    restart: str  # service or computer
    sources: tuple[str, ...]
    recommended: tuple[PortRange, ...] = ()
    remarks: str = ""


@dataclass(frozen=True)
class Keyword:
    """A word of a Windows rule that stands for ports."""

    id: str
    title: str
    satisfies: str  # rpc_dynamic, or ports
    transport: str
    direction: str
    side: str
    spellings: tuple[tuple[str, str], ...]  # (interface, spelling), sorted
    since: str  # id of a Windows version
    narrow_by: str
    sources: tuple[str, ...]
    confidence: str
    ports: tuple[PortRange, ...] = ()
    remarks: str = ""


@dataclass(frozen=True)
class Engine:
    """An inspection engine of an appliance, or the lack of one."""

    id: str
    vendor: str
    engine: str
    transport: str
    ports: tuple[PortRange, ...]
    effect: str  # follows, alters, checks, none
    does: str
    default: str  # enabled, disabled, per_rule, varies, absent
    evidence: str
    helper: str = ""
    protocol: str = ""
    limits: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    remarks: str = ""


@dataclass(frozen=True)
class Application:
    """A predefined name of an appliance, and what it stands for."""

    id: str
    vendor: str
    name: str
    kind: str
    use: str  # ok, care, avoid
    evidence: str
    tcp: tuple[PortRange, ...] = ()
    udp: tuple[PortRange, ...] = ()
    interface: str = ""
    members: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    remarks: str = ""

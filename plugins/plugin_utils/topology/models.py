# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is where: inventory hosts and networks bound to the catalog's parties."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..catalog.models import Catalog, PortRange


@dataclass(frozen=True)
class HostInput:
    """What the inventory says of one host: its groups, its templated variables, and those that could not be read."""

    name: str
    groups: tuple[str, ...] = ()
    variables: Mapping[str, Any] = field(default_factory=dict)
    unreadable: Mapping[str, str] = field(default_factory=dict)  # variable -> why


@dataclass(frozen=True)
class Host:
    """One inventory host of the topology. Addresses are CIDR strings of full length."""

    name: str
    organization: str = "default"
    version: str = ""  # "" for hosts that are no Exchange servers
    parties: frozenset[str] = frozenset()  # server roles and the party
    features: frozenset[str] = frozenset()
    addresses: tuple[str, ...] = ()
    replication: tuple[str, ...] = ()
    virtual: tuple[str, ...] = ()  # of a load balancer: what clients call in place of its addresses
    routing_group: str = ""
    site: str = ""
    dag: str = ""
    servers: frozenset[str] = frozenset()  # of a load balancer; empty means every server
    keeps_client: bool | None = None  # of a load balancer: whether servers see the client's address; None: not said
    published: tuple[tuple[str, tuple[str, ...]], ...] = ()  # (own address, addresses that stand for it outside)
    names: tuple[tuple[str, tuple[str, ...]], ...] = ()  # (name that was resolved, its addresses)
    windows: str = ""
    dynamic_ports: tuple[PortRange, ...] = ()
    static_ports: Mapping[str, tuple[PortRange, ...]] = field(default_factory=dict)
    platform: str = ""
    zones: tuple[tuple[str, tuple[str, ...]], ...] = ()  # (interface or zone, prefixes)
    connection_ports: tuple[int, ...] = ()  # TCP ports that Ansible manages it through
    target: str = ""  # what Ansible connects to: ansible_host or the name
    enforcement: str = ""  # what was said of its own firewall: yes, no, artifacts

    @property
    def is_balancer(self) -> bool:
        return LOAD_BALANCER in self.parties

    @property
    def is_protected(self) -> bool:
        """Whether `enforce` judges its traffic."""
        return bool(self.version) or self.is_balancer

    @property
    def is_point(self) -> bool:
        """Whether its own firewall gets rules: Exchange servers and witnesses, others where somebody says so."""
        if self.zones or self.is_balancer or self.enforcement == "no":
            return False
        return bool(self.version or WITNESS in self.parties or self.enforcement)

    @property
    def called(self) -> tuple[str, ...]:
        """The addresses that others call."""
        return self.virtual or self.addresses


LOAD_BALANCER = "load_balancer"
WITNESS = "witness"


@dataclass(frozen=True)
class Organization:
    """What belongs to one Exchange organization and is the same for all of its hosts."""

    name: str
    networks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # party -> prefixes
    management: tuple[str, ...] = ()
    # the catalog with its own flows and overrides; None where it has neither
    catalog: Catalog | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Topology:
    """Hosts and organizations, both by name and sorted, with what is worth a warning."""

    hosts: Mapping[str, Host]
    organizations: Mapping[str, Organization]
    warnings: tuple[str, ...] = ()
    # host -> its variables with problems, so that it may be something else than it seems; "" stands for the fleet
    doubtful: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def members(self, organization: str) -> list[Host]:
        return [host for host in self.hosts.values() if host.organization == organization]

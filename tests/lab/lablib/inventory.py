# SPDX-License-Identifier: GPL-3.0-or-later
"""An example inventory as Ansible merges it, and the lab's parties: every host, and one address of each network."""

from __future__ import annotations

import ipaddress
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
# Documentation prefixes (RFC 5737, RFC 3849) that the examples leave to the Internet.
INTERNET_SAMPLES = ("203.0.113.77", "2001:db8:ffff::77")
TOOLS = Path(sys.executable).parent


@dataclass(frozen=True)
class Party:
    """One end of the sweep: an inventory host, or a sample of a declared network or of the Internet."""

    name: str
    addresses: tuple[str, ...]


@dataclass(frozen=True)
class Inventory:
    """Merged variables of every host, its groups, and the zones of the gateway."""

    source: tuple[Path, ...]
    gateway: str
    hosts: Mapping[str, Mapping[str, object]]
    groups: Mapping[str, frozenset[str]] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)  # what the inventory names, by its path

    @cached_property
    def zones(self) -> dict[str, list[Network]]:
        declared = self.hosts[self.gateway]["exchange_zones"]
        return {name: [ipaddress.ip_network(n) for n in networks] for name, networks in declared.items()}

    def organization(self, host: str) -> str:
        return str(self.hosts[host].get("exchange_organization", "default"))

    def fleet(self, variable: str, organization: str) -> Mapping[str, list[str]]:
        """A variable that is the same on every host of an organization."""
        members = [values for host, values in self.hosts.items() if self.organization(host) == organization]
        said = [values[variable] for values in members if variable in values]
        return said[0] if said else {}

    @cached_property
    def networks(self) -> list[tuple[str, str, Network]]:
        """(organization, party, network) of everything that `exchange_networks` declares."""
        found = []
        for organization in sorted({self.organization(host) for host in self.hosts}):
            for party, listed in sorted(self.fleet("exchange_networks", organization).items()):
                found += [(organization, party, ipaddress.ip_network(network)) for network in listed]
            for network in self._online(organization):
                found.append((organization, "exchange_online", ipaddress.ip_network(network)))
        return found

    def _online(self, organization: str) -> list[str]:
        """Addresses of Exchange Online out of the file that `exchange_online_endpoints` names."""
        said = self.fleet("exchange_online_endpoints", organization)
        areas = said.get("service_areas", ["Exchange"])
        records = json.loads(self.files[said["file"]]) if said else []
        return [network for record in records if record["serviceArea"] in areas for network in record.get("ips", [])]

    def management(self, organization: str = "default") -> list[Network]:
        listed = self.fleet("exchange_management_networks", organization) or ()
        return [ipaddress.ip_network(network) for network in listed]

    def addresses(self, host: str) -> list[str]:
        """The addresses that serve mail, or that a party has."""
        said = self.hosts[host].get("exchange_addresses") or [self.hosts[host].get("ansible_host", host)]
        return [str(ipaddress.ip_address(address)) for address in ([said] if isinstance(said, str) else said)]

    def replication(self, host: str) -> list[str]:
        return [str(ipaddress.ip_address(a)) for a in self.hosts[host].get("exchange_replication_addresses", ())]

    def virtual(self, host: str) -> list[str]:
        """What clients of a load balancer call in place of its addresses."""
        return [str(ipaddress.ip_address(a)) for a in self.hosts[host].get("exchange_virtual_addresses", ())]

    def is_end(self, host: str) -> bool:
        """Whether the host is an end of flows at all: the gateway is none."""
        named = self.groups.get(host, frozenset())
        mine = self.organization(host)
        by_group = [*self.fleet("exchange_party_groups", mine), *self.fleet("exchange_role_groups", mine)]
        said = self.hosts[host].keys() & {"exchange_version", "exchange_roles", "exchange_party"}
        return bool(said or named.intersection(by_group))

    @cached_property
    def parties(self) -> list[Party]:
        """Hosts first, then a sample of each network, of the management networks and of the Internet."""
        ends = [host for host in sorted(self.hosts) if self.is_end(host)]
        found = [Party(host, tuple(self._all_of(host))) for host in ends]
        taken = {address for party in found for address in party.addresses}
        declared: dict[str, list[Network]] = {}
        for _organization, party, network in self.networks:
            declared.setdefault(party, []).append(network)
        for name, networks in [*sorted(declared.items()), ("management", self._all_management())]:
            samples = tuple(dict.fromkeys(self._sample(network, taken) for network in networks))
            taken.update(samples)
            if samples:
                found.append(Party(f"network {name}", samples))
        return [*found, Party("network internet", INTERNET_SAMPLES)]

    def _all_of(self, host: str) -> list[str]:
        return list(dict.fromkeys([*self.addresses(host), *self.replication(host), *self.virtual(host)]))

    def _all_management(self) -> list[Network]:
        names = sorted({self.organization(host) for host in self.hosts})
        return list(dict.fromkeys(network for name in names for network in self.management(name)))

    def _sample(self, network: Network, taken: Iterable[str]) -> str:
        """The highest address (but for the last) that no host has and no longer prefix holds."""
        others = [n for _organization, _party, n in self.networks if n != network]
        inner = [n for n in others if n.version == network.version and n.subnet_of(network)]
        for offset in range(2, min(network.num_addresses, 4096) + 1):
            candidate = network[-offset] if network.num_addresses > 1 else network[0]
            if str(candidate) not in taken and not any(candidate in n for n in inner):
                return str(candidate)
        if str(network[0]) not in taken:
            return str(network[0])
        raise ValueError(f"no free address in {network}")

    def zone(self, address: str) -> str:
        """The gateway's interface that an address lies behind: the longest prefix decides."""
        parsed = ipaddress.ip_address(address)
        fits = [(n.prefixlen, name) for name, networks in self.zones.items() for n in networks if parsed in n]
        if not fits:
            raise ValueError(f"{address} lies in no zone of {self.gateway}")
        return max(fits)[1]

    def layout(self) -> dict[str, list[str]]:
        """Interface -> all addresses behind it, for `Lab`."""
        placed: dict[str, list[str]] = {name: [] for name in self.zones}
        for party in self.parties:
            for address in party.addresses:
                if address not in placed[self.zone(address)]:
                    placed[self.zone(address)].append(address)
        return placed


def read_inventory(*sources: Path, gateway: str = "gw1") -> Inventory:
    """What `ansible-inventory` makes of one or several inventories."""
    words = [str(TOOLS / "ansible-inventory"), *(word for source in sources for word in ("-i", str(source))), "--list"]
    environment = {**os.environ, "ANSIBLE_LOCALHOST_WARNING": "false"}
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=120, env=environment)
    listing = json.loads(done.stdout)
    hosts = listing.pop("_meta")["hostvars"]
    return Inventory(tuple(sources), gateway, hosts, _membership(listing))


def _membership(listing: Mapping[str, Mapping[str, list[str]]]) -> dict[str, frozenset[str]]:
    """Host -> every group that holds it, directly or through child groups."""

    def members(group: str) -> set[str]:
        entry = listing.get(group, {})
        return set(entry.get("hosts", ())).union(*(members(child) for child in entry.get("children", ())))

    found: dict[str, set[str]] = {}
    for group in listing:
        for host in members(group):
            found.setdefault(host, set()).add(group)
    return {host: frozenset(groups) for host, groups in found.items()}

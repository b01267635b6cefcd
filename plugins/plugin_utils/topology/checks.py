# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be wrong between hosts, networks and zones that are each right for themselves."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ..problems import Problem
from ..words import closest
from .models import Host, Organization


def address_problems(hosts: Mapping[str, Host], organizations: Mapping[str, Organization]) -> list[Problem]:
    """Equal addresses of two hosts and equal prefixes of two parties: the longest prefix could not decide."""
    problems, owners = [], {}
    for host in hosts.values():
        for prefix in (*host.addresses, *host.replication):
            other = owners.setdefault(prefix, host.name)
            if other != host.name:
                text = f"{prefix.split('/')[0]} is also an address of {other}; an address belongs to one host."
                problems.append(Problem("address-twice", host.name, "exchange_addresses", text))
            elif prefix in host.addresses and prefix in host.replication:
                text = (
                    f"{prefix.split('/')[0]} also stands in exchange_addresses; replication addresses are kept apart."
                )
                problems.append(Problem("address-twice", host.name, "exchange_replication_addresses", text))
    for organization in organizations.values():
        for party, prefixes in organization.networks.items():
            for prefix in prefixes:
                owner = f"party {party}"  # in two organizations it may well be the same clients
                other = owners.setdefault(prefix, owner)
                if other != owner:
                    text = f"{prefix} of {party} is also declared by {other}; equal prefixes cannot be told apart."
                    problems.append(Problem("network-twice", "", "exchange_networks", text))
    return problems


def zone_problems(hosts: Mapping[str, Host]) -> list[Problem]:
    problems = []
    for host in hosts.values():
        owners: dict[str, str] = {}
        for zone, prefixes in host.zones:
            for prefix in prefixes:
                other = owners.setdefault(prefix, zone)
                if other != zone:
                    text = f"{prefix} lies in the zones {other} and {zone}; only nested networks may overlap."
                    problems.append(Problem("zones-overlap", host.name, "exchange_zones", text))
        if len(host.zones) == 1:
            text = "an appliance has traffic to judge between two zones at least; only one is named."
            problems.append(Problem("one-zone", host.name, "exchange_zones", text))
    return problems


def server_problems(hosts: Mapping[str, Host], doubtful: Collection[str]) -> list[Problem]:
    problems = []
    for host in hosts.values():
        for name in sorted(host.servers):
            if name not in doubtful and (name not in hosts or not hosts[name].version):
                servers = [other.name for other in hosts.values() if other.version]
                text = f"{name!r} is no Exchange server of the inventory{closest(name, servers)}."
                problems.append(Problem("unknown-server", host.name, "exchange_servers", text))
        if host.servers and not host.is_balancer:
            text = "only a load balancer (exchange_party: load_balancer) has servers behind it."
            problems.append(Problem("servers-without-balancer", host.name, "exchange_servers", text))
    return problems

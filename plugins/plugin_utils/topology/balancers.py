# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be wrong with the virtual addresses of load balancers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from ..problems import Problem
from .models import Host

_VARIABLE = "exchange_virtual_addresses"


def balancer_problems(hosts: Mapping[str, Host], doubtful: Collection[str]) -> Iterable[Problem]:
    """``doubtful`` names hosts that may be something else than they seem, so nothing is concluded from them."""
    owners = {prefix: host for host in hosts.values() for prefix in (*host.addresses, *host.replication)}
    shared: dict[str, Host] = {}
    for host in hosts.values():
        if not host.is_balancer and host.name not in doubtful:
            yield from _of_nobody(host)
        for prefix in host.virtual:
            other = owners.get(prefix, host)
            partner = shared.setdefault(prefix, host)
            address = prefix.split("/")[0]
            if other is not host or prefix in host.replication:
                text = f"{address} is also an address of {other.name}; only load balancers share a virtual address."
                yield Problem("address-twice", host.name, _VARIABLE, text)
            elif partner.organization != host.organization:
                text = (
                    f"{address} is also a virtual address of {partner.name}, which belongs to another organization; "
                    "give each organization addresses of its own."
                )
                yield Problem("address-twice", host.name, _VARIABLE, text)


def _of_nobody(host: Host) -> Iterable[Problem]:
    said = {_VARIABLE: bool(host.virtual), "exchange_keeps_client_address": host.keeps_client is not None}
    for variable, found in said.items():
        if found:
            text = "only a load balancer (exchange_party: load_balancer) has it; take it away, or say the party."
            yield Problem("not-a-balancer", host.name, variable, text)

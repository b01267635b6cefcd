# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers that only their load balancer calls, since it does not keep the client's address."""

from __future__ import annotations

from dataclasses import replace

from ..catalog.models import Catalog, Flow
from ..topology.models import LOAD_BALANCER, Host
from .ends import Ends, Side


def exposed(catalog: Catalog, ends: Ends, flow: Flow, listeners: Side) -> Side:
    """The listeners that the flow's initiators really call: no server that a balancer stands for."""
    if LOAD_BALANCER not in flow.listener.parties:
        return listeners
    balancers = [host for host in listeners.hosts if host.is_balancer]
    hiding = [host for host in balancers if host.keeps_client is False]
    if not hiding:
        return listeners
    relays = [other for other in catalog.flows.values() if _passes_on(other, flow)]
    hidden = _behind(ends, relays, hiding) - _behind(ends, [flow], [host for host in balancers if host not in hiding])
    kept = tuple(host for host in listeners.hosts if host.name not in hidden)
    if len(kept) == len(listeners.hosts):
        return listeners
    parties = tuple(
        party
        for party in listeners.parties
        if party in listeners.networks or any(party in host.parties for host in kept)
    )
    word = ("in-person",) if any(not host.is_balancer for host in kept) else ()
    return replace(listeners, hosts=kept, parties=parties, narrowed=(*listeners.narrowed, *word))


def _passes_on(relay: Flow, flow: Flow) -> bool:
    """Whether ``relay`` is how a balancer passes on what came by ``flow``."""
    return (
        relay.openable
        and not (relay.off or relay.withheld)
        and LOAD_BALANCER in relay.initiator.parties
        and relay.transport == flow.transport
        and all(any(low <= first and last <= high for low, high in relay.ports) for first, last in flow.ports)
    )


def _behind(ends: Ends, flows: list[Flow], balancers: list[Host]) -> set[str]:
    """Servers behind these balancers that listen to one of the flows."""
    found = set()
    for flow in flows:
        callers = {host.name for host in ends.side(flow, flow.initiator).hosts}
        for server in ends.side(flow, flow.listener).hosts:
            for balancer in balancers:
                calls = balancer.name in callers or LOAD_BALANCER not in flow.initiator.parties
                if calls and not server.is_balancer and (not balancer.servers or server.name in balancer.servers):
                    found.add(server.name)
    return found

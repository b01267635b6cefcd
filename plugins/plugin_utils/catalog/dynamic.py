# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The dynamic ranges that hold a port: what listens there was announced on 135 first, and by no number of its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .load import port_text
from .models import RPC_DYNAMIC, Catalog, Flow, Product


def ranges_of(catalog: Catalog, ports: Iterable[int], versions: Iterable[str] = ()) -> list[dict[str, Any]]:
    """Ranges by Exchange and Windows version that hold one of the ports, each with the flows that lead into it."""
    wanted, numbers = set(versions), list(ports)
    exchange = [p for p in catalog.products.values() if not wanted or p.id in wanted]
    rpc = [flow for flow in catalog.flows.values() if any(follow.ports == RPC_DYNAMIC for follow in flow.follows)]
    found = []
    for kind, products in (("exchange", exchange), ("windows", list(catalog.windows.values()))):
        for product in products:
            held = [number for number in numbers if _holds(product, number)]
            if held:
                flows = [flow.id for flow in rpc if _listens(catalog, flow, kind, product)]
                found.append(_range(kind, product, held, flows))
    return found


def _holds(product: Product, number: int) -> bool:
    return any(low <= number <= high for low, high in product.dynamic_rpc.ports)


def _listens(catalog: Catalog, flow: Flow, kind: str, product: Product) -> bool:
    """Whether a server of this version, or a host that is none, answers the flow."""
    if kind == "windows":
        return any(party not in catalog.server_roles for party in flow.listener.parties)
    return any(flow.listener.holds(role, product.id) for role in product.server_roles)


def _range(kind: str, product: Product, held: list[int], flows: list[str]) -> dict[str, Any]:
    dynamic = product.dynamic_rpc
    return {
        "kind": kind,
        "version": product.id,
        "title": product.title,
        "held": held,
        "ports": [port_text(pair) for pair in dynamic.ports],
        "confidence": dynamic.confidence,
        "sources": list(dynamic.sources),
        "remarks": dynamic.remarks,
        "flows": flows,
    }

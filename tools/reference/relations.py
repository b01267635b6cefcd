# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions that the pages ask of a catalog: who stands where, in which version, and by which document."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.load import port_text
from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.models import (
    RPC_DYNAMIC,
    Catalog,
    End,
    Flow,
    FollowUp,
    PortRange,
)


@dataclass(frozen=True)
class Protocol:
    """A page: a protocol of the catalog, or one that the article names, or both under one address."""

    slug: str
    title: str
    article: str
    flows: tuple[Flow, ...]


def slug(name: str) -> str:
    """ "SMTP/LSA" -> "smtp-lsa"; what stands in brackets explains a name and is no part of its address."""
    bare = re.sub(r"\(.*?\)", "", name).lower()
    return re.sub("[^a-z0-9]+", "-", bare).strip("-") or "unnamed"


def stands_at(catalog: Catalog, end: End, version: str, role: str) -> bool:
    return role in catalog.products[version].server_roles and end.holds(role, version)


def end_versions(catalog: Catalog, end: End) -> list[str]:
    """Versions whose servers can stand at this end; empty where no server does."""
    roles = [party for party in end.parties if party in catalog.server_roles]
    return [v for v in catalog.products if any(stands_at(catalog, end, v, role) for role in roles)]


def flow_versions(catalog: Catalog, flow: Flow) -> list[str]:
    held = {*end_versions(catalog, flow.initiator), *end_versions(catalog, flow.listener)}
    return [version for version in catalog.products if version in held]


def state(flow: Flow) -> str:
    """How a rule comes of the flow; a word of words.STATES."""
    if not flow.openable:
        return "never"
    if flow.inside_boundary:
        return "boundary"
    if flow.confidence == "unconfirmed":
        return "asked"
    return "feature" if flow.features else "default"


def of_server(catalog: Catalog, version: str, role: str) -> dict[str, list[Flow]]:
    """The flows of a server role of a version: "in" calls it, "out" it makes."""
    flows = list(catalog.flows.values())
    called = [flow for flow in flows if stands_at(catalog, flow.listener, version, role)]
    calling = [flow for flow in flows if stands_at(catalog, flow.initiator, version, role)]
    # equal other ends stand together, as readers look for them
    return {
        "in": sorted(called, key=lambda flow: (flow.initiator.parties, flow.id)),
        "out": sorted(calling, key=lambda flow: (flow.listener.parties, flow.id)),
    }


def grouped(flows: list[Flow]) -> dict[str, list[Flow]]:
    groups = defaultdict(list)
    for flow in flows:
        groups[state(flow)].append(flow)
    return groups


def ports_text(flow: Flow | FollowUp) -> str:
    """TCP 25, 587; ICMP echo-request; ESP."""
    if flow.transport == "any":
        return "everything"
    if flow.ports == RPC_DYNAMIC:
        return f"{flow.transport.upper()} dynamic RPC range"
    numbers = [port_text(pair) for pair in flow.ports] or list(getattr(flow, "icmp_types", ()))
    return f"{flow.transport.upper()} {', '.join(numbers)}".strip()


def documents(flow: Flow) -> list[str]:
    return list(dict.fromkeys([*flow.sources, *(key for follow in flow.follows for key in follow.sources)]))


def protocols(catalog: Catalog, article: list[str]) -> list[Protocol]:
    """The article's first and in its order, then the others by name; equal addresses are one page."""
    pages: dict[str, tuple[str, str]] = {slug(name): (name, name) for name in article}
    for name in sorted({flow.protocol for flow in catalog.flows.values()}, key=lambda name: (name.lower(), name)):
        pages.setdefault(slug(name), (name, ""))
    found = []
    for address, (title, said) in pages.items():
        of_page = [
            flow
            for flow in catalog.flows.values()
            if slug(flow.protocol) == address or (flow.article and slug(flow.article) == address)
        ]
        if of_page:
            found.append(Protocol(address, title, said, tuple(of_page)))
    return found


def port_uses(catalog: Catalog) -> dict[PortRange, list[tuple[Flow, FollowUp | None]]]:
    """Every port and range with who uses it, from low to high; a second connection comes with its first."""
    uses: dict[PortRange, list[tuple[Flow, FollowUp | None]]] = defaultdict(list)
    for flow in catalog.flows.values():
        for pair in flow.ports:
            uses[pair].append((flow, None))
        for follow in flow.follows:
            for pair in follow.ports if follow.ports != RPC_DYNAMIC else ():
                uses[pair].append((flow, follow))
    return dict(sorted(uses.items()))


def dynamic_ranges(catalog: Catalog) -> dict[PortRange, list[str]]:
    """The dynamic RPC ranges, each with the titles of the versions that have it."""
    ranges = defaultdict(list)
    for product in (*catalog.products.values(), *catalog.windows.values()):
        for pair in product.dynamic_rpc.ports:
            ranges[pair].append(product.title)
    return dict(sorted(ranges.items()))


def features_of(catalog: Catalog, version: str, role: str) -> list[str]:
    return [feature.id for feature in catalog.features.values() if feature.exists_in(version, role)]


def flows_of_feature(catalog: Catalog, feature: str) -> list[Flow]:
    return [
        flow
        for flow in catalog.flows.values()
        if feature in flow.features or any(follow.feature == feature for follow in flow.follows)
    ]


def cited_by(catalog: Catalog) -> dict[str, list[tuple[str, str]]]:
    """Source -> (kind, id) of what rests on it: flows, features, and dynamic ranges by title."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for kind, entry, keys in _citations(catalog):
        for key in keys:
            found[key].append((kind, entry))
    return found


def _citations(catalog: Catalog) -> Iterator[tuple[str, str, list[str]]]:
    for flow in catalog.flows.values():
        yield "flow", flow.id, documents(flow)
    for feature in catalog.features.values():
        yield "feature", feature.id, list(feature.sources)
    for product in (*catalog.products.values(), *catalog.windows.values()):
        yield "range", product.title, list(product.dynamic_rpc.sources)

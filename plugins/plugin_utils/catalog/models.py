# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The records of the catalog, as ``catalog/README.md`` explains them field by field."""

from __future__ import annotations

from dataclasses import dataclass, field

PortRange = tuple[int, int]

#: ports of a follow that depend on the listener's Windows and Exchange version
RPC_DYNAMIC = "rpc_dynamic"
#: the confidence of what is believed and stands in no document that could be read
UNCONFIRMED = "unconfirmed"


@dataclass(frozen=True)
class Source:
    """A document that carries a number."""

    id: str
    title: str
    url: str
    read: str
    note: str = ""


@dataclass(frozen=True)
class Refusal:
    """Why something is in the catalog and yet never opened, and what serves instead."""

    reason: str
    alternative: str


@dataclass(frozen=True)
class DynamicRange:
    """Where the RPC servers of a product listen."""

    ports: tuple[PortRange, ...]
    confidence: str = "confirmed"
    sources: tuple[str, ...] = ()
    remarks: str = ""


@dataclass(frozen=True)
class Product:
    """An Exchange version, or a Windows version (which has no server roles)."""

    id: str
    title: str
    dynamic_rpc: DynamicRange
    server_roles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Party:
    """A kind of end point."""

    id: str
    title: str
    kind: str  # server_role, peer or internet
    part_of: str = ""
    remarks: str = ""


@dataclass(frozen=True)
class Feature:
    """Something selectable that adds flows."""

    id: str
    title: str
    available: tuple[tuple[frozenset[str], frozenset[str]], ...]  # (versions, server roles)
    sources: tuple[str, ...] = ()
    refused: Refusal | None = None
    remarks: str = ""

    def exists_in(self, version: str, server_role: str) -> bool:
        return any(version in versions and server_role in roles for versions, roles in self.available)


@dataclass(frozen=True)
class End:
    """One side of a flow. ``versions`` binds server roles only; empty means all of them."""

    parties: tuple[str, ...]
    versions: tuple[str, ...] = ()

    def holds(self, party: str, version: str = "") -> bool:
        return party in self.parties and (not version or not self.versions or version in self.versions)


@dataclass(frozen=True)
class FollowUp:
    """A second connection that the first one negotiates. No ports means the listener's dynamic RPC range."""

    id: str
    title: str
    direction: str
    transport: str
    ports: tuple[PortRange, ...] | str
    helper: str = ""
    feature: str = ""
    sources: tuple[str, ...] = ()
    remarks: str = ""


@dataclass(frozen=True)
class Flow:
    """Who talks to whom, on what, for which products and features, by which source."""

    id: str
    title: str
    need: str
    protocol: str
    initiator: End
    listener: End
    transport: str
    sources: tuple[str, ...]
    confidence: str
    support: str
    encryption: str = ""
    article: str = ""
    scope: str = ""
    network: str = ""
    ports: tuple[PortRange, ...] = ()
    icmp_types: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    boundary: str = ""
    follows: tuple[FollowUp, ...] = ()
    refused: Refusal | None = None
    remarks: str = ""
    # what an organization says of it; never in the catalog's own files
    local: bool = False  # one of its own (exchange_extra_flows)
    owner: str = ""
    expiry: str = ""
    off: bool = False  # switched off by id, or expired
    opened: bool = False  # asked for by id, so its features need not be selected

    @property
    def openable(self) -> bool:
        """Whether a rule may ever come of it: nothing refused, nothing that Exchange never did."""
        return self.refused is None and self.support not in ("unsupported", "not_implemented")

    @property
    def by_default(self) -> bool:
        on = self.openable and not self.features and self.confidence != UNCONFIRMED
        return on and not self.inside_boundary

    @property
    def inside_boundary(self) -> bool:
        """Whether the support boundary's own flow holds it; that one does not reach the replication network."""
        return self.boundary == "inside" and self.network != "replication"

    @property
    def withheld(self) -> bool:
        """Whether it waits to be asked for by id, since nobody confirmed it; one of one's own is asked for already."""
        return self.confidence == UNCONFIRMED and not (self.opened or self.local)


@dataclass(frozen=True)
class Catalog:
    """All that the collection knows; every mapping is by id."""

    products: dict[str, Product]
    windows: dict[str, Product]
    parties: dict[str, Party]
    features: dict[str, Feature]
    sources: dict[str, Source]
    flows: dict[str, Flow]
    server_roles: frozenset[str] = field(default=frozenset())
    own_parties: frozenset[str] = frozenset()  # parties that only flows of an organization itself bring in

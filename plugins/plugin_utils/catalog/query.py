# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions to the catalog: which flows answer a selection, and what is told of a flow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..problems import Problem, ProblemError
from ..words import closest, word_list
from .load import port_range, port_text
from .models import RPC_DYNAMIC, Catalog, End, Flow, FollowUp

EVERY_FEATURE = "all"
LIST_OPTIONS = ("version", "roles", "features", "party", "protocol", "transport", "flow")
# more choices than these tell a reader nothing; flow ids are over a hundred
_READABLE = 40
_PLACES = {"features": "catalog/features", "flow": "catalog/flows"}


@dataclass(frozen=True)
class Selection:
    """What is asked for. An empty field asks for everything of its kind, ``features`` excepted.

    Without ``features`` only flows that are on by default answer, unless a port, protocol or flow is named:
    whoever asks about 994 wants to hear about 994.
    """

    versions: tuple[str, ...] = ()
    server_roles: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    direction: str = ""  # in or out, as seen from the selected servers
    parties: tuple[str, ...] = ()  # who is at the other end
    protocols: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    transports: tuple[str, ...] = ()
    flows: tuple[str, ...] = ()

    @property
    def every_feature(self) -> bool:
        return EVERY_FEATURE in self.features or bool(self.ports or self.protocols or self.flows)


def _server_at(catalog: Catalog, selection: Selection, end: End) -> bool:
    """Whether a selected server can stand at this end."""
    roles = [party for party in end.parties if party in catalog.server_roles]
    if selection.server_roles:
        roles = [role for role in roles if role in selection.server_roles]
    if not roles:
        return False
    if not selection.versions:
        return True
    return any(
        end.holds(role, version) and role in catalog.products[version].server_roles
        for role in roles
        for version in selection.versions
    )


def _ends_match(catalog: Catalog, selection: Selection, flow: Flow) -> bool:
    sides = {"in": (flow.listener, flow.initiator), "out": (flow.initiator, flow.listener)}
    directions = (selection.direction,) if selection.direction else ("in", "out")
    anybody = not (selection.versions or selection.server_roles)
    for direction in directions:
        server, other = sides[direction]
        if anybody and not selection.direction and not selection.parties:
            return True
        if not (_server_at(catalog, selection, server) or (anybody and not selection.direction)):
            continue
        if not selection.parties or set(selection.parties) & set(other.parties):
            return True
    return False


def _port_matches(catalog: Catalog, flow: Flow, wanted: Iterable[int]) -> bool:
    ranges = list(flow.ports)
    for follow in flow.follows:
        if follow.ports != RPC_DYNAMIC:
            ranges.extend(follow.ports)
    return any(low <= port <= high for port in wanted for low, high in ranges)


def matches(catalog: Catalog, selection: Selection, flow: Flow, every_feature: bool = False) -> bool:
    """Whether the flow answers the selection. ``every_feature``: whatever features are selected."""
    if selection.flows and flow.id not in selection.flows:
        return False
    if selection.transports and flow.transport not in selection.transports:
        return False
    words = {flow.protocol.lower(), flow.article.lower()}
    if selection.protocols and not words & {protocol.lower() for protocol in selection.protocols}:
        return False
    if selection.ports and not _port_matches(catalog, flow, selection.ports):
        return False
    if not (every_feature or selection.every_feature):
        asked = not flow.features or bool(set(flow.features) & set(selection.features))
        if flow.withheld or not asked:
            return False
    return _ends_match(catalog, selection, flow)


def query(catalog: Catalog, selection: Selection) -> list[Flow]:
    """The flows that answer, sorted by id."""
    return [flow for flow in catalog.flows.values() if matches(catalog, selection, flow)]


def _end_record(end: End) -> dict[str, Any]:
    return {"parties": list(end.parties), "versions": list(end.versions)}


def _follow_record(follow: FollowUp) -> dict[str, Any]:
    ports = follow.ports if follow.ports == RPC_DYNAMIC else [port_text(pair) for pair in follow.ports]
    return {
        "id": follow.id,
        "title": follow.title,
        "direction": follow.direction,
        "transport": follow.transport,
        "ports": ports,
        "helper": follow.helper,
        "feature": follow.feature,
        "remarks": follow.remarks,
    }


def record(flow: Flow) -> dict[str, Any]:
    """A flow as plain data; every key is always there."""
    return {
        "id": flow.id,
        "title": flow.title,
        "protocol": flow.protocol,
        "article": flow.article,
        "initiator": _end_record(flow.initiator),
        "listener": _end_record(flow.listener),
        "scope": flow.scope,
        "network": flow.network,
        "transport": flow.transport,
        "ports": [port_text(pair) for pair in flow.ports],
        "icmp_types": list(flow.icmp_types),
        "features": list(flow.features),
        "by_default": flow.by_default,
        "openable": flow.openable,
        "boundary": flow.boundary,
        "encryption": flow.encryption,
        "support": flow.support,
        "confidence": flow.confidence,
        "follows": [_follow_record(follow) for follow in flow.follows],
    }


def explained(catalog: Catalog, flow: Flow) -> dict[str, Any]:
    """The record of a flow with its reasons: why, by which documents, and why it is not openable if so."""
    refused = flow.refused
    documents = dict.fromkeys([*flow.sources, *(key for follow in flow.follows for key in follow.sources)])
    return {
        **record(flow),
        "need": flow.need,
        "remarks": flow.remarks,
        "refused": {"reason": refused.reason, "alternative": refused.alternative} if refused else {},
        "enabled_by": enabled_by(catalog, flow),
        "sources": [
            {"id": source.id, "title": source.title, "url": source.url, "read": source.read, "note": source.note}
            for source in (catalog.sources[key] for key in documents)
        ],
    }


def enabled_by(catalog: Catalog, flow: Flow) -> str:
    """One sentence: what must be so for a rule to come of this flow."""
    if not flow.openable:
        return "Nothing: no rule ever comes of it."
    if flow.withheld:
        return f"Only its id: exchange_flow_overrides with {flow.id!r} and enabled: true, since nobody confirmed it."
    if flow.inside_boundary:
        return "Only where the support boundary is narrowed on request; otherwise the boundary's own flow holds it."
    if flow.features:
        return f"exchange_features holds {word_list([repr(f) for f in flow.features], 'or')} at each Exchange end."
    return "On by default for the parties named."


def unknown_words(kind: str, values: Any, known: Iterable[str]) -> list[Problem]:
    known = sorted(known)
    place = f" in {_PLACES[kind]} of the collection" if kind in _PLACES else ""
    many = f"There are {len(known)} of them{place}."
    choices = f"Choices: {', '.join(known)}." if len(known) <= _READABLE else many
    return [
        Problem("unknown-word", "", kind, f"{value!r} is not known{closest(value, known)}. {choices}")
        for value in values
        if value not in known
    ]


def selection(catalog: Catalog, options: Mapping[str, Any]) -> Selection:
    """Options of the lookup and the module -> Selection; raises ProblemError with every bad word."""
    lists = {name: tuple(str(v).lower() for v in options.get(name) or ()) for name in LIST_OPTIONS}
    ports, problems = [], []
    for value in options.get("port") or ():
        try:
            ports.append(port_range(value)[0])
        except ValueError:
            problems.append(Problem("bad-port", "", "port", f"{value!r} is no port number from 1 to 65535."))
    known = {
        "version": catalog.products,
        "roles": catalog.server_roles,
        "features": [*catalog.features, EVERY_FEATURE],
        "party": catalog.parties,
        "flow": catalog.flows,
        "transport": {flow.transport for flow in catalog.flows.values()},
        "protocol": {w.lower() for f in catalog.flows.values() for w in (f.protocol, f.article) if w},
    }
    for name, words in known.items():
        problems += unknown_words(name, lists[name], words)
    direction = options.get("direction") or ""
    if direction not in ("", "in", "out"):
        problems.append(Problem("unknown-word", "", "direction", f"{direction!r} is not known. Choices: in, out."))
    if problems:
        raise ProblemError(problems)
    return Selection(
        versions=lists["version"],
        server_roles=lists["roles"],
        features=lists["features"],
        direction=direction,
        parties=lists["party"],
        protocols=lists["protocol"],
        ports=tuple(ports),
        transports=lists["transport"],
        flows=lists["flow"],
    )

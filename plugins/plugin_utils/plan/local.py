# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flows of an organization's own: what the support boundary holds of them already, and why one makes no rule."""

from __future__ import annotations

from functools import cached_property

from ..catalog.models import Catalog, End, Flow
from ..topology.models import Host
from ..words import word_list
from .ends import Ends, Side


class Boundary:
    """Who is joined to whom by flows that open everything, in one organization."""

    def __init__(self, catalog: Catalog, ends: Ends) -> None:
        self.catalog = catalog
        self.ends = ends

    @cached_property
    def _sides(self) -> list[tuple[Side, Side]]:
        flows = [flow for flow in self.catalog.flows.values() if flow.boundary == "whole"]
        return [(self.ends.side(flow, flow.initiator), self.ends.side(flow, flow.listener)) for flow in flows]

    @cached_property
    def _members(self) -> tuple[dict[str, frozenset[int]], ...]:
        """For initiators and for listeners: host or "/party" -> the flows that it is an end of."""
        found: tuple[dict[str, set[int]], ...] = ({}, {})
        for number, sides in enumerate(self._sides):
            for names, side in zip(found, sides, strict=True):
                for name in _names(side):
                    names.setdefault(name, set()).add(number)
        return tuple({name: frozenset(flows) for name, flows in names.items()} for names in found)

    def holds(self, first: Side, second: Side) -> bool:
        """Whether every pair of the two sides may talk about everything anyway."""
        if first.internet or second.internet:
            return False
        callers, called = self._members
        return all(
            one & other
            for one in {callers.get(name, frozenset()) for name in _names(first)}
            for other in {called.get(name, frozenset()) for name in _names(second)}
        )


def _names(side: Side) -> list[str]:
    return [*(host.name for host in side.hosts), *(f"/{party}" for party in side.networks)]


def no_rule(flow: Flow, initiators: Side, listeners: Side, covered: bool) -> str:
    """Why nothing came of a flow of one's own, as a warning."""
    if covered:
        return f"{flow.id} makes no rule: inside the support boundary all traffic between its ends is allowed anyway."
    for word, end, side in (("calls", flow.initiator, initiators), ("answers", flow.listener, listeners)):
        if side.empty:
            return f"{flow.id} makes no rule: nobody {word}, since no host and no network is {_wanted(flow, end)}."
    scope = f" that fits its scope ({flow.scope})" if flow.scope else ""
    return f"{flow.id} makes no rule: there is no pair of two ends{scope}."


def _wanted(flow: Flow, end: End) -> str:
    parties = word_list(end.parties, "or")
    versions = f" of {word_list(end.versions, 'or')}" if end.versions else ""
    features = f" with {word_list(flow.features, 'or')}" if flow.features else ""
    return f"{parties}{versions}{features}"


def is_served(hosts: list[Host]) -> bool:
    """Whether an organization has a server at all; one with a gateway alone needs no warnings."""
    return any(host.is_protected for host in hosts)

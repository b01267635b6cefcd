# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalog as one organization has it: with flows of its own, and with flows switched off, moved or asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, NamedTuple

from ..catalog.load import port_text
from ..catalog.models import Catalog, End, Flow, Party
from ..words import closest, word_list
from .flow_entry import LOCAL, day, flow_of, ports, read_fields, read_flow, sentence

EXTRA = "exchange_extra_flows"
OVERRIDES = "exchange_flow_overrides"
#: so many days before something expires the plan begins to warn
NOTICE = 30
# the flow id of the rules that keep Ansible's own way open
_TAKEN = {"management"}


class Told(NamedTuple):
    """A problem before it is known who said it first."""

    code: str
    variable: str
    text: str


@dataclass(frozen=True)
class Local:
    """An organization's catalog, and what was found on the way to it."""

    catalog: Catalog
    findings: tuple[Told, ...] = ()
    warnings: tuple[str, ...] = ()
    unsure: bool = False  # a flow's ends could not be read, so it may bring in any party


def localized(catalog: Catalog, values: Mapping[str, Any], today: date | None) -> Local:
    """``values``: the organization's fleet variables. Without ``today`` nothing expires."""
    if not (values.get(EXTRA) or values.get(OVERRIDES)):
        return Local(catalog)
    reader = _Reader(catalog, today)
    own = reader.extra(values.get(EXTRA, ()))
    changed = reader.overridden(values.get(OVERRIDES, {}), set(own))
    parties = {name: Party(name, name, "peer") for name in sorted(reader.named - set(catalog.parties))}
    flows = {**catalog.flows, **changed, **own}
    extended = replace(
        catalog,
        flows=dict(sorted(flows.items())),
        parties={**catalog.parties, **parties},
        own_parties=frozenset(parties),
    )
    return Local(extended, tuple(reader.findings), tuple(reader.warnings), reader.unsure)


class _Reader:
    def __init__(self, catalog: Catalog, today: date | None) -> None:
        self.catalog = catalog
        self.today = today
        self.findings: list[Told] = []
        self.warnings: list[str] = []
        self.named: set[str] = set()  # parties of own flows
        self.unsure = False

    # Flows of one's own

    def extra(self, entries: Iterable[Mapping[str, Any]]) -> dict[str, Flow]:
        own: dict[str, Flow] = {}
        seen: set[str] = set()
        for number, entry in enumerate(entries, 1):
            fields, mistakes = read_flow(entry, self.catalog)
            name = str(fields.get("id", f"entry {number}"))
            self._name_parties(fields)
            for field, text in mistakes:
                self.findings.append(Told("bad-flow", EXTRA, f"flow {name!r}, {field}: {text}."))
            taken = self._taken(name, seen)
            seen.add(name)
            if taken:
                self.findings.append(Told("flow-id-taken", EXTRA, f"flow {name!r}, id: {taken}; choose another one."))
            elif not mistakes:
                own[name] = self._until(flow_of(fields), f"The flow {name}", "makes no rule")
        return own

    def _name_parties(self, fields: Mapping[str, Any]) -> None:
        """Also of flows with mistakes: who says such a party elsewhere says nothing wrong."""
        for side in ("initiator", "listener"):
            end = fields.get(side)
            self.unsure |= end is None
            self.named.update(end.parties if isinstance(end, End) else ())

    def _taken(self, name: str, seen: Iterable[str]) -> str:
        if name in self.catalog.flows or name in _TAKEN:
            return "the catalog has a flow of this id"
        return "another flow has the same id" if name in seen else ""

    def _until(self, flow: Flow, what: str, consequence: str) -> Flow:
        """The flow, off where its time is over."""
        return replace(flow, off=True) if self._over(what, flow.owner, flow.expiry, consequence) else flow

    def _over(self, what: str, owner: str, expiry: str, consequence: str) -> bool:
        """Whether the last day has passed; that, or that it comes soon, is told."""
        if not expiry or self.today is None:
            return False
        by = f" ({owner})" if owner else ""
        left = (date.fromisoformat(expiry) - self.today).days
        if left < 0:
            self.warnings.append(f"{what}{by} expired after {expiry} and {consequence}.")
        elif left <= NOTICE:
            when = "today" if left == 0 else f"in {left} days" if left > 1 else "tomorrow"
            self.warnings.append(f"{what}{by} expires after {expiry}, which is {when}.")
        return left < 0

    # Overrides

    def overridden(self, overrides: Mapping[str, Mapping[str, Any]], own: Iterable[str]) -> dict[str, Flow]:
        changed = {}
        for name, said in overrides.items():
            settings, mistakes = read_fields(said, _SETTINGS, ("reason",))
            flow = self.catalog.flows.get(name)
            if flow is None:
                self._unknown(name, own)
                continue
            if flow.refused is not None or not flow.openable:
                self._refused(flow)
                continue
            wrong = {field for field, _text in mistakes}
            mistakes += _misfits(flow, settings, wrong)
            for field, text in mistakes:
                self.findings.append(Told("bad-override", OVERRIDES, f"under {name!r}, {field}: {text}."))
            over = "does not count any more"
            what = f"The override of {name}"
            if not mistakes and not self._over(what, settings.get("owner", ""), settings.get("expiry", ""), over):
                changed[name] = self._changed(flow, settings)
        return changed

    def _unknown(self, name: str, own: Iterable[str]) -> None:
        text = f"{name!r} is no flow of the catalog{closest(name, self.catalog.flows)}."
        if name in own:
            text = f"{name!r} is a flow of your own; change it in {EXTRA}."
        self.findings.append(Told("unknown-flow", OVERRIDES, text))

    def _refused(self, flow: Flow) -> None:
        why = f" {flow.refused.reason} Instead: {flow.refused.alternative}" if flow.refused else ""
        text = f"{flow.id!r} is never opened, so there is nothing to override.{why}"
        self.findings.append(Told("flow-refused", OVERRIDES, text))

    def _changed(self, flow: Flow, settings: Mapping[str, Any]) -> Flow:
        """The flow as overridden; the plan's reader is told in a warning and in the rule's own columns."""
        owner, reason = settings.get("owner", ""), settings["reason"]
        why = f"{f' ({owner})' if owner else ''}: {reason.rstrip('.')}."
        more = {"owner": owner, "expiry": settings.get("expiry", "")}
        if settings.get("enabled") is False:
            self.warnings.append(f"{flow.id} is switched off by {OVERRIDES}{why}{_where_it_counts(flow)}")
            return replace(flow, off=True, **more)
        need = flow.need
        if settings.get("enabled") and not flow.by_default:
            text = f"{flow.id} is opened by {OVERRIDES}, though nobody confirmed it{why}"
            self.warnings.append(f"{text}{_where_it_counts(flow)}")
            need = f"{need} Opened by id: {reason.rstrip('.')}."
        if "ports" in settings:
            old, new = (" ".join(port_text(pair) for pair in found) for found in (flow.ports, settings["ports"]))
            text = f"{flow.id} uses {new} in place of {old} by {OVERRIDES}{why}"
            self.warnings.append(f"{text}{_where_it_counts(flow)}")
            need = f"{need} Moved from {old}: {reason.rstrip('.')}."
            more["confidence"] = LOCAL
        opened = bool(settings.get("enabled")) and not flow.by_default
        return replace(flow, ports=settings.get("ports", flow.ports), need=need, opened=opened, **more)


def _enabled(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false")
    return value


_SETTINGS = {"enabled": _enabled, "ports": ports, "reason": sentence, "owner": sentence, "expiry": day}


def _misfits(flow: Flow, settings: Mapping[str, Any], wrong: set[str]) -> list[tuple[str, str]]:
    """What cannot be asked of this flow."""
    found = []
    enabled, moved = settings.get("enabled"), "ports" in settings
    if enabled is None and not moved and not wrong & {"enabled", "ports"}:
        found.append(("enabled", "neither enabled nor ports is said, so nothing would change"))
    if moved and not flow.ports:
        found.append(("ports", f"the flow has no ports ({flow.transport}); it can only be switched off"))
    if moved and enabled is False:
        found.append(("ports", "a flow that is switched off has none; say one of the two"))
    if flow.boundary == "whole" and enabled is False:
        text = "no filter is supported here; to narrow the support boundary, see exchange_plan_narrow_support_boundary"
        found.append(("enabled", text))
    if flow.withheld:
        return found + _misfits_of_the_unconfirmed(enabled, moved)
    if enabled and flow.inside_boundary:
        found.append(("enabled", "it lies inside the support boundary, where everything is open already"))
    elif enabled and flow.features:
        names = word_list([repr(name) for name in flow.features], "or")
        found.append(("enabled", f"it comes with a feature; select {names} in exchange_features of the servers"))
    elif enabled and flow.by_default and not moved:
        found.append(("enabled", "it is on by default, so nothing would change; take the entry out"))
    return found


def _misfits_of_the_unconfirmed(enabled: bool | None, moved: bool) -> list[tuple[str, str]]:
    """Such a flow is closed until its id is named with ``enabled: true``."""
    if enabled is False:
        return [("enabled", "nobody confirmed it, so it is closed already; take the entry out")]
    if moved and enabled is None:
        return [("ports", "nobody confirmed it, so it is closed; say enabled: true besides")]
    return []


def _where_it_counts(flow: Flow) -> str:
    if flow.inside_boundary:
        return " It lies inside the support boundary, so that changes something only where the boundary is narrowed."
    return ""

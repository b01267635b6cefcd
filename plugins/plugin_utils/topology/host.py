# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads one inventory host: words checked against the catalog, addresses made canonical, problems collected."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from ..catalog.models import Catalog, Feature
from ..problems import Problem
from ..words import closest, word_list
from . import variables
from .connection import USUAL_PORTS, connection_ports, port
from .models import Host, HostInput
from .resolving import Names

# a host with a problem in one of these may be something else than it seems, so nothing is concluded from it
_SAYS_WHAT = "dag dynamic_ports features organization party roles routing_group site version windows_version zones"
_IDENTITY = {f"exchange_{word}" for word in _SAYS_WHAT.split()}
# nobody sets these for a host that has no part in the plan
_OF_SOMEBODY = [
    f"exchange_{word}"
    for word in (
        *("static_ports", "replication_addresses", "virtual_addresses", "published_addresses"),
        "enforcement",
    )
]


class HostReader:
    """Turns a HostInput into a Host; what is wrong goes to ``problems``, what is doubtful to the named lists."""

    def __init__(
        self,
        catalog: Catalog,
        platforms: Mapping[str, str],
        resolve: Callable[[str], tuple[str, ...]] | None = None,
    ) -> None:
        """``platforms`` maps a platform's name and each ansible_network_os to the platform."""
        self.catalog = catalog
        self.platforms = platforms
        self.problems: list[Problem] = []
        self.names = Names(resolve, self.problems)
        self.by_ansible_host: list[str] = []
        self.doubtful: dict[str, frozenset[str]] = {}

    def read(self, source: HostInput, fleet: Mapping[str, Any], unsure: Collection[str] = ()) -> Host | None:
        """The host, or None where the inventory says nothing of Exchange about it.

        ``unsure`` names the fleet variables that could not be read whole.
        """
        before = len(self.problems)
        host = self._host(source, fleet, unsure)
        doubts = frozenset(problem.variable for problem in self.problems[before:]) & _IDENTITY
        if doubts:
            self.doubtful[source.name] = doubts
        return host

    def _host(self, source: HostInput, fleet: Mapping[str, Any], unsure: Collection[str]) -> Host | None:
        values, bad = self._values(source)
        roles = self._united(source, values, fleet, "exchange_roles", "exchange_role_groups")
        features = self._united(source, values, fleet, "exchange_features", "exchange_feature_groups")
        party = self._party(source, values, fleet, unsure)
        version = values.get("exchange_version", "")
        zones = values.get("exchange_zones", ())
        if not (version or roles or party or zones):
            if not (bad & _IDENTITY or unsure):
                self._orphans(source, values, features)
            return None
        self._check_whole(source.name, version, roles, bad | set(unsure))
        self._check_server(source.name, version, roles, features, party)
        self._check_ends(source.name, values)
        addresses = self._addresses(source, values, bad) if version or roles or party else ()
        return Host(
            name=source.name,
            organization=values.get("exchange_organization", "default"),
            version=version,
            parties=frozenset(roles) | ({party} if party else set()),
            features=frozenset(features),
            addresses=addresses,
            replication=values.get("exchange_replication_addresses", ()),
            routing_group=values.get("exchange_routing_group", ""),
            site=values.get("exchange_site", ""),
            dag=values.get("exchange_dag", ""),
            servers=frozenset(values.get("exchange_servers", ())),
            virtual=values.get("exchange_virtual_addresses", ()),
            keeps_client=values.get("exchange_keeps_client_address"),
            published=values.get("exchange_published_addresses", ()),
            windows=values.get("exchange_windows_version", ""),
            dynamic_ports=values.get("exchange_dynamic_ports", ()),
            static_ports=values.get("exchange_static_ports", {}),
            platform=self._platform(source, values) if zones else "",
            zones=zones,
            connection_ports=connection_ports(source.variables),
            target=str(source.variables.get("ansible_host", source.name)),
            enforcement=values.get("exchange_enforcement", ""),
            names=self.names.of(source.name),
        )

    def problem(self, code: str, host: str, variable: str, text: str) -> None:
        self.problems.append(Problem(code, host, variable, text))

    def _values(self, source: HostInput) -> tuple[dict[str, Any], set[str]]:
        """The host's values, and the variables that could not be read whole."""
        values: dict[str, Any] = {}
        for name, why in source.unreadable.items():
            if name not in variables.READ_VARIABLES or name in variables.FLEET_VARIABLES:
                continue  # somebody else's variable, or told once for all hosts
            self.problem("unreadable", source.name, name, f"its value could not be worked out: {why}")
        bad = set(source.unreadable)
        for name, convert in variables.HOST_VARIABLES.items():
            raw = source.variables.get(name)
            if raw is None or raw in ("", [], {}):
                continue
            if convert is variables.addresses:
                raw = self.names.replaced(source.name, name, raw)
            try:
                values[name] = convert(raw)
            except ValueError as error:
                bad.add(name)
                values.update({name: error.rest} if isinstance(error, variables.BadValue) else {})
                is_name = convert is variables.addresses and "no IP address" in str(error)
                more = " Names are resolved only with exchange_plan_resolve_names." if is_name else ""
                self.problem("bad-value", source.name, name, f"{error}.{more}")
        for name in source.variables:
            near = variables.meant(name)
            if near:
                self.problem("unknown-variable", source.name, name, f"no such variable is read{near}.")
        return values, bad

    def _united(
        self, source: HostInput, values: Mapping[str, Any], fleet: Mapping[str, Any], own: str, by_group: str
    ) -> tuple[str, ...]:
        """Words said by the host and by its groups; they unite, since group variables would replace each other."""
        said = dict.fromkeys(values.get(own, ()))
        for group, more in fleet.get(by_group, {}).items():
            if group in source.groups:
                said.update(dict.fromkeys(more))
        return tuple(said)

    def _party(
        self, source: HostInput, values: Mapping[str, Any], fleet: Mapping[str, Any], unsure: Collection[str]
    ) -> str:
        said = {values["exchange_party"]} if "exchange_party" in values else set()
        said |= {party for group, party in fleet.get("exchange_party_groups", {}).items() if group in source.groups}
        if len(said) > 1:
            self.problem(
                "two-parties",
                source.name,
                "exchange_party",
                f"{word_list(sorted(said))} are said; a host is one party.",
            )
        party = min(said, default="")
        known = sorted(p.id for p in self.catalog.parties.values() if p.kind == "peer")
        if party and party not in known:
            if "exchange_extra_flows" in unsure:
                return ""  # a flow that could not be read may bring it in; what is wrong with that is told
            hint = " Server roles go into exchange_roles." if party in self.catalog.server_roles else ""
            self.problem(
                "unknown-party",
                source.name,
                "exchange_party",
                f"{party!r} is no party{closest(party, known)}.{hint} Choices: {', '.join(known)}.",
            )
            return ""
        return party

    def _orphans(self, source: HostInput, values: Mapping[str, Any], features: tuple[str, ...]) -> None:
        if features:
            self.problem(
                "feature-without-server",
                source.name,
                "exchange_features",
                f"{word_list(sorted(features))} is selected, but the host has neither a version nor a party.",
            )
            return
        for variable in _OF_SOMEBODY:
            if variable in values:
                text = "the host has neither exchange_version nor exchange_party."
                self.problem("orphan", source.name, variable, text)
                return

    def _check_whole(self, host: str, version: str, roles: tuple[str, ...], bad: Collection[str]) -> None:
        """Roles want a version and the other way round, where neither is hidden by a problem told elsewhere."""
        if roles and not version and "exchange_version" not in bad:
            text = "it has server roles but no version; say which Exchange it runs."
            self.problem("no-version", host, "exchange_version", text)
        if version and not roles and not {"exchange_roles", "exchange_role_groups"} & set(bad):
            text = "it has a version but no server role; say its roles, or its group in exchange_role_groups."
            self.problem("no-roles", host, "exchange_roles", text)

    def _check_server(
        self, host: str, version: str, roles: tuple[str, ...], features: tuple[str, ...], party: str
    ) -> None:
        product = self.catalog.products.get(version)
        if version and product is None:
            choices = ", ".join(self.catalog.products)
            text = f"{version!r} is no Exchange version of the catalog. Choices: {choices}."
            self.problem("unknown-version", host, "exchange_version", text)
        for role in roles:
            self._check_role(host, version, role)
        for feature in features:
            self._check_feature(host, version, roles, feature, party)

    def _check_role(self, host: str, version: str, role: str) -> None:
        catalog = self.catalog
        if role not in catalog.server_roles:
            known = sorted(catalog.server_roles)
            hint = " It is a party: use exchange_party." if role in catalog.parties else ""
            text = f"{role!r} is no server role{closest(role, known)}.{hint} Choices: {', '.join(known)}."
            self.problem("unknown-server-role", host, "exchange_roles", text)
        elif version in catalog.products and role not in catalog.products[version].server_roles:
            had = word_list(p.title for p in catalog.products.values() if role in p.server_roles)
            has = word_list(catalog.products[version].server_roles)
            text = f"{catalog.products[version].title} has no server role {role!r}: {had} had it. It has {has}."
            self.problem("role-not-in-version", host, "exchange_roles", text)

    def _check_feature(self, host: str, version: str, roles: tuple[str, ...], feature: str, party: str) -> None:
        known = self.catalog.features
        if feature not in known:
            text = f"{feature!r} is no feature{closest(feature, known)}. Choices: {', '.join(known)}."
            self.problem("unknown-feature", host, "exchange_features", text)
            return
        refused = known[feature].refused
        if refused is not None:
            text = f"{feature!r} is never opened. {refused.reason} Instead: {refused.alternative}"
            self.problem("refused-feature", host, "exchange_features", text)
        elif not version and not roles:
            text = f"{feature!r} belongs to Exchange servers; this host is {party or 'none'}. Select it on the servers."
            self.problem("feature-without-server", host, "exchange_features", text)
        elif (
            version in self.catalog.products and roles and not any(known[feature].exists_in(version, r) for r in roles)
        ):
            places = word_list(_places(self.catalog, known[feature]))
            text = f"{feature!r} does not exist for {word_list(roles)} of Exchange {version}; it belongs to {places}."
            self.problem("feature-not-in-version", host, "exchange_features", text)

    def _check_ends(self, host: str, values: Mapping[str, Any]) -> None:
        windows = values.get("exchange_windows_version", "")
        if windows and windows not in self.catalog.windows:
            text = (
                f"{windows!r} is no Windows Server version of the catalog. Choices: {', '.join(self.catalog.windows)}."
            )
            self.problem("unknown-windows", host, "exchange_windows_version", text)
        static = values.get("exchange_static_ports", {})
        known = {follow.id for flow in self.catalog.flows.values() for follow in flow.follows} if static else set()
        for name in static:
            if name not in known:
                text = f"{name!r} is no second connection of any flow. Choices: {', '.join(sorted(known))}."
                self.problem("unknown-follow", host, "exchange_static_ports", text)

    def _addresses(self, source: HostInput, values: Mapping[str, Any], bad: Collection[str]) -> tuple[str, ...]:
        if source.variables.get("exchange_addresses") or {"exchange_addresses", "ansible_host"} & set(bad):
            return values.get("exchange_addresses", ())
        fallback = source.variables.get("ansible_host", source.name)
        forwarded = port(source.variables)
        if forwarded and forwarded not in USUAL_PORTS:
            text = (
                f"ansible_port is {forwarded}, which looks like a port forwarded by another device, "
                f"so {fallback!r} may not be the host's own address; give exchange_addresses."
            )
            self.problem("no-address", source.name, "exchange_addresses", text)
            return ()
        try:
            found = variables.addresses(self.names.replaced(source.name, "ansible_host", str(fallback)))
        except ValueError as error:
            where = "ansible_host" if "ansible_host" in source.variables else "the inventory name"
            text = (
                f"no address is known: exchange_addresses is not set and {where} {error}. Give exchange_addresses, "
                "or let names be resolved with exchange_plan_resolve_names."
            )
            self.problem("no-address", source.name, "exchange_addresses", text)
            return ()
        self.by_ansible_host.append(source.name)
        return found

    def _platform(self, source: HostInput, values: Mapping[str, Any]) -> str:
        said = values.get("exchange_platform") or str(source.variables.get("ansible_network_os", "")).lower()
        if said in self.platforms:
            return self.platforms[said]
        choices = ", ".join(sorted(set(self.platforms.values())))
        found = (
            f"{said!r} is no platform this collection can render" if said else "the appliance's platform is not known"
        )
        self.problem("unknown-platform", source.name, "exchange_platform", f"{found}. Choices: {choices}.")
        return ""


def _places(catalog: Catalog, feature: Feature) -> Iterable[str]:
    """Where a feature exists: "mailbox of 2016, 2019 or se"."""
    for versions, roles in feature.available:
        there = [version for version in catalog.products if version in versions]
        yield f"{word_list(sorted(roles), 'or')} of {word_list(there, 'or')}"

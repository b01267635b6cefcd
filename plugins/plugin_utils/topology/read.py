# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inventory -> Topology: every host read, what must be equal compared, every problem raised at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from typing import Any

from ..catalog.models import Catalog
from ..problems import Problem
from ..words import closest, some_of
from . import variables
from .addresses import PrefixIndex, PrefixTree
from .balancers import balancer_problems
from .checks import address_problems, server_problems, zone_problems
from .connection import port_problems
from .endpoints import ReadFile
from .guards import fleet_guards
from .host import HostReader
from .local_flows import EXTRA, Local, localized
from .models import Host, HostInput, Organization, Topology
from .names import name_problems
from .online import VARIABLE, Online
from .translation import translation_problems


def read_topology(
    inputs: Iterable[HostInput],
    catalog: Catalog,
    platforms: Mapping[str, str],
    resolve: Callable[[str], tuple[str, ...]] | None = None,
    today: date | None = None,
    *,
    read_file: ReadFile | None = None,
) -> tuple[Topology, list[Problem]]:
    """Every host of the inventory, with the problems found; the caller raises them with those of later steps.

    ``read_file`` gives a file of the controller; without ``today`` nothing is too old or expired.
    """
    sources = sorted(inputs, key=lambda source: source.name)
    reader = HostReader(catalog, platforms, resolve)
    fleets = _Fleets(catalog, reader.problems, today, read_file)
    for source in sources:
        fleets.add(source)
    hosts = {}
    for source in sources:
        values = fleets.values(source)
        reader.catalog = fleets.local[_organization(source)].catalog
        host = reader.read(source, values, fleets.unsure)
        if host is not None:
            hosts[host.name] = host
            reader.problems += port_problems(host.name, source.variables)
    organizations = fleets.organizations({host.organization for host in hosts.values()})
    if not hosts and not reader.problems:
        text = "no inventory host has an Exchange version, a party or zones; is this the right inventory?"
        reader.problem("empty", "", "exchange_version", text)
    reader.problems += name_problems(hosts.values())
    reader.problems += address_problems(hosts, organizations)
    reader.problems += zone_problems(hosts)
    reader.problems += server_problems(hosts, reader.doubtful)
    reader.problems += balancer_problems(hosts, reader.doubtful)
    reader.problems += translation_problems(hosts, reader.doubtful)
    doubtful = {**reader.doubtful, **({"": frozenset(fleets.unsure)} if fleets.unsure else {})}
    guarded, notes = fleet_guards(sources, hosts, fleets.read, fleets.first, fleets.catalogs(), doubtful)
    reader.problems += guarded
    warnings = tuple(dict.fromkeys([*fleets.online.warnings, *_warnings(reader, hosts), *fleets.warnings(), *notes]))
    return Topology(hosts, organizations, warnings, doubtful), reader.problems


class _Fleets:
    """Fleet variables by organization; two hosts that say different things are a problem."""

    def __init__(
        self, catalog: Catalog, problems: list[Problem], today: date | None, read_file: ReadFile | None
    ) -> None:
        self.catalog = catalog
        self.problems = problems
        self.today = today
        self.local: dict[str, Local] = {}
        self.online = Online(problems, read_file, today)
        self.said: dict[tuple[str, str], list[tuple[str, Any]]] = {}  # (organization, variable) -> (host, raw values)
        self.read: dict[str, dict[str, Any]] = {}
        self.unsure: set[str] = set()  # variables that could not be read whole
        self.told: set[tuple[str, str]] = set()

    def add(self, source: HostInput) -> None:
        organization = _organization(source)
        for name in variables.FLEET_VARIABLES:
            if name in source.unreadable:
                self.unsure.add(name)
                text = f"its value could not be worked out: {source.unreadable[name]}"
                self._tell("unreadable", source.name, name, text)
            raw = source.variables.get(name)
            if raw is None:
                continue
            said = self.said.setdefault((organization, name), [])
            if any(raw is other or raw == other for _host, other in said):
                continue
            said.append((source.name, raw))
            if len(said) > 1:
                text = (
                    f"it differs from what {said[0][0]} says, and must be the same for the whole organization "
                    f"{organization!r}; set it once, in group_vars/all or for the group of all its hosts."
                )
                self.problems.append(Problem("fleet-differs", source.name, name, text))

    def _tell(self, code: str, host: str, name: str, text: str) -> None:
        """Once, though every host and every organization may share the value."""
        if (name, text) not in self.told:
            self.told.add((name, text))
            self.problems.append(Problem(code, host, name, text))

    def values(self, source: HostInput) -> dict[str, Any]:
        organization = _organization(source)
        if organization not in self.read:
            self.read[organization] = self._converted(organization)
        return self.read[organization]

    def _converted(self, organization: str) -> dict[str, Any]:
        values = {}
        for name, convert in variables.FLEET_VARIABLES.items():
            host, raw = self.said.get((organization, name), [("", None)])[0]
            if raw is None:
                continue
            try:
                values[name] = convert(raw)
            except ValueError as error:
                self._tell("bad-value", host, name, f"{error}.")
                whole = isinstance(error, variables.BadValue) and name == "exchange_networks"  # every party is known
                self.unsure |= set() if whole else {name}
                values.update({name: error.rest} if isinstance(error, variables.BadValue) else {})
        self._localize(organization, values)
        declared = values.get("exchange_networks", {})
        peers = sorted(p.id for p in self.local[organization].catalog.parties.values() if p.kind == "peer")
        self._check_networks(organization, declared, peers)
        kept = {party: declared[party] for party in declared if party in peers}
        online = self.online.networks(self.first(organization, VARIABLE), kept, values.get(VARIABLE))
        values["exchange_networks"] = {**kept, **online}
        self.unsure |= {VARIABLE} if self.online.failed else set()
        for prefix in values.get("exchange_management_networks", ()):
            if prefix.endswith("/0"):
                text = f"it holds {prefix}, which is everything; name the networks that Ansible connects from."
                host = self.first(organization, "exchange_management_networks")
                self._tell("everything", host, "exchange_management_networks", text)
        return values

    def _localize(self, organization: str, values: Mapping[str, Any]) -> None:
        """The catalog of the organization, with what is wrong with its own flows and overrides."""
        local = self.local[organization] = localized(self.catalog, values, self.today)
        for code, variable, text in local.findings:
            self._tell(code, self.first(organization, variable), variable, text)
        if local.unsure:
            self.unsure.add(EXTRA)

    def first(self, organization: str, name: str) -> str:
        """The host that said a variable first."""
        return self.said.get((organization, name), [("", None)])[0][0]

    def _own_catalog(self, organization: str) -> Catalog | None:
        local = self.local.get(organization)
        return None if local is None or local.catalog is self.catalog else local.catalog

    def catalogs(self) -> dict[str, Catalog]:
        return {name: local.catalog for name, local in self.local.items()}

    def warnings(self) -> list[str]:
        return [text for name in sorted(self.local) for text in self.local[name].warnings]

    def _check_networks(
        self, organization: str, networks: Mapping[str, tuple[str, ...]], known: Collection[str]
    ) -> None:
        host = self.first(organization, "exchange_networks")
        for party, prefixes in networks.items():
            if party == "internet":
                text = "'internet' is never declared: it is whatever no network and no host of the inventory holds."
                self._tell("internet-declared", host, "exchange_networks", text)
            elif party not in known and EXTRA not in self.unsure:
                hint = " Servers are inventory hosts with exchange_roles." if party in self.catalog.server_roles else ""
                text = f"{party!r} is no party{closest(party, known)}.{hint} Choices: {', '.join(known)}."
                self.unsure.add("exchange_networks")
                self._tell("unknown-party", host, "exchange_networks", text)
            for prefix in prefixes:
                if prefix.endswith("/0"):
                    text = f"{party} holds {prefix}, which is everything; name the networks it really has."
                    self._tell("everything", host, "exchange_networks", text)

    def organizations(self, names: Iterable[str]) -> dict[str, Organization]:
        return {
            name: Organization(
                name,
                dict(sorted(self.read.get(name, {}).get("exchange_networks", {}).items())),
                self.read.get(name, {}).get("exchange_management_networks", ()),
                self._own_catalog(name),
            )
            for name in sorted(names)
        }


def _organization(source: HostInput) -> str:
    return str(source.variables.get("exchange_organization") or "default").strip()


def _warnings(reader: HostReader, hosts: Mapping[str, Host]) -> Iterable[str]:
    if reader.by_ansible_host:
        hosts_there = some_of(reader.by_ansible_host)
        yield f"ansible_host is taken as the address of {hosts_there}; exchange_addresses says it for sure."
    yield from _outside_zones(hosts)


def _outside_zones(hosts: Mapping[str, Host]) -> Iterable[str]:
    gateways = [host for host in hosts.values() if host.zones]
    if not gateways:
        return
    declared = PrefixIndex({prefix: "zone" for gateway in gateways for _zone, held in gateway.zones for prefix in held})
    lost = []
    for host in hosts.values():
        if host.version and host.addresses and not any(map(declared.longest, host.addresses)):
            lost.append(host.name)
    if lost:
        yield f"No gateway's exchange_zones holds an address of {some_of(lost)}, so no gateway has rules for it."


def prefix_tree(topology: Topology) -> PrefixTree:
    """All declared prefixes and their owners: "host <name>", "replication <name>", "virtual <name>" or
    "<organization>/<party>"."""
    owners: dict[str, set[str]] = {}
    for organization in topology.organizations.values():
        for party, prefixes in organization.networks.items():
            for prefix in prefixes:
                owners.setdefault(prefix, set()).add(f"{organization.name}/{party}")
    for host in topology.hosts.values():
        own = {"host": host.addresses, "replication": host.replication, "virtual": host.virtual}
        for word, addresses in own.items():
            for prefix in addresses:
                owners.setdefault(prefix, set()).add(f"{word} {host.name}")
    return PrefixTree(owners)

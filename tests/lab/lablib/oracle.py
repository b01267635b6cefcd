# SPDX-License-Identifier: GPL-3.0-or-later
"""What may pass, worked out a second time: straight from the catalog's files and the inventory, slow and obvious.

Nothing of the collection's own code is used, so a mistake there cannot hide itself here. For every pair of addresses
each flow of the catalog is asked whether it wants this pair.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from itertools import product
from pathlib import Path

import yaml

from .inventory import Inventory

Ports = tuple[tuple[int, int], ...]
ALL_PORTS: Ports = ((1, 65535),)
INTERNET: tuple[None, str] = (None, "internet")
NEVER = ("unsupported", "not_implemented")


@dataclass(frozen=True)
class End:
    """Who an address is."""

    host: str = ""  # "" for addresses of networks
    # what it is, and in whose organization; the Internet is in none
    roles: frozenset[tuple[str | None, str]] = frozenset()
    replicates: bool = False  # this is one of the host's replication addresses
    calls: bool = True  # the host calls others by this address
    called: bool = True  # others call the host by it
    variables: Mapping[str, object] = field(default_factory=dict)

    @property
    def parties(self) -> frozenset[str]:
        return frozenset(party for _organization, party in self.roles)

    @property
    def version(self) -> str:
        return str(self.variables.get("exchange_version", ""))


@dataclass(frozen=True)
class Opening:
    """One thing that may pass from one address to another."""

    flow: str
    transport: str  # tcp, udp, icmp, any ...
    ports: Ports = ()


def ranges(value: object) -> Ports:
    """Ports as the catalog and the inventory write them: 25, '6005-65534', or a list of such."""
    items = value if isinstance(value, list) else [value]
    pairs = [str(item).partition("-") for item in items]
    return tuple((int(low), int(high or low)) for low, _dash, high in pairs)


class Oracle:
    """Answers for one inventory. ``helpers`` are the second connections that the gateway's kernel follows itself."""

    def __init__(
        self,
        catalog: Path,
        inventory: Inventory,
        helpers: Iterable[str] = ("h323",),
        today: date | None = None,
    ) -> None:
        self.inventory, self.helpers, self.today = inventory, frozenset(helpers), today
        self.narrow = False  # True: exact flows inside the support boundary instead of everything
        flows = [flow for path in sorted((catalog / "flows").glob("*.yml")) for flow in _load(path)["flows"]]
        names = sorted({inventory.organization(host) for host in inventory.hosts})
        # an organization's flows are its own: (organization, flow)
        self.flows = [(name, flow) for name in names for flow in self._flows_of(name, flows)]
        self.kinds = {party["id"]: party for party in _load(catalog / "parties.yml")["parties"]}
        products = _load(catalog / "products.yml")
        self.exchange = {p["id"]: ranges(p["dynamic_rpc"]["ports"]) for p in products["products"]}
        self.windows = {w["id"]: ranges(w["dynamic_rpc"]["ports"]) for w in products["windows"]}
        self.openings = cache(self._openings)
        self.end = cache(self._end)
        self.ends = cache(self._ends)

    def _flows_of(self, organization: str, flows: list[dict]) -> Iterable[dict]:
        """The catalog's flows as the organization overrides them, and its own; what has expired counts no more."""
        overrides = self.inventory.fleet("exchange_flow_overrides", organization)
        for flow in flows:
            said = overrides.get(flow["id"], {})
            said = {} if self._expired(said) else said
            if flow["confidence"] == "unconfirmed" and said.get("enabled") is not True:
                continue  # opened by its id alone
            if not said:
                yield flow
            elif said.get("enabled", True):
                asked_for = {"features": []} if "enabled" in said else {}
                yield {**flow, "ports": said.get("ports", flow.get("ports", [])), **asked_for}
        for flow in self.inventory.fleet("exchange_extra_flows", organization) or ():
            if not self._expired(flow):
                yield {"support": "supported", **flow}

    def _expired(self, said: Mapping) -> bool:
        return self.today is not None and "expiry" in said and str(said["expiry"]) < str(self.today)

    # Who is it?

    def _end(self, address: str) -> End:
        return self.ends(address)[0]

    def _ends(self, address: str) -> list[End]:
        """Several where load balancers share a virtual address."""
        found = [self._host_end(host, address) for host in self.inventory.hosts if self.inventory.is_end(host)]
        return [end for end in found if end] or [self._network_end(address)]

    def _host_end(self, host: str, address: str) -> End | None:
        replicates = address in self.inventory.replication(host)
        own = self.inventory.addresses(host)
        called = self.inventory.virtual(host) or own
        if not replicates and address not in [*own, *called]:
            return None
        parties = self._said(host, "exchange_roles", "exchange_role_groups")
        parties |= self._said(host, "exchange_party", "exchange_party_groups")
        roles = self._and_internet({(self.inventory.organization(host), party) for party in parties})
        how = {"calls": replicates or address in own, "called": replicates or address in called}
        return End(host, roles, replicates, variables=self.inventory.hosts[host], **how)

    def _network_end(self, address: str) -> End:
        parsed = ipaddress.ip_address(address)
        fits = [(n.prefixlen, (whose, party)) for whose, party, n in self.inventory.networks if parsed in n]
        longest = max((length for length, _role in fits), default=0)
        return End(roles=self._and_internet({role for length, role in fits if length == longest} or {INTERNET}))

    def _and_internet(self, roles: set[tuple[str | None, str]]) -> frozenset[tuple[str | None, str]]:
        # a party that only an organization's own flow knows is an ordinary one
        outside = any(self.kinds.get(party, {}).get("part_of") == "internet" for _organization, party in roles)
        return frozenset(roles | {INTERNET}) if outside else frozenset(roles)

    def _said(self, host: str, own: str, by_group: str) -> set[str]:
        """Words that a host says itself or that its groups say for it."""
        found = set(_words(self.inventory.hosts[host].get(own, [])))
        for group, more in self.inventory.fleet(by_group, self.inventory.organization(host)).items():
            if group in self.inventory.groups.get(host, ()):
                found.update(_words(more))
        return found

    def features(self, end: End) -> set[str]:
        """A load balancer has the features of the servers behind it."""
        found = self._said(end.host, "exchange_features", "exchange_feature_groups")
        organization = self.inventory.organization
        if "load_balancer" in end.parties:
            for host, variables in self.inventory.hosts.items():
                behind = host in end.variables.get("exchange_servers", [host])
                if "exchange_version" in variables and behind and organization(host) == organization(end.host):
                    found |= self._said(host, "exchange_features", "exchange_feature_groups")
        return found

    def judged(self, source: str, destination: str) -> bool:
        """Whether `enforce` looks at this pair at all: one end is an Exchange server or a load balancer."""
        ends = self.end(source), self.end(destination)
        return any(end.version or "load_balancer" in end.parties for end in ends)

    # May it pass?

    def allowed(self, source: str, destination: str, transport: str, port: int = 0) -> set[str]:
        """The flows that let this packet pass, e.g. ``allowed("192.0.2.7", "198.51.100.3", "tcp", 25)``."""
        return {
            opening.flow
            for opening in self.openings(source, destination)
            if opening.transport == "any"
            or (opening.transport == transport and (not port or _holds(opening.ports, port)))
        }

    def open_ports(self, source: str, destination: str, transport: str) -> set[int]:
        """All ports of a transport that may pass."""
        found: set[int] = set()
        for opening in self.openings(source, destination):
            for low, high in ALL_PORTS if opening.transport == "any" else opening.ports:
                if opening.transport in (transport, "any"):
                    found.update(range(low, high + 1))
        return found

    def _openings(self, source: str, destination: str) -> tuple[Opening, ...]:
        found = list(self._management(source, destination))
        for here, there in product(self.ends(source), self.ends(destination)):
            for organization, flow in self.flows:
                if self._wanted(flow, here, there, organization):
                    found.append(Opening(flow["id"], flow["transport"], ranges(flow.get("ports", []))))
                    found += self._second(flow, here, there, "to_listener")
                if self._wanted(flow, there, here, organization):
                    found += self._second(flow, there, here, "to_initiator")
        return tuple(found)

    def _management(self, source: str, destination: str) -> Iterable[Opening]:
        """Ansible's own ports stay open to what `enforce` could cut off, and to hosts with a firewall of their own."""
        end = self.end(destination)
        wish = str(end.variables.get("exchange_enforcement", "")).lower()  # true, artifacts; false takes a host out
        own = wish in ("true", "artifacts") or ("witness" in end.parties and wish != "false")
        protected = end.version or own or "load_balancer" in end.parties
        ports = connection_ports(end.variables)
        if not protected or not ports or end.replicates or destination not in self.inventory.addresses(end.host):
            return
        networks = self.inventory.management(self.inventory.organization(end.host))
        if any(ipaddress.ip_address(source) in network for network in networks):
            yield Opening("management", "tcp", ports)

    def _wanted(self, flow: Mapping, caller: End, called: End, organization: str) -> bool:
        """Whether the flow's first connection goes from the one to the other, within this organization."""
        if not (caller.calls and called.called):
            return False
        if flow["support"] in NEVER or not self._boundary(flow, caller, called):
            return False
        if caller.host and caller.host == called.host:
            return False
        if not _together(self._fits(flow["initiator"], caller), self._fits(flow["listener"], called), organization):
            return False
        if not all(self._selected(flow.get("features", []), end) for end in (caller, called)):
            return False
        if not (_in_scope(flow.get("scope"), caller, called) and _network(flow, caller, called)):
            return False
        return self._balanced(caller, called) and not self._hidden(flow, called, organization)

    def _boundary(self, flow: Mapping, caller: End, called: End) -> bool:
        """Inside the support boundary everything is open, so exact flows say nothing more there."""
        if flow.get("boundary") == "whole":
            return not self.narrow
        replicating = flow.get("network") == "replication" and caller.replicates and called.replicates
        return flow.get("boundary") != "inside" or self.narrow or replicating

    def _fits(self, wanted: Mapping, end: End) -> set[str | None]:
        """The organizations in which an address is what a flow wants at this end."""
        found = set()
        for organization, party in end.roles:
            right_version = end.version in wanted.get("versions", [end.version])
            is_role = self.kinds.get(party, {}).get("kind") == "server_role"
            if party not in wanted["parties"] or (is_role and not right_version):
                continue
            if party != "load_balancer" or self._serves(wanted, end, organization):
                found.add(organization)
        return found

    def _serves(self, wanted: Mapping, balancer: End, organization: str | None) -> bool:
        """Beside server roles of some versions, a load balancer is meant that has such servers behind it."""
        if "versions" not in wanted:
            return True
        for host, variables in self.inventory.hosts.items():
            if "exchange_version" not in variables or self.inventory.organization(host) != organization:
                continue
            behind = host in (balancer.variables.get("exchange_servers") or [host])
            roles = self._said(host, "exchange_roles", "exchange_role_groups")
            right_version = str(variables["exchange_version"]) in wanted["versions"]
            if behind and right_version and roles.intersection(wanted["parties"]):
                return True
        return False

    def _selected(self, features: list[str], end: End) -> bool:
        asked = features and (end.version or "load_balancer" in end.parties)
        return not asked or bool(self.features(end).intersection(features))

    def _balanced(self, caller: End, called: End) -> bool:
        """A load balancer that names its servers calls those only."""
        named = caller.variables.get("exchange_servers")
        return "load_balancer" not in caller.parties or not named or called.host in named

    def _hidden(self, flow: Mapping, called: End, organization: str) -> bool:
        """Whether only load balancers call this server, each by its own address, when clients begin this flow."""
        if "load_balancer" not in flow["listener"]["parties"] or "load_balancer" in called.parties or not called.host:
            return False
        in_front = []
        for host, variables in self.inventory.hosts.items():
            if "load_balancer" not in self._said(host, "exchange_party", "exchange_party_groups"):
                continue
            balancer = self._host_end(host, self.inventory.addresses(host)[0])
            serves = _together(
                self._fits(flow["listener"], balancer), self._fits(flow["listener"], called), organization
            )
            if serves and self._balanced(balancer, called) and self._selected(flow.get("features", []), balancer):
                in_front.append((balancer, variables.get("exchange_keeps_client_address") is False))
        if not all(hides for _balancer, hides in in_front):
            return False
        relays = self._relays(flow, organization)
        return any(self._wanted(relay, balancer, called, organization) for balancer, _h in in_front for relay in relays)

    def _relays(self, flow: Mapping, organization: str) -> list[Mapping]:
        """The flows by which a load balancer passes on what came by this one."""
        ports = {port for low, high in ranges(flow.get("ports", [])) for port in range(low, high + 1)}
        return [
            other
            for whose, other in self.flows
            if whose == organization
            and "load_balancer" in other["initiator"]["parties"]
            and other["transport"] == flow["transport"]
            and all(_holds(ranges(other.get("ports", [])), port) for port in ports)
        ]

    # What follows?

    def _second(self, flow: Mapping, caller: End, called: End, direction: str) -> Iterable[Opening]:
        """The second connections of a flow in one direction, as ports that must stand open."""
        for follow in flow.get("follows", []):
            if follow["direction"] not in (direction, "both"):
                continue
            wanted = [follow["feature"]] if "feature" in follow else []
            if not all(self._selected(wanted, end) for end in (caller, called)):
                continue
            fixed = called.variables.get("exchange_static_ports", {}).get(follow["id"])
            if fixed:
                ports = ranges(fixed)
            elif follow.get("helper") in self.helpers and "boundary" not in flow:
                continue  # the kernel opens the one port that the first connection agrees on
            elif follow["ports"] == "rpc_dynamic":
                ports = self._dynamic(called)
            else:
                ports = ranges(follow["ports"])
            yield Opening(f"{flow['id']}+{follow['id']}", follow["transport"], ports)

    def _dynamic(self, end: End) -> Ports:
        said = end.variables.get("exchange_dynamic_ports")
        if said:
            return ranges(said)
        if end.version:
            return self.exchange[end.version]
        return self.windows[str(end.variables["exchange_windows_version"])]


@cache
def _load(path: Path) -> dict:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _holds(ports: Ports, port: int) -> bool:
    return any(low <= port <= high for low, high in ports)


def _words(value: object) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _together(callers: set[str | None], called: set[str | None], organization: str) -> bool:
    """Whether the organization holds both ends; the Internet (None) belongs to every one."""
    return bool(callers & {None, organization}) and bool(called & {None, organization})


def _same(one: End, other: End, variable: str) -> bool:
    return one.variables.get(variable, "") == other.variables.get(variable, "")


def _in_scope(scope: str | None, one: End, other: End) -> bool:
    if scope is None:
        return True
    if not (one.host and other.host):
        return False
    variable = {"same_site": "exchange_site", "same_dag": "exchange_dag"}.get(scope, "exchange_routing_group")
    return _same(one, other, variable) != (scope == "other_routing_group")


def _network(flow: Mapping, one: End, other: End) -> bool:
    """Replication addresses carry replication and nothing else, and replication prefers them."""
    if flow.get("network") != "replication":
        return not (one.replicates or other.replicates)
    has = [bool(end.variables.get("exchange_replication_addresses")) for end in (one, other)]
    if [one.replicates, other.replicates] != has:
        return False
    # who is no server and has no such addresses talks to either kind
    bound = [bool(end.version) or own for end, own in zip((one, other), has, strict=True)]
    return has[0] == has[1] or not all(bound)


def connection_ports(variables: Mapping[str, object]) -> Ports:
    """The port that Ansible reaches a host through."""
    connection = str(variables.get("ansible_connection", "ssh")).rpartition(".")[2]
    if connection == "local":
        return ()
    if "ansible_port" in variables:
        return ranges(variables["ansible_port"])
    if connection in ("winrm", "psrp"):
        plain = "http" in (variables.get("ansible_winrm_scheme"), variables.get("ansible_psrp_protocol"))
        return ((5985, 5985),) if plain else ((5986, 5986),)
    return ((22, 22),)

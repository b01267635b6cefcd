# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Catalog and topology -> the fleet's rules, once, with everything that is wrong or worth a warning."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..catalog.models import RPC_DYNAMIC, Catalog, Flow, FollowUp
from ..problems import Problem
from ..topology.models import Host, Topology
from ..topology.read import prefix_tree
from ..words import word_list
from .balancers import exposed
from .digest import content_of, digest
from .ends import Ends, Side, by_balancer, partition
from .kept import published_pairs, resolved_names, without_family
from .local import Boundary, is_served, no_rule
from .management import management_rules, protected_group
from .missing import feature_problems, joins_edge, lonely_edges, withheld_texts
from .models import Follow, Plan, Rule

# (follow id, opened, ports, fixed by the administrator)
FollowKey = tuple[str, bool, tuple[tuple[int, int], ...], bool]

# what says a host's dynamic ports
_RANGE_VARIABLES = {"exchange_dynamic_ports", "exchange_version", "exchange_windows_version"}


def build_plan(catalog: Catalog, topology: Topology, narrow: bool = False) -> tuple[Plan, list[Problem]]:
    """The plan of the whole topology. ``narrow``: exact rules inside the support boundary instead of any/any."""
    tree = prefix_tree(topology)
    problems: list[Problem] = []
    warnings = list(topology.warnings)
    rules: list[Rule] = []
    for organization in topology.organizations.values():
        known = organization.catalog or catalog
        builder = _Builder(known, topology, Ends(known, topology, organization, tree), narrow)
        rules += builder.rules()
        problems += builder.problems
        warnings += builder.warnings
    if narrow:
        warnings.append(
            "The support boundary is narrowed on request: Microsoft does not support filtering between internal "
            "Exchange servers or between them and domain controllers (see docs/support-boundary.md)."
        )
    rules.sort(key=lambda rule: rule.id)
    warnings += without_family(rules)
    management, ways_in = management_rules(topology)
    protected = protected_group(topology)
    content = content_of([*rules, *ways_in], [protected, management], topology)
    plan = Plan(
        tuple(rules),
        ways_in,
        protected,
        management,
        tuple(warnings),
        narrow,
        digest(content, narrow),
        published_pairs(topology),
        resolved_names(topology),
    )
    return plan, problems


class _Builder:
    """The rules of one organization."""

    def __init__(self, catalog: Catalog, topology: Topology, ends: Ends, narrow: bool) -> None:
        self.catalog = catalog
        self.topology = topology
        self.ends = ends
        self.narrow = narrow
        self.problems: list[Problem] = []
        self.warnings: list[str] = []
        self.served: set[tuple[str, str]] = set()  # (host, feature) that led to a pair
        self.ids: dict[str, int] = {}  # how many rules would like an id
        self.in_site: list[tuple[Side, Side]] = []  # sides of flows within a site
        self.site_mates: dict[str, str] = {}  # host -> flow that found it somebody of its site, or by hand
        self.unopened: dict[tuple[str, str], set[str]] = {}  # (flow, follow) -> hosts that did not opt in
        self.boundary = Boundary(catalog, ends)
        self.covered: set[str] = set()  # local flows that the support boundary holds
        self.withheld: set[str] = set()  # unconfirmed flows with somebody at both ends

    def rules(self) -> list[Rule]:
        rules = []
        for flow in self.catalog.flows.values():
            if flow.openable:
                found = list(self._flow(flow))
                rules += found
                self._note(flow, found)
        self.problems += feature_problems(self.catalog, self.topology, self.ends.hosts, self.served)
        self.warnings += lonely_edges(self.in_site, self.site_mates)
        self._unopened()
        self.warnings += [self.ends.prefix + text for text in withheld_texts(self.catalog, self.withheld)]
        return rules

    def _note(self, flow: Flow, found: list[Rule]) -> None:
        """Who asked for a flow of their own and got nothing has to hear why."""
        if flow.local and not flow.off and not found and is_served(self.ends.hosts):
            ends = (self.ends.side(flow, flow.initiator), self.ends.side(flow, flow.listener))
            self.warnings.append(self.ends.prefix + no_rule(flow, *ends, flow.id in self.covered))

    def _flow(self, flow: Flow) -> Iterable[Rule]:
        initiators = self.ends.side(flow, flow.initiator)
        everybody = self.ends.side(flow, flow.listener)
        listeners = exposed(self.catalog, self.ends, flow, everybody)
        if listeners is not everybody and not initiators.empty:
            self._serve(flow, everybody)  # those behind a balancer are served, though only it is called
        if flow.scope == "same_site" and not flow.withheld:
            self.in_site.append((initiators, listeners))
        for value, first, second in partition(initiators, listeners, flow.scope):
            for word, balanced, behind in by_balancer(first, second):
                yield from self._pair(flow, [value, word], balanced, behind)

    def _pair(self, flow: Flow, words: list[str], first: Side, second: Side) -> Iterable[Rule]:
        if first.empty or second.empty or _alone(first, second):
            return
        self._serve(flow, first, second)
        if flow.withheld:
            self.withheld.add(flow.id)
            return
        if flow.scope == "same_site" or joins_edge(self.catalog, flow):
            self.site_mates.update({host.name: flow.id for side in (first, second) for host in side.hosts})
        if flow.off or (flow.boundary == "whole" and self.narrow):
            return
        for replication, callers, called in self._networks(flow, first, second):
            if flow.local and not replication and self.boundary.holds(callers, called):
                self.covered.add(flow.id)
                flow = replace(flow, boundary="inside")  # also keeps inspection off it where the boundary is narrowed
            if flow.boundary == "inside" and not self.narrow and not replication:
                continue
            parts = self._by_follow(flow, called)
            for key, part in parts:
                label = [*words, *(["replication"] if replication else [])]
                label += [_key_word(key)] if len(parts) > 1 else []
                yield self._rule(flow, label, callers, part, key, replication)

    def _serve(self, flow: Flow, *sides: Side) -> None:
        hosts = [host for side in sides for host in side.hosts] if flow.features else []
        for feature in flow.features:
            self.served.update((host.name, feature) for host in hosts if feature in host.features)

    def _networks(self, flow: Flow, first: Side, second: Side) -> Iterable[tuple[bool, Side, Side]]:
        """Replication runs between replication addresses, and between the others only among hosts without them."""
        if flow.network != "replication":
            yield False, first, second
            return
        for replication in (False, True):
            callers, called = (_replicating(side, replication) for side in (first, second))
            if not (callers.empty or called.empty or _alone(callers, called)):
                yield replication, callers, called

    def _by_follow(self, flow: Flow, called: Side) -> list[tuple[tuple[FollowKey, ...], Side]]:
        """Listeners whose second connections use other ports need rules of their own."""
        if not flow.follows:
            return [((), called)]
        parts: dict[tuple[FollowKey, ...], list[Host]] = {}
        for host in called.hosts:
            key = tuple(self._follow_key(flow, follow, host) for follow in flow.follows)
            parts.setdefault(key, []).append(host)
        found = [(key, called.only(hosts, _key_word(key))) for key, hosts in sorted(parts.items())]
        if called.networks or called.internet:
            key = tuple(self._follow_key(flow, follow, None, called) for follow in flow.follows)
            rest = Side(called.parties, (), called.networks, called.internet, (*called.narrowed, "networks"))
            found = [(key, called)] if not called.hosts else [*found, (key, rest)]
        return found

    def _follow_key(self, flow: Flow, follow: FollowUp, host: Host | None, side: Side | None = None) -> FollowKey:
        if follow.feature and (host is None or follow.feature not in self.ends.features(host)):
            self.unopened.setdefault((flow.id, follow.id), set()).add(host.name if host else "?")
            return (follow.id, False, (), False)
        if host is not None and follow.feature:
            self.served.add((host.name, follow.feature))
        if host is not None and follow.id in host.static_ports:
            return (follow.id, True, host.static_ports[follow.id], True)
        if follow.ports != RPC_DYNAMIC:
            return (follow.id, True, tuple(follow.ports), False)
        return (follow.id, True, self._rpc_ports(flow, host, side), False)

    def _rpc_ports(self, flow: Flow, host: Host | None, side: Side | None) -> tuple[tuple[int, int], ...]:
        if host is None:
            parties = word_list(side.networks if side else ())
            text = (
                f"{flow.id} ends at {parties}, which is declared as a network with unknown dynamic RPC ports; "
                "put the hosts into the inventory with exchange_party and exchange_windows_version."
            )
            self.problems.append(Problem("no-dynamic-range", "", "exchange_networks", text))
            return ()
        if host.dynamic_ports:
            return host.dynamic_ports
        for words, products in ((host.version, self.catalog.products), (host.windows, self.catalog.windows)):
            if words in products:
                return products[words].dynamic_rpc.ports
        if self.topology.doubtful.get(host.name, frozenset()) & _RANGE_VARIABLES:
            return ()  # what is wrong with them is told already
        text = (
            f"{flow.id} ends here and needs the host's dynamic RPC ports; "
            "say which Windows it runs (exchange_windows_version) or the range itself (exchange_dynamic_ports)."
        )
        self.problems.append(Problem("no-dynamic-range", host.name, "exchange_windows_version", text))
        return ()

    def _rule(
        self, flow: Flow, label: list[str], callers: Side, called: Side, key: tuple[FollowKey, ...], replication: bool
    ) -> Rule:
        identity = ".".join([flow.id, *(word for word in label if word)])
        # sites and routing groups have any names, so that two rules might come to the same id
        self.ids[identity] = self.ids.get(identity, 0) + 1
        identity += f"~{self.ids[identity]}" if self.ids[identity] > 1 else ""
        opened = {item[0]: item for item in key if item[1]}
        follows = tuple(
            Follow(f.id, f.direction, f.transport, opened[f.id][2], f.helper, opened[f.id][3], f.title)
            for f in flow.follows
            if f.id in opened
        )
        return Rule(
            id=self.ends.prefix + identity,
            flow=flow.id,
            title=flow.title,
            need=flow.need,
            source=self.ends.group(callers, replication),
            destination=self.ends.group(called, replication, called=True),
            transport=flow.transport,
            ports=flow.ports,
            icmp_types=flow.icmp_types,
            follows=follows,
            features=flow.features,
            sources=flow.sources,
            confidence=flow.confidence,
            boundary=bool(flow.boundary),
            owner=flow.owner,
            expiry=flow.expiry,
        )

    def _unopened(self) -> None:
        for (flow, follow), hosts in sorted(self.unopened.items()):
            entry = next(f for f in self.catalog.flows[flow].follows if f.id == follow)
            self.warnings.append(
                f"{flow}: the second connection ({entry.title}) of {word_list(sorted(hosts))} is not opened, since the "
                f"feature {entry.feature} is not selected there. {entry.remarks}".strip()
            )


def _alone(first: Side, second: Side) -> bool:
    """Whether both sides are the same single host."""
    lonely = not (first.networks or second.networks or first.internet or second.internet)
    names = {host.name for host in (*first.hosts, *second.hosts)}
    return lonely and len(names) == 1


def _replicating(side: Side, replication: bool) -> Side:
    """Servers on this side of the line, and with them whoever is no server and has no such addresses (a backup)."""
    kept = [h for h in side.hosts if bool(h.replication) == replication or not (h.version or h.replication)]
    word = "replicating" if replication else "not-replicating"
    if not (side.networks or side.internet):
        return side.only(kept, word)
    return side if len(kept) == len(side.hosts) else replace(side, hosts=tuple(kept), narrowed=(*side.narrowed, word))


def _key_word(key: tuple[FollowKey, ...]) -> str:
    words = []
    for name, opened, ports, _static in key:
        text = "_".join(str(low) if low == high else f"{low}-{high}" for low, high in ports) if opened else "off"
        words.append(f"{name}-{text}")
    return ".".join(words)

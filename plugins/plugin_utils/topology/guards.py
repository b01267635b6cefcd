# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Guards against what an inventory does not say: missing servers, groups that nobody is in, parties of nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from ..catalog.models import Catalog
from ..problems import Problem
from ..words import some_of, word_list
from .models import Host, HostInput

_GROUP_TABLES = ("exchange_role_groups", "exchange_feature_groups", "exchange_party_groups")
_EXPECTED = "exchange_expected_servers"
_EXTRA = "exchange_extra_flows"
# so near to a known word that a slip of the pen is likelier than a word of one's own
_NEAR = 0.8
# more names than these nobody reads in one sentence
_READABLE = 40

Fleets = Mapping[str, Mapping[str, Any]]  # organization -> its fleet variables
Doubts = Mapping[str, Any]  # host -> its variables with problems
First = Callable[[str, str], str]  # (organization, variable) -> the host that said it first


def fleet_guards(
    sources: Iterable[HostInput],
    hosts: Mapping[str, Host],
    fleets: Fleets,
    first: First,
    catalogs: Mapping[str, Catalog],
    doubtful: Doubts,
) -> tuple[list[Problem], list[str]]:
    """Problems and warnings. ``catalogs``: by organization; ``doubtful``: hosts that may be more than they seem."""
    known = {group for source in sources for group in source.groups}
    problems = [*_expected(hosts, fleets, first, doubtful)]
    warnings: list[str] = []
    for organization in sorted(fleets):
        for table in _GROUP_TABLES:
            problems += _groups(fleets[organization].get(table, {}), table, first(organization, table), known)
        members = [host for host in hosts.values() if host.organization == organization]
        parties = {party for host in members for party in host.parties} | set(fleets[organization]["exchange_networks"])
        if not doubtful:
            problems += _parties_of_nobody(catalogs[organization], parties, first(organization, _EXTRA))
        warnings += _edges_without_names(catalogs[organization], members, parties)
        warnings += _half_replicating(catalogs[organization], members)
    # organizations may share what is wrong, and then it is told once
    return list({(p.variable, p.text): p for p in reversed(problems)}.values()), warnings


def _expected(
    hosts: Mapping[str, Host], fleets: Fleets, first: First, doubtful: Mapping[str, Any]
) -> Iterable[Problem]:
    """Servers that should be there. Organizations that share a list (in group_vars/all) fill it together."""
    lists: dict[tuple[str, ...], list[str]] = {}
    for organization in sorted(fleets):
        if fleets[organization].get(_EXPECTED):
            lists.setdefault(fleets[organization][_EXPECTED], []).append(organization)
    for names, organizations in lists.items():
        there = {host.name for host in hosts.values() if host.version and host.organization in organizations}
        missing = sorted(set(names) - there - set(doubtful))
        if not missing:
            continue
        others = [name for name in missing if name in hosts]
        hint = f" ({word_list(others)} is there, but as no Exchange server of this organization)" if others else ""
        of = f" of {word_list(organizations)}" if len(fleets) > 1 else ""
        text = (
            f"{some_of(missing, _READABLE)} {'is' if len(missing) == 1 else 'are'} expected as Exchange "
            f"{'server' if len(missing) == 1 else 'servers'}{of} and not in the inventory{hint}: a job slice, a limit "
            "of the inventory's source, or half of a synchronization? Bring the whole inventory, or take out of the "
            "list what is gone for good."
        )
        yield Problem("missing-servers", first(organizations[0], _EXPECTED), _EXPECTED, text)


def _groups(table: Mapping[str, Any], variable: str, host: str, known: set[str]) -> Iterable[Problem]:
    """Groups that no host is in: empty ones are legal (plan/partial.py doubts them), mistyped ones are not."""
    for group in sorted(set(table) - known):
        near = get_close_matches(group, sorted(known - set(table)), n=1, cutoff=_NEAR)
        if near:
            text = (
                f"no host of the inventory is in the group {group!r} (did you mean {near[0]!r}?); "
                "mend the name, or take an empty group out."
            )
            yield Problem("unknown-group", host, variable, text)


def _parties_of_nobody(catalog: Catalog, parties: set[str], host: str) -> Iterable[Problem]:
    """A party that only a flow of one's own knows and that nobody is: a slip of the pen, where a known word is near."""
    catalogs_own = sorted(set(catalog.parties) - catalog.own_parties)
    flows = [flow for flow in catalog.flows.values() if flow.local and not flow.off]
    for name in sorted(catalog.own_parties - parties):
        near = get_close_matches(name, catalogs_own, n=1, cutoff=_NEAR)
        users = [flow.id for flow in flows if name in (*flow.initiator.parties, *flow.listener.parties)]
        if near and users:
            text = (
                f"{word_list(users)} names the party {name!r}, which nobody is (did you mean {near[0]!r}?); mend the "
                "word, or say who it is in exchange_networks or with exchange_party."
            )
            yield Problem("unknown-party", host, _EXTRA, text)


def _edges_without_names(catalog: Catalog, members: list[Host], parties: set[str]) -> Iterable[str]:
    """An Edge server asks no domain controller, so without a DNS server it finds nobody."""
    edges = [host.name for host in members if "edge_transport" in host.parties]
    if edges and "dns_server" in catalog.parties and "dns_server" not in parties:
        yield (
            f"{some_of(edges)} has nobody to ask for names: no dns_server stands in exchange_networks, and no host has "
            "it as exchange_party, so no rule lets DNS pass."
        )


def _half_replicating(catalog: Catalog, members: list[Host]) -> Iterable[str]:
    """Members of one DAG with and without replication addresses: the two kinds do not replicate with each other."""
    features = {name for flow in catalog.flows.values() if flow.network == "replication" for name in flow.features}
    dags: dict[str, list[Host]] = {}
    for host in members:
        if host.version and host.features & features:
            dags.setdefault(host.dag, []).append(host)
    for name, hosts in sorted(dags.items()):
        without = [host.name for host in hosts if not host.replication]
        if without and len(without) < len(hosts):
            dag = f"the DAG {name!r}" if name else "the DAG"
            yield (
                f"{some_of(without)} of {dag} has no exchange_replication_addresses and other members have: the flows "
                "of replication join members of one kind only. Give the addresses to all members or to none."
            )

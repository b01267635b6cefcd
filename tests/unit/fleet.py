# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inventories in a few words for the unit tests: a mapping of host name to its ``exchange_*`` variables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.load import load
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.build import build_plan
from ansible_collections.msexchange.firewall.plugins.plugin_utils.topology.models import HostInput
from ansible_collections.msexchange.firewall.plugins.plugin_utils.topology.read import read_topology

SMALL_CATALOG = Path(__file__).parent / "small_catalog"
PLATFORMS = {"nftables": "nftables", "acme.fire.wall": "nftables"}

#: a flow of an organization's own, and who its party is
RELAY = {
    "id": "lob-relay-2525",
    "title": "Relay",
    "need": "Invoices leave\nby mail.",
    "owner": "ERP team",
    "protocol": "SMTP",
    "initiator": {"parties": ["line_of_business"]},
    "listener": {"parties": ["mailbox"]},
    "transport": "tcp",
    "ports": [2525],
}
NETWORKS_OF_RELAY = {"line_of_business": ["10.7.0.0/24"]}


def host_input(name: str, said: dict[str, Any]) -> HostInput:
    """``said``: variables, with ``exchange_`` left out; ``groups`` and ``unreadable`` are no variables."""
    said = dict(said)
    groups, unreadable = said.pop("groups", ()), said.pop("unreadable", {})
    variables = {key if key.startswith("ansible_") else f"exchange_{key}": value for key, value in said.items()}
    return HostInput(name, ("all", *groups), variables, unreadable)


def inputs(hosts: dict[str, dict[str, Any]], fleet: dict[str, Any] | None = None) -> list[HostInput]:
    """Every host's input; ``fleet`` holds what group_vars/all would say."""
    return [host_input(name, {**(fleet or {}), **said}) for name, said in hosts.items()]


def topology_of(hosts, fleet=None, resolve=None, catalog=None, today=None):
    """(topology, problems)"""
    return read_topology(inputs(hosts, fleet), catalog or load(SMALL_CATALOG), PLATFORMS, resolve, today)


def good_topology(hosts, fleet=None, resolve=None, catalog=None, today=None):
    topology, problems = topology_of(hosts, fleet, resolve, catalog, today)
    assert not problems, [str(problem) for problem in problems]
    return topology


def plan_of(hosts, fleet=None, narrow=False, catalog=None, today=None):
    """(plan, problems) of an inventory that the topology has nothing against."""
    catalog = catalog or load(SMALL_CATALOG)
    return build_plan(catalog, good_topology(hosts, fleet, catalog=catalog, today=today), narrow)


def good_plan(hosts, fleet=None, narrow=False, catalog=None, today=None):
    plan, problems = plan_of(hosts, fleet, narrow, catalog, today)
    assert not problems, [str(problem) for problem in problems]
    return plan


def mailbox(number: int, **more: Any) -> dict[str, Any]:
    """A Mailbox server of 2019 at 10.0.0.<number>."""
    return {"version": "2019", "roles": ["mailbox"], "addresses": [f"10.0.0.{number}"], **more}


def party(name: str, address: str, **more: Any) -> dict[str, Any]:
    return {"party": name, "addresses": [address], **more}


def old(number: int, *roles: str, **more: Any) -> dict[str, Any]:
    """A server of 2003 at 10.3.0.<number>."""
    return {"version": "2003", "roles": list(roles or ("mailbox",)), "addresses": [f"10.3.0.{number}"], **more}

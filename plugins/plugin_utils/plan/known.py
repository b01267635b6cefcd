# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everybody whom today's inventory and plan know, by address.

It tells a flow that is not wanted any more from a host that got lost on the way from the inventory.
"""

from __future__ import annotations

from ..topology.addresses import sort_key
from ..topology.models import Topology
from .models import Owner, Plan


def known_owners(topology: Topology, plan: Plan) -> tuple[Owner, ...]:
    """(prefix, host or party), sorted; a prefix that two own stands there twice."""
    known: set[Owner] = set()
    for host in topology.hosts.values():
        known.update((prefix, host.name) for prefix in (*host.addresses, *host.replication, *host.virtual))
    for organization in topology.organizations.values():
        for party, prefixes in organization.networks.items():
            known.update((prefix, party) for prefix in prefixes)
        known.update((prefix, "management") for prefix in organization.management)
    # and whatever else the plan opens something for; groups are shared by many rules
    rules = (*plan.rules, *plan.management_rules)
    for labels in {id(group): group.labels for rule in rules for group in (rule.source, rule.destination)}.values():
        known.update(labels)
    return tuple(sorted(known, key=lambda pair: (sort_key(pair[0]), pair[1])))

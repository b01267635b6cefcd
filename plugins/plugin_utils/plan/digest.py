# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checksum of all that a plan opens."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict

from ..topology.models import Topology
from .kept import published_pairs
from .models import Group, Rule


def digest(content: dict[str, object], narrow: bool) -> str:
    """SHA-256 over all that decides what is open on which device; equal input gives an equal digest."""
    plain = json.dumps({**content, "narrow": narrow}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()


def content_of(rules: list[Rule], more: list[Group], topology: Topology) -> dict[str, object]:
    groups = {group.name: group for rule in rules for group in (rule.source, rule.destination)}
    groups |= {group.name: group for group in more}
    # only where there are any: digests of plans without them stay what they are
    more_of_it: dict[str, object] = {"published": published} if (published := published_pairs(topology)) else {}
    said = {host.name: host.enforcement for host in topology.hosts.values() if host.enforcement}
    more_of_it |= {"enforcement": said} if said else {}
    return {
        **more_of_it,
        "groups": {name: [group.members, group.excluded, group.labels] for name, group in sorted(groups.items())},
        "rules": [_plain(rule) for rule in rules],
        "devices": {host.name: [host.platform, host.zones] for host in topology.hosts.values() if host.zones},
    }


def _plain(rule: Rule) -> list[object]:
    return [
        rule.id,
        rule.flow,
        rule.source.name,
        rule.destination.name,
        rule.transport,
        rule.ports,
        rule.icmp_types,
        [asdict(follow) for follow in rule.follows],
        rule.boundary,
    ]

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inventories cut to a part of their hosts as AWX does it, and what a plan of the part would close."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.models import Slice
from ansible_collections.msexchange.firewall.plugins.plugin_utils.topology.models import HostInput
from fleet import inputs, mailbox, party

ZONES = {"servers0": ["10.0.0.0/24"], "dmz0": ["10.1.0.0/24"], "clients0": ["10.9.0.0/16"], "wan0": ["0.0.0.0/0"]}
FLEET = {
    "networks": {"internal_clients": ["10.9.0.0/16"]},
    "role_groups": {"mailbox_servers": ["mailbox"], "edge_servers": ["edge_transport"]},
}


def organization(seed: int) -> list[HostInput]:
    """A made-up organization of some size behind a gateway; server roles come from groups."""
    dice = random.Random(seed)
    hosts = {"gw1": {"platform": "nftables", "zones": ZONES}}
    for number in range(1, dice.randint(3, 12)):
        hosts[f"mbx{number}"] = {**mailbox(number), "roles": [], "groups": ["mailbox_servers"]}
    for number in range(1, dice.randint(2, 5)):
        edge = {"version": "2019", "addresses": [f"10.1.0.{number}"], "groups": ["edge_servers"]}
        hosts[f"edge{number}"] = edge
    for number in range(1, dice.randint(2, 4)):
        hosts[f"dc{number}"] = party("domain_controller", f"10.0.0.{200 + number}", windows_version="2022")
    return inputs(hosts, FLEET)


def job_slice(whole: list[HostInput], number: int, count: int) -> list[HostInput]:
    """Slice ``number`` of ``count``: every count-th host in the order of names. Groups hold what is left of them."""
    return sorted(whole, key=lambda source: source.name)[number - 1 :: count]


def job_slices(amount: int) -> Iterator[tuple[list[HostInput], list[HostInput]]]:
    """(whole inventory, slice of it) of made-up organizations, ``amount`` times."""
    dice = random.Random(amount)
    for seed in range(amount):
        count = dice.randint(2, 6)
        whole = organization(seed)
        yield whole, job_slice(whole, dice.randint(1, count), count)


def smart(whole: list[HostInput]) -> list[HostInput]:
    """The same hosts in a smart inventory, which has no groups."""
    return [replace(source, groups=("all", "ungrouped")) for source in whole]


def closed(before: Slice, after: Slice) -> set[tuple[str, str, str]]:
    """(rule, end, address) of everything that a gateway had and would lose."""
    return _open(before) - _open(after)


def _open(part: Slice) -> set[tuple[str, str, str]]:
    ends = [(rule.id, word, getattr(rule, word)) for rule in part.rules for word in ("source", "destination")]
    return {(name, word, member) for name, word, group in ends for member in group.members}

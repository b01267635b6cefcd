# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lock-out proof: would the rules cut the way by which they could be changed again?"""

from __future__ import annotations

from ..problems import Problem
from ..topology.addresses import inside, ordered
from ..words import word_list
from .models import Managed, Slice
from .slicing import Zones, crosses, permitting


def lockout_problems(part: Slice, peer: str) -> list[Problem]:
    """What `enforce` on a gateway would cut of Ansible's way to the protected hosts behind it.

    ``peer`` is the controller's address as the gateway sees it, a prefix of full length, or "" where nobody can tell.
    The forward hook never judges the session to the gateway itself.
    """
    if not part.managed:
        return []
    known = part.management.members
    if not peer and not known:
        text = (
            "the address that Ansible comes from could not be read on the gateway, so a lock-out cannot be ruled out; "
            "name the networks of all controllers and jump hosts."
        )
        return [Problem("lockout-unknown", part.host, "exchange_management_networks", text)]
    zones = Zones(part.zones)
    origins = set(known)
    if peer and not any(inside(peer, prefix) for prefix in known):
        origins.add(peer)
    problems = []
    for origin in ordered(origins):
        lost = [host.name for host in part.managed if _is_cut(part, zones, origin, host)]
        if lost:
            more = f" and {len(lost) - 5} more" if len(lost) > 5 else ""
            text = (
                f"enforcing this plan would cut Ansible's connections from {origin} to {word_list(lost[:5])}{more}; "
                f"add {origin} to exchange_management_networks."
            )
            problems.append(Problem("lockout", part.host, "exchange_management_networks", text))
    return problems


def _crossing(zones: Zones, origin: str, host: Managed) -> list[str]:
    return [a for a in host.addresses if _same_family(a, origin) and crosses(zones.of(origin), zones.of(a))]


def _is_cut(part: Slice, zones: Zones, origin: str, host: Managed) -> bool:
    rules = part.in_mode("enforce").rules
    return any(
        not permitting(rules, origin, address, "tcp", port)
        for address in _crossing(zones, origin, host)
        for port in host.ports
    )


def _same_family(first: str, second: str) -> bool:
    return (":" in first) == (":" in second)

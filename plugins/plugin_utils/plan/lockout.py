# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lock-out proof: would the rules cut the way by which they could be changed again?"""

from __future__ import annotations

from ..problems import Problem
from ..words import some_of, word_list
from .models import Managed, Slice
from .slicing import Judge, Zones, crosses


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
    zones, judge = Zones(part.zones), Judge(part.whole().rules)
    problems = []
    for origin, organization in _origins(part, peer):
        concerned = [host for host in part.managed if organization in ("", host.organization)]
        lost = [host.name for host in concerned if _is_cut(judge, zones, origin, host)]
        if lost:
            text = (
                f"enforcing this plan would cut Ansible's connections from {origin} to {some_of(lost)}; "
                f"add {origin} to exchange_management_networks."
            )
            problems.append(Problem("lockout", part.host, "exchange_management_networks", text))
    return problems


def host_lockout_problems(part: Slice, peer: str) -> list[Problem]:
    """What a host's own rules would cut of Ansible's way to it, were nothing else open. ``peer`` as above.

    The rules are the plan's, with those of flow ``management``; what other rules on the host let in is the host's to
    tell, and not counted on.
    """
    if not part.managed:
        return []
    if not peer and not part.management.members:
        text = (
            "the address that Ansible comes from could not be read on the host, so a lock-out cannot be ruled out; "
            "name the networks of all controllers and jump hosts."
        )
        return [Problem("lockout-unknown", part.host, "exchange_management_networks", text)]
    judge = Judge(part.whole().rules)
    (host,) = part.managed
    problems = []
    for origin, organization in _origins(part, peer):
        if organization not in ("", host.organization):
            continue
        ways = [a for a in host.addresses if _same_family(a, origin)]
        cut = [port for port in host.ports if not any(judge.permitting(origin, a, "tcp", port) for a in ways)]
        if ways and cut:
            text = (
                f"these rules alone would not let Ansible in from {origin} on port {word_list(map(str, cut))}; "
                f"add {origin} to exchange_management_networks."
            )
            problems.append(Problem("lockout", part.host, "exchange_management_networks", text))
    return problems


def _origins(part: Slice, peer: str) -> list[tuple[str, str]]:
    """Where Ansible comes from, and whose hosts it must reach from there: an organization, or "" for everybody's."""
    labels = dict(part.management.labels)
    origins = [(prefix, labels[prefix]) for prefix in part.management.members]
    return [*origins, (peer, "")] if peer else origins


def _crossing(zones: Zones, origin: str, host: Managed) -> list[str]:
    return [a for a in host.addresses if _same_family(a, origin) and crosses(zones.of(origin), zones.of(a))]


def _is_cut(judge: Judge, zones: Zones, origin: str, host: Managed) -> bool:
    return any(
        not judge.permitting(origin, address, "tcp", port)
        for address in _crossing(zones, origin, host)
        for port in host.ports
    )


def _same_family(first: str, second: str) -> bool:
    return (":" in first) == (":" in second)

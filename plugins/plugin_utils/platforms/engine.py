# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares what rules use with what a platform can express, and decides how dynamic ports are satisfied.

Three steps a rule, each a function: is it expressible, the rule itself, the second connections that follow it. A
platform without connection state will get a fourth that adds the replies.
"""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from ..plan.models import Follow, Group, Rule, Slice
from ..problems import Problem, ProblemError
from .models import Permit, Supports
from .nat import PUBLISHED, as_published

PORTED = ("tcp", "udp")


@dataclass(frozen=True)
class Resolution:
    """The permits of one enforcement point, what cannot be had, and what needs no rule."""

    permits: tuple[Permit, ...]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]


def resolve(piece: Slice, platform: Supports, available_helpers: Collection[str] | None = None) -> Resolution:
    """Decide every rule of a slice; ``available_helpers`` says what the device has, None that nobody asked it."""
    found: list[Problem] = list(_check_slice(piece))
    permits: list[Permit] = []
    notes: list[str] = []
    for rule in piece.rules:
        problems = list(_check_rule(piece, rule, platform))
        base, extra = Permit(**_shared(rule), ports=rule.ports, icmp_types=rule.icmp_types), []
        for follow in rule.follows:
            helper = _usable_helper(rule, follow, platform, available_helpers)
            if helper and base.helper in ("", helper):
                base = replace(base, helper=helper)
                extra += _second_connections(rule, follow, helper)
            elif follow.ports:
                extra += _second_connections(rule, follow, "")
            else:
                problems.append(_unfollowable(piece, rule, follow))
        if not problems and not families(rule.source) & families(rule.destination):
            notes.append(f"rule {rule.id} ({rule.flow}): its ends share no address family, so there is nothing to open")
        permits += [base, *extra]
        found += problems
    if platform.nat == PUBLISHED:
        permits = list(as_published(permits, piece.published))
    return Resolution(tuple(permits), tuple(sorted(set(found))), tuple(notes))


def resolved(piece: Slice, platform: Supports, available_helpers: Collection[str] | None = None) -> tuple[Permit, ...]:
    """The permits of a slice, or one error with everything that is in the way."""
    result = resolve(piece, platform, available_helpers)
    if result.problems:
        raise ProblemError(result.problems)
    return result.permits


def families(group: Group) -> set[int]:
    return {family_of(prefix) for prefix in group.members}


def family_of(prefix: str) -> int:
    return 6 if ":" in prefix else 4


def _shared(rule: Rule) -> dict:
    return {
        "id": rule.id,
        "flow": rule.flow,
        "title": rule.title,
        "source": rule.source,
        "destination": rule.destination,
        "transport": rule.transport,
        "rule": rule,
    }


def _usable_helper(rule: Rule, follow: Follow, platform: Supports, available: Collection[str] | None) -> str:
    """The engine that may follow this connection: none where ports are fixed, none inside the support boundary that
    touches packets."""
    if follow.static or not platform.can_inspect(follow.helper, rule.transport):
        return ""
    if rule.boundary and follow.helper not in platform.untouching:
        return ""
    return follow.helper if available is None or follow.helper in available else ""


def _second_connections(rule: Rule, follow: Follow, helper: str) -> list[Permit]:
    """Extra permits: any port where an engine reads the number, else the ports that were named."""
    plain = Permit(
        **{**_shared(rule), "id": f"{rule.id}+{follow.id}", "transport": follow.transport},
        ports=() if helper else follow.ports,
        announced_by=helper,
        follow=follow,
    )
    back = replace(plain, source=rule.destination, destination=rule.source)
    if follow.direction == "to_listener":
        return [plain]
    if follow.direction == "to_initiator":
        return [back]
    return [plain, replace(back, id=f"{plain.id}+back")]


def _unfollowable(piece: Slice, rule: Rule, follow: Follow) -> Problem:
    return Problem(
        "dynamic-ports",
        piece.host,
        "exchange_static_ports",
        f"flow {rule.flow} ({rule.title}) opens second connections ({follow.id}) on ports that {piece.platform} cannot "
        f"follow and no range is known for; give fixed ports with exchange_static_ports: {{{follow.id}: [...]}} "
        "or switch the feature off",
    )


def _check_slice(piece: Slice) -> Iterator[Problem]:
    seen: dict[str, Group] = {}
    groups = [piece.protected, piece.management]
    groups += [group for rule in piece.rules for group in (rule.source, rule.destination)]
    for group in groups:
        known = seen.get(group.name)
        if known is None:
            seen[group.name] = group
            yield from _check_addresses(piece, group)
        elif known is not group and known != group:
            yield Problem("group-differs", piece.host, "", f"group {group.name} has two different contents in one plan")
    for name, count in Counter(rule.id for rule in piece.rules).items():
        if count > 1:
            yield Problem("duplicate-rule", piece.host, "", f"rule id {name} stands {count} times in one plan")


def _check_addresses(piece: Slice, group: Group) -> Iterator[Problem]:
    for prefix in (*group.members, *group.excluded):
        if not is_prefix(prefix):
            text = f"{prefix!r} in group {group.name} is no address range in canonical CIDR form"
            yield Problem("bad-address", piece.host, "exchange_addresses", text)


@lru_cache(maxsize=65536)  # the same addresses stand in many groups
def is_prefix(text: str) -> bool:
    """True for a canonical CIDR string; a zone id is refused, since it may hold any character."""
    try:
        return "%" not in text and str(ipaddress.ip_network(text)) == text
    except ValueError:
        return False


def _check_rule(piece: Slice, rule: Rule, platform: Supports) -> Iterator[Problem]:
    def problem(code: str, text: str) -> Problem:
        return Problem(code, piece.host, "", f"rule {rule.id} of flow {rule.flow} {text}")

    uses = [(rule.transport, rule.ports), *((follow.transport, follow.ports) for follow in rule.follows)]
    for transport, ports in uses:
        if transport not in platform.transports:
            yield problem("transport", f"needs {transport}, which {piece.platform} cannot express")
        if ports and transport not in PORTED:
            yield problem("ports", f"names ports for {transport}, which has none")
        if not all(0 <= low <= high <= 65535 for low, high in ports):
            yield problem("ports", f"has a port range outside 0 to 65535: {ports}")
    for word in sorted(set(rule.icmp_types) - set(platform.icmp_types)):
        yield problem("icmp-type", f"needs ICMP type {word}, which {piece.platform} does not know")
    if rule.icmp_types and rule.transport != "icmp":
        yield problem("icmp-type", f"names ICMP types for {rule.transport}")
    for group in (rule.source, rule.destination):
        if not group.members:
            yield problem("empty-group", f"has nobody in group {group.name}")
        if group.excluded and not platform.excluded:
            yield problem("excluded", f"leaves holes in group {group.name}, which {piece.platform} cannot express")
        for family in sorted(families(group) - set(platform.families)):
            yield problem("family", f"has IPv{family} addresses in group {group.name}, which {piece.platform} lacks")

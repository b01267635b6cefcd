# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The few nft statements that our table is made of, each written in exactly one way.

``parse`` turns what nft prints back into these texts, so two rules are equal exactly when their texts are.
"""

from __future__ import annotations

from collections.abc import Iterable

from ...plan.models import PortRange
from .names import MARK

IP = {4: "ip", 6: "ip6"}
ICMP = {4: "icmp", 6: "ipv6-icmp"}
PROTOCOL_NUMBERS = {1: "icmp", 6: "tcp", 17: "udp", 50: "esp", 51: "ah", 58: "ipv6-icmp"}
# plan's helper -> (kernel's helper type, transport it is assigned to, helpers whose announcements count)
HELPERS = {"h323": ("Q.931", "tcp", ("H.245", "Q.931"))}
ICMP_NEEDED = {
    4: ("destination-unreachable", "parameter-problem", "time-exceeded"),
    # RFC 4890, 4.3.1
    6: (
        "destination-unreachable",
        "echo-reply",
        "echo-request",
        "packet-too-big",
        "parameter-problem",
        "time-exceeded",
    ),
}
ICMP_TYPES = {
    4: {*ICMP_NEEDED[4], "echo-reply", "echo-request", "timestamp-reply", "timestamp-request", "redirect"},
    6: set(ICMP_NEEDED[6]),
}
MARK_IT = f"meta mark set meta mark | {MARK:#010x}"
MARKED = f"meta mark & {MARK:#010x} == {MARK:#010x}"
ACCEPT = "accept"
DROP = "drop"
ESTABLISHED = "ct state established"
RELATED = "ct state related"


def address(family: int, field: str, name: str, negate: bool = False) -> str:
    return f"{IP[family]} {field} {'!= ' if negate else ''}@{name}"


def family_is(family: int) -> str:
    return f"meta nfproto ipv{family}"


def protocol_is(name: str) -> str:
    return f"meta l4proto {name}"


def ports_are(transport: str, ranges: Iterable[PortRange]) -> str:
    """Destination ports; no ports or all ports is the protocol alone, since nft prints that without ports."""
    merged = merge_ports(ranges)
    if merged in ([], [(0, 65535)]):
        return protocol_is(transport)
    return f"{transport} dport {_choice([str(low) if low == high else f'{low}-{high}' for low, high in merged])}"


def merge_ports(ranges: Iterable[PortRange]) -> list[PortRange]:
    """Sorted, without overlaps or neighbours: nft keeps only such sets as they were written."""
    merged: list[PortRange] = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return merged


def icmp_types_are(family: int, types: Iterable[str]) -> str:
    return f"{'icmp' if family == 4 else 'icmpv6'} type {_choice(sorted(types))}"


def announced_by(kernel_helpers: Iterable[str]) -> str:
    return f"ct helper {_choice([quoted(name) for name in sorted(kernel_helpers)])}"


def counted(name: str) -> str:
    return f"counter name {quoted(name)}"


def inspected_by(name: str) -> str:
    return f"ct helper set {quoted(name)}"


def jump(chain: str) -> str:
    return f"jump {chain}"


def goto(chain: str) -> str:
    return f"goto {chain}"


def quoted(text: str) -> str:
    """Only for texts that came from ``names``; anything else would be a way into the script."""
    if '"' in text or "\n" in text or "\\" in text:
        raise ValueError(f"unsafe text for nft: {text!r}")
    return f'"{text}"'


def _choice(values: list[str]) -> str:
    return values[0] if len(values) == 1 else "{ " + ", ".join(values) + " }"

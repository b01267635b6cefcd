# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host reports of our rules -> the same records that the plan wants, whatever the spelling.

Windows answers in several forms: by interface (COM, WMI, registry) and by version. Each is documented or was seen; the
forms stand in docs/windows.md.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .addresses import ANY
from .names import KEYS, PROFILES

# lower case -> ours; other words pass as they are, so that they differ from anything that we want
_DIRECTIONS = {"in": "in", "inbound": "in", "1": "in", "out": "out", "outbound": "out", "2": "out"}
_ACTIONS = {"allow": "allow", "1": "allow", "block": "block", "0": "block"}
_PROTOCOLS = {"256": "any", "*": "any", "": "any", "6": "tcp", "17": "udp", "1": "icmpv4", "58": "icmpv6"}
_EDGES = {
    "block": "block",
    "0": "block",
    "false": "block",
    "": "block",
    "allow": "allow",
    "1": "allow",
    "true": "allow",
    "2": "defer_to_app",
    "defertoapp": "defer_to_app",
    "defer_to_app": "defer_to_app",
    "app": "defer_to_app",
    "3": "defer_to_user",
    "defertouser": "defer_to_user",
    "defer_to_user": "defer_to_user",
    "user": "defer_to_user",
}
_PORT_WORDS = {"rpc": "RPC", "rpc-epmap": "RPC-EPMap", "rpcepmap": "RPC-EPMap"}
_ADDRESS_WORDS = {
    word.lower(): word for word in ("LocalSubnet", "DNS", "DHCP", "WINS", "DefaultGateway", "Internet", "Intranet")
}
_ALL_PROFILES = (7, 0, 0x7FFFFFFF)
# what a rule has besides and does not narrow it
_NEUTRAL = {"interface_types": ("all", ""), "interfaces": ("",)}


def parse(owned: Iterable[Mapping[str, Any]]) -> tuple[dict[str, Any], ...]:
    """The module's ``owned``, sorted by name. Facts beyond ours stay where they narrow a rule, so that they show."""
    return tuple(sorted((canonical(rule) for rule in owned), key=lambda rule: (rule["name"], str(rule))))


def canonical(rule: Mapping[str, Any]) -> dict[str, Any]:
    """One rule; applied twice it changes nothing more."""
    found = {key: _READERS[key](rule.get(key)) for key in KEYS}
    for key in sorted(set(rule) - set(KEYS)):
        value = rule[key]
        neutral = not value or str(value).strip().lower() in _NEUTRAL.get(key, ())
        if not neutral:
            found[key] = value
    return found


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _word(words: Mapping[str, str]) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        text = _text(value).lower()
        return words.get(text, text)

    return read


def _flag(value: Any) -> bool:
    return _text(value).lower() in ("true", "yes", "1")


def _items(value: Any, separators: str = ",") -> list[str]:
    """A list, or one text with commas; keywords may leave an empty item behind."""
    raw = re.split(f"[{separators}]", value) if isinstance(value, str) else value
    if raw is None:
        return []
    if not isinstance(raw, (list, tuple)):
        raw = [raw]
    return [text for text in map(_text, raw) if text]


def _ports(value: Any) -> list[str]:
    found = _items(value)
    return [] if found in (["*"], ["any"], ["Any"]) else sorted({_port(item) for item in found})


def _port(text: str) -> str:
    ends = [end.strip() for end in text.split("-")]
    if all(end.isascii() and end.isdigit() for end in ends) and len(ends) <= 2:
        low, high = int(ends[0]), int(ends[-1])
        return str(low) if low == high else f"{low}-{high}"
    return _PORT_WORDS.get(text.lower(), text)


def _addresses(value: Any) -> list[str]:
    found = {_address(item) for item in _items(value)}
    return [ANY] if not found or ANY in found else sorted(found)


def _address(text: str) -> str:
    """``10.0.0.0/255.0.0.0`` -> ``10.0.0.0/8``; ``2001:db8::1-2001:db8::1`` -> ``2001:db8::1/128``."""
    if text.lower() in ("*", "any"):
        return ANY
    low, dash, high = text.partition("-")
    try:
        if not dash:
            return str(ipaddress.ip_network(text, strict=False))
        first, last = ipaddress.ip_address(low.strip()), ipaddress.ip_address(high.strip())
        return f"{first}/{first.max_prefixlen}" if first == last else f"{first}-{last}"
    except ValueError:
        return _ADDRESS_WORDS.get(text.lower(), text)


def _icmp(value: Any) -> list[str]:
    """``8`` and ``8:*`` are the same; an old page separates by semicolons."""
    found = [item if ":" in item else f"{item}:*" for item in _items(value, ",;")]
    return [] if any(item.startswith("*") for item in found) else sorted(set(found))


def _profiles(value: Any) -> list[str]:
    if isinstance(value, int) or (isinstance(value, str) and value.strip().isdigit()):
        mask = int(value)
        return sorted(
            PROFILES
            if mask in _ALL_PROFILES
            else (p for n, p in enumerate((_DOMAIN, _PRIVATE, _PUBLIC)) if mask >> n & 1)
        )
    found = {item.lower() for item in _items(value)}
    return sorted(PROFILES if not found or found & {"any", "all", "*"} else found)


_DOMAIN, _PRIVATE, _PUBLIC = PROFILES  # bits 1, 2 and 4

_READERS: dict[str, Callable[[Any], Any]] = {
    "name": _text,
    "description": _text,
    "direction": _word(_DIRECTIONS),
    "action": _word(_ACTIONS),
    "enabled": _flag,
    "protocol": _word(_PROTOCOLS),
    "local_ports": _ports,
    "remote_ports": _ports,
    "local_addresses": _addresses,
    "remote_addresses": _addresses,
    "icmp_types": _icmp,
    "program": _text,
    "service": _text,
    "profiles": _profiles,
    "edge_traversal": _word(_EDGES),
}

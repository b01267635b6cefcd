# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A strict reader of nft scripts: every character belongs to a word of a known kind, or the script is refused.

It knows less than nft on purpose. A word is one that our statements use, a name that was made for a set, counter or
chain, an address or a number; texts between quotes hold a safe alphabet, whatever an inventory held.
"""

from __future__ import annotations

import ipaddress
import re

TOKEN = re.compile(
    r'(?P<text>"[A-Za-z0-9 ._:/@+~=,()-]{0,128}")'
    r"|(?P<sign>[{};,|&]|!=|==?)"
    r"|(?P<set>@h?_?g_[A-Za-z0-9_.-]+)"
    r"|(?P<word>[A-Za-z0-9_.:/-]+)"
    r"|(?P<space>[ \t\n]+)"
)
# what our scripts say; nothing of an inventory is among them
WORDS = """
    add delete flush table inet counter set chain element rule ct helper type flags interval elements ipv4_addr
    ipv6_addr filter hook forward priority policy accept drop state established related goto jump icmp icmpv6 ip ip6
    saddr daddr meta mark nfproto ipv4 ipv6 l4proto tcp udp dport name comment protocol known esp ah ipv6-icmp
    msexchange_firewall destination-unreachable packet-too-big time-exceeded parameter-problem echo-request echo-reply
    planned_v4 planned_v6 -
"""
KEYWORDS = frozenset(WORDS.split())
NAMED = re.compile(r"(h_)?(g|flow)_[A-Za-z0-9_.-]+|not_planned|h323")
NUMBER = re.compile(r"-?\d{1,5}(-\d{1,5})?|0x[0-9a-f]{8}")


class Refused(AssertionError):
    """Something in a script that may not be there."""


def read(script: str) -> list[tuple[str, str]]:
    """(kind, text) of each word; raises Refused for anything unknown."""
    found, position = [], 0
    while position < len(script):
        match = TOKEN.match(script, position)
        if match is None:
            raise Refused(f"at {script[max(0, position - 40) : position]!r}, then {script[position : position + 40]!r}")
        kind = str(match.lastgroup)
        if kind == "word" and not _known(match.group()):
            raise Refused(f"{match.group()!r} in {script[max(0, position - 40) : position + 40]!r}")
        if kind != "space":
            found.append((kind, match.group()))
        position = match.end()
    if [text for _kind, text in found].count("{") != [text for _kind, text in found].count("}"):
        raise Refused("braces without a partner")
    return found


def _known(word: str) -> bool:
    return word in KEYWORDS or bool(NAMED.fullmatch(word) or NUMBER.fullmatch(word)) or _is_address(word)


def _is_address(word: str) -> bool:
    try:
        ipaddress.ip_network(word)
    except ValueError:
        return False
    return True

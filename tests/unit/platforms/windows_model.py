# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small Windows firewall: takes our PowerShell, refuses what Windows refuses, and answers in its own spelling."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

GROUP = "msexchange.firewall"
QUOTES = "'\u2018\u2019\u201a\u201b"
LISTS = ("LocalPort", "RemotePort", "LocalAddress", "RemoteAddress", "IcmpType", "Profile")
SINGLE = ("Name", "DisplayName", "Description", "Direction", "Action", "Enabled", "Protocol", "Group")


class Refused(Exception):
    """What Windows would answer."""


def tokens(text: str) -> Iterator[tuple[str, str]]:
    """("text", a literal without its quotes) and ("word", whatever stands between blanks, commas and line ends)."""
    place = 0
    while place < len(text):
        if text[place] in QUOTES:
            place, value = literal(text, place + 1)
            yield "text", value
        elif text[place] in " \n,":
            place += 1
        else:
            end = place
            while end < len(text) and text[end] not in " \n," + QUOTES:
                end += 1
            yield "word", text[place:end]
            place = end


def literal(text: str, place: int) -> tuple[int, str]:
    value = ""
    while True:
        char = text[place]
        if char in QUOTES and place + 1 < len(text) and text[place + 1] in QUOTES:
            value, place = value + char, place + 2
        elif char in QUOTES:
            return place + 1, value
        else:
            value, place = value + char, place + 1


def parameters(found: list[tuple[str, str]], named: str) -> dict[str, list[str]]:
    """``named``: how a parameter's name is written, with {} for the name."""
    values: dict[str, list[str]] = {}
    name = ""
    for kind, value in found:
        match = re.fullmatch(named, value) if kind == "word" else None
        if match:
            name = match[1]
            values[name] = []
        elif kind == "text":
            values[name].append(value)
    return values


class Model:
    """The rules of one store: those of our group, and one of somebody else that has to stay."""

    def __init__(self) -> None:
        self.rules: dict[str, dict[str, list[str]]] = {"foreign": {"Name": ["foreign"], "Group": ["other"]}}

    def load(self, script: str) -> None:
        """A script of changes, or one as it is rendered."""
        if "$wanted = @(" in script:
            self._whole(script)
            return
        for line in script.splitlines():
            found = list(tokens(line))
            if found[0][1] == "New-NetFirewallRule":
                self._new(parameters(found, r"-(\w+)"))
            else:
                self._remove([value for kind, value in found if kind == "text"])

    def _whole(self, script: str) -> None:
        body = script.partition("$wanted = @(\n")[2].partition("\n)\n")[0]
        wanted = []
        for block in re.findall(r"(?ms)^    @\{\n(.*?)^    \}$", body):
            wanted.append(parameters(list(tokens(block)), r"([A-Z]\w+)"))
        before = dict(self.rules)
        for rule in wanted:
            if rule["Name"][0] not in before:
                self._new({**rule, "Group": [GROUP]})
        keep = {rule["Name"][0] for rule in wanted}
        for name, rule in before.items():
            if rule["Group"] == [GROUP] and name not in keep:
                del self.rules[name]

    def _new(self, rule: dict[str, list[str]]) -> None:
        rule = {key: values for key, values in rule.items() if key != "PolicyStore"}
        unknown = set(rule) - {*LISTS, *SINGLE}
        if unknown or any(len(rule[key]) != 1 for key in SINGLE) or not all(rule.values()):
            raise Refused(f"parameters: {rule}")
        if rule["Name"][0] in self.rules:
            raise Refused("a rule of this id is there")
        if any("|" in text or not text.isprintable() for values in rule.values() for text in values):
            raise Refused(f"a bar, or what cannot be printed: {rule}")
        if any(key in rule for key in ("LocalPort", "RemotePort")) and rule["Protocol"] not in (["TCP"], ["UDP"]):
            raise Refused("ports without TCP or UDP")
        if "RPC" in str(rule.get("LocalPort")) and rule["Direction"] != ["Inbound"]:
            raise Refused("an outbound keyword")
        for address in (*rule.get("LocalAddress", ()), *rule.get("RemoteAddress", ())):
            self._speakable(address)
        if len(rule.get("RemoteAddress", ())) > 1000:
            raise Refused("too many addresses")
        self.rules[rule["Name"][0]] = rule

    def _speakable(self, text: str) -> None:
        low, dash, high = text.partition("-")
        first = ipaddress.ip_address(low) if dash else ipaddress.ip_network(low).network_address
        last = ipaddress.ip_address(high) if dash else ipaddress.ip_network(low).broadcast_address
        lost = [first.is_unspecified, first.is_loopback, last.is_loopback, last.is_multicast, first > last]
        if any(lost) or (not dash and ipaddress.ip_network(low).prefixlen == 0):
            raise Refused(f"address {text}")

    def _remove(self, texts: list[str]) -> None:
        group, display, *kept = texts
        assert group == GROUP
        for name, rule in list(self.rules.items()):
            if rule["Group"] == [GROUP] and rule["DisplayName"] == [display] and name not in kept:
                del self.rules[name]

    @property
    def foreign_untouched(self) -> bool:
        return self.rules.get("foreign") == {"Name": ["foreign"], "Group": ["other"]}

    @property
    def empty(self) -> bool:
        return not self.listing()

    def listing(self) -> list[dict[str, object]]:
        """What the module reads back, as COM spells it."""
        return [_spelled(rule) for rule in self.rules.values() if rule["Group"] == [GROUP]]


def _spelled(rule: dict[str, list[str]]) -> dict[str, object]:
    numbers = {"Any": 256, "TCP": 6, "UDP": 17, "ICMPv4": 1, "ICMPv6": 58}
    ported = rule["Protocol"][0] in ("TCP", "UDP")
    ports = {key: ",".join(reversed(rule.get(key, ["*"]))) if ported else None for key in ("LocalPort", "RemotePort")}
    icmp = ",".join(item if ":" in item else f"{item}:*" for item in rule.get("IcmpType", ()))
    return {
        "name": rule["DisplayName"][0],
        "description": rule["Description"][0],
        "direction": {"Inbound": 1, "Outbound": 2}[rule["Direction"][0]],
        "action": {"Allow": 1, "Block": 0}[rule["Action"][0]],
        "enabled": rule["Enabled"] == ["True"],
        "protocol": numbers.get(rule["Protocol"][0], rule["Protocol"][0]),
        "local_ports": ports["LocalPort"],
        "remote_ports": ports["RemotePort"],
        "local_addresses": ",".join(map(_address, rule.get("LocalAddress", ["*"]))),
        "remote_addresses": ",".join(map(_address, reversed(rule.get("RemoteAddress", ["*"])))),
        "icmp_types": icmp or None,
        "program": None,
        "service": "",
        "profiles": 0x7FFFFFFF,
        "edge_traversal": 0,
        "interface_types": "All",
    }


def _address(text: str) -> str:
    """IPv4 with its mask, one IPv6 address as a range."""
    if text == "*" or "-" in text:
        return text
    network = ipaddress.ip_network(text)
    if network.version == 4:
        return f"{network.network_address}/{network.netmask}"
    return f"{network[0]}-{network[0]}" if network.prefixlen == 128 else text.upper()

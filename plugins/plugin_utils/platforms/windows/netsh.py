# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules as batch files for Windows before 2012: netsh advfirewall for 2008 and 2008 R2, netsh firewall for 2003.

Neither knows rule groups. What is ours is found again by name (2008) or by protocol and port (2003), so such a file
takes away only what stands in it, and the file of an earlier plan is run with ``remove`` first.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Iterator, Sequence

from .addresses import ANY, split
from .changes import listing
from .names import PROFILES, HostRule

# cmd.exe takes 8,191 characters a line; the longest address is 87 (two of IPv6), a usual one 18
_LINE = 8000
# of a range that 2003 cannot say, so many ports are written one by one
_FEW = 64
_PORTS = (("localport", "local_ports"), ("remoteport", "remote_ports"))
_EDGES = {"block": "no", "allow": "yes", "defer_to_app": "deferapp", "defer_to_user": "deferuser"}

_HEAD = """\
@echo off
rem Written by msexchange.firewall for one host: read it, then run it there as administrator.
rem
rem   <this file>           adds what stands here, in place of rules of the same name
rem   <this file> remove    takes it away again
rem
rem When the plan has changed: run the file that you have with remove, then the new one.
"""
_HEAD_2008 = """\
rem For Windows Server 2008 R2. Windows Server 2008 takes it as well, but for ranges of ports, which came with R2.
"""
_HEAD_2003 = """\
rem For Windows Server 2003 with Service Pack 1 or later. Its firewall opens TCP and UDP ports for inbound calls, each
rem for a list of IPv4 addresses. It has one entry a port, so that callers of several rules stand together in it.
"""


def render_2008(rules: Sequence[HostRule]) -> str:
    lines = [line for rule in rules for line in _advfirewall(rule)]
    names = sorted({name for name, _line in lines})
    gone = [f"netsh advfirewall firewall delete rule name={_quoted(name)}" for name in names]
    return _file(_HEAD + _HEAD_2008, [line for _name, line in lines], gone, gone)


def render_2003(rules: Sequence[HostRule]) -> str:
    opened, missing = _by_port(rules)
    lines = [f"rem NOT INCLUDED: {_plain(text)}" for text in missing]
    gone = []
    for (protocol, port), callers in sorted(opened.items(), key=lambda item: (item[0][0], item[0][1])):
        name = _quoted(f"msexchange.firewall {protocol}-{port}")
        where = f"protocol={protocol.upper()} port={port}"
        scope = "scope=ALL" if ANY in callers else f"scope=CUSTOM addresses={','.join(callers)}"
        line = f"netsh firewall set portopening {where} name={name} mode=ENABLE {scope} profile=ALL"
        if len(line) > _LINE:
            lines.append(f"rem NOT INCLUDED: {protocol} {port}, since its {len(callers)} callers do not fit in a line")
            continue
        lines.append(line)
        gone.append(f"netsh firewall delete portopening {where} profile=ALL")
    return _file(_HEAD + _HEAD_2003, lines, [], gone)


def render_2000(rules: Sequence[HostRule]) -> str:
    """Nothing that could be run: this Windows has no firewall of its own."""
    lines = [f"rem   {_plain(line)}" for line in listing(rules).splitlines()]
    head = "rem Windows 2000 has no firewall of its own. What a device in front of this host has to let through:\n"
    return "@echo off\n" + head + "".join(f"{line}\n" for line in lines)


def _file(head: str, lines: Iterable[str], before: Iterable[str], gone: Iterable[str]) -> str:
    quiet = [f"{line} >nul 2>&1" for line in before]
    parts = [head, 'if /i "%~1"=="remove" goto remove', *quiet, *lines, "goto :eof", ":remove", *gone]
    return "\n".join(parts) + "\n"


def _plain(text: str) -> str:
    """Harmless in a batch file, in quotes or in a comment."""
    ascii_only = text.encode("ascii", "replace").decode().replace('"', "'").replace("%", "%%")
    return "".join(char if char.isprintable() else " " for char in ascii_only)


def _quoted(text: str) -> str:
    return f'"{_plain(text)}"'


def _advfirewall(rule: HostRule) -> Iterator[tuple[str, str]]:
    """(name, line); several where the addresses of one rule do not fit in a line."""
    protocols = [rule["protocol"]]
    if rule["icmp_types"]:
        protocols = [
            f"{rule['protocol']}:{item.replace(':*', ',any').replace(':', ',')}" for item in rule["icmp_types"]
        ]
    for number, protocol in enumerate(protocols):
        word = f" type {number + 1}" if number else ""
        for part, addresses in _fitting(rule["remote_addresses"], lambda found: _length(rule, found)):
            name = " ".join(filter(None, [rule["name"] + word, part]))
            yield name, _line(rule, name, protocol, addresses)


def _fitting(addresses: Sequence[str], length: Callable[[Sequence[str]], int]) -> list[tuple[str, list[str]]]:
    """Parts as those of ``split``, as large as lines allow."""
    limit = max(1, len(addresses))
    found = split(addresses, limit)
    while any(length(part) > _LINE for _number, part in found) and limit > 1:
        limit //= 2
        found = split(addresses, limit)
    return [(number.replace("part", "line"), part) for number, part in found]


def _length(rule: HostRule, addresses: Sequence[str]) -> int:
    return len(_line(rule, rule["name"], rule["protocol"], addresses)) + 60  # protocol's type and number of the part


def _line(rule: HostRule, name: str, protocol: str, addresses: Sequence[str]) -> str:
    profiles = "any" if set(rule["profiles"]) == set(PROFILES) else ",".join(rule["profiles"])
    words = [
        "netsh advfirewall firewall add rule",
        f"name={_quoted(name)}",
        f"dir={rule['direction']}",
        f"action={rule['action']}",
        f"enable={'yes' if rule['enabled'] else 'no'}",
        f"profile={profiles}",
        f"protocol={protocol}",
        f"localip={','.join(rule['local_addresses'])}",
        f"remoteip={','.join(addresses)}",
        *(f"{word}={','.join(rule[key])}" for word, key in _PORTS if rule[key]),
        *(f"{word}={_quoted(rule[word])}" for word in ("program", "service") if rule[word]),
        *([f"edge={_EDGES[rule['edge_traversal']]}"] if rule["edge_traversal"] != "block" else []),
        f"description={_quoted(rule['description'])}",
    ]
    return " ".join(words)


def _by_port(rules: Iterable[HostRule]) -> tuple[dict[tuple[str, int], list[str]], list[str]]:
    """((protocol, port) -> callers), and what this firewall cannot say."""
    opened: dict[tuple[str, int], set[str]] = {}
    missing = []
    for rule in rules:
        why = _unsayable(rule)
        if why:
            missing.append(f"{rule['name']}: {why}. {rule['description']}")
            continue
        callers = [text for entry in rule["remote_addresses"] for text in _ipv4(entry)]
        if len(callers) == 0:
            missing.append(f"{rule['name']}: its callers have only IPv6 addresses. {rule['description']}")
        for port in (port for item in rule["local_ports"] for port in _numbers(item)):
            opened.setdefault((rule["protocol"], port), set()).update(callers)
    return {key: sorted(callers) for key, callers in opened.items() if callers}, missing


def _unsayable(rule: HostRule) -> str:
    if rule["direction"] == "out":
        return "outbound calls are never filtered"
    if rule["action"] != "allow" or not rule["enabled"]:
        return "only what is open can be said"
    if rule["protocol"] not in ("tcp", "udp"):
        return f"no address can be said for protocol {rule['protocol']}"
    if rule["program"] or rule["service"]:
        return "no program or service can be said together with a port"
    if rule["local_ports"] == ["RPC"]:
        return "dynamic RPC ports cannot be said; fix them with exchange_static_ports"
    wide = [item for item in rule["local_ports"] if len(_numbers(item)) > _FEW]
    if wide or not rule["local_ports"]:
        return f"a range of ports cannot be said ({' '.join(wide) or 'all'})"
    return ""


def _numbers(item: str) -> range:
    if item == "RPC-EPMap":
        return range(135, 136)
    low, _dash, high = item.partition("-")
    return range(int(low), int(high or low) + 1)


def _ipv4(entry: str) -> list[str]:
    """Addresses and networks with a mask, as this firewall takes them."""
    if entry == ANY:
        return [ANY]
    if ":" in entry:
        return []
    low, dash, high = entry.partition("-")
    if dash:
        networks = ipaddress.summarize_address_range(ipaddress.IPv4Address(low), ipaddress.IPv4Address(high))
    else:
        networks = iter([ipaddress.IPv4Network(entry)])
    return [str(n.network_address) if n.prefixlen == 32 else f"{n.network_address}/{n.netmask}" for n in networks]

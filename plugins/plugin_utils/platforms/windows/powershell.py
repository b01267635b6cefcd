# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules as PowerShell for Windows Server 2012 and later: a script to review and run, and the lines of a change.

Only for files that somebody reads and runs. What Ansible applies goes to the host as data and is never script text.
"""

from __future__ import annotations

from collections.abc import Iterable

from .names import GROUP, PROFILES, HostRule, identity_of

_DIRECTIONS = {"in": "Inbound", "out": "Outbound"}
_PROTOCOLS = {"any": "Any", "tcp": "TCP", "udp": "UDP", "icmpv4": "ICMPv4", "icmpv6": "ICMPv6"}
_EDGES = {"block": "Block", "allow": "Allow", "defer_to_app": "DeferToApp", "defer_to_user": "DeferToUser"}
_PORTS = {"RPC-EPMap": "RPCEPMap"}  # the cmdlet's spelling
# PowerShell takes the typographic quotes for quotes as well
_QUOTES = "'\u2018\u2019\u201a\u201b"

HEAD = f"""\
# Written by msexchange.firewall for one host: read it, then run it there as administrator.
#
#   powershell.exe -File <this file>             brings the rules of the group to what stands here
#   powershell.exe -File <this file> -Remove     takes all rules of the group away again
#   powershell.exe -File <this file> -PolicyStore 'domain.example\\Name of a GPO'
#                                                writes them into a Group Policy object instead
#
# Rules outside the group '{GROUP}' are not touched. What is new is added before what is old is removed.
# A rule that stands here unchanged is left alone, so a second run changes nothing.
[CmdletBinding()]
param(
    [string]$PolicyStore = 'PersistentStore',
    [switch]$Remove
)
Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'
$group = '{GROUP}'

"""
TAIL = """
if ($Remove) { $wanted = @() }
$have = @(Get-NetFirewallRule -PolicyStore $PolicyStore | Where-Object { $_.Group -eq $group })
$names = @($have | ForEach-Object { $_.Name })
foreach ($rule in $wanted) {
    if ($names -notcontains $rule['Name']) {
        New-NetFirewallRule -PolicyStore $PolicyStore -Group $group @rule | Out-Null
    }
}
$keep = @($wanted | ForEach-Object { $_['Name'] })
foreach ($rule in $have) {
    if ($keep -notcontains $rule.Name) { $rule | Remove-NetFirewallRule }
}
"""


def quoted(text: str) -> str:
    """A literal: in single quotes nothing is expanded, and a quote stands for itself when it is doubled."""
    return "'" + "".join(char * 2 if char in _QUOTES else char for char in text) + "'"


def arguments(rule: HostRule) -> dict[str, str | list[str]]:
    """Parameters of New-NetFirewallRule. What is left out is any."""
    found: dict[str, str | list[str]] = {
        "Name": identity_of(rule),
        "DisplayName": rule["name"],
        "Description": rule["description"],
        "Direction": _DIRECTIONS[rule["direction"]],
        "Action": rule["action"].capitalize(),
        "Enabled": str(rule["enabled"]),
        "Protocol": _PROTOCOLS.get(rule["protocol"], rule["protocol"]),
    }
    lists = {
        "LocalPort": [_PORTS.get(port, port) for port in rule["local_ports"]],
        "RemotePort": rule["remote_ports"],
        "LocalAddress": [] if rule["local_addresses"] == ["any"] else rule["local_addresses"],
        "RemoteAddress": [] if rule["remote_addresses"] == ["any"] else rule["remote_addresses"],
        "IcmpType": [item.removesuffix(":*") for item in rule["icmp_types"]],
        "Profile": [] if set(rule["profiles"]) == set(PROFILES) else [p.capitalize() for p in rule["profiles"]],
    }
    found.update({name: values for name, values in lists.items() if values})
    found.update({name: rule[key] for name, key in (("Program", "program"), ("Service", "service")) if rule[key]})
    if rule["edge_traversal"] != "block":
        found["EdgeTraversalPolicy"] = _EDGES[rule["edge_traversal"]]
    return found


def render(rules: Iterable[HostRule]) -> str:
    """A script that brings our group to exactly these rules, or takes it away."""
    lines = ["$wanted = @("]
    for rule in rules:
        lines += ["    @{", *_block(arguments(rule)), "    }"]
    text = HEAD + "\n".join([*lines, ")"]) + "\n" + TAIL
    return text if text.isascii() else f"\ufeff{text}"  # PowerShell 5.1 reads a file without this mark as ANSI


def _block(values: dict[str, str | list[str]]) -> list[str]:
    lines = []
    for name, value in values.items():
        if isinstance(value, str):
            lines.append(f"        {name} = {quoted(value)}")
        elif len(value) == 1:
            lines.append(f"        {name} = @({quoted(value[0])})")
        else:
            lines += [f"        {name} = @(", *(f"            {quoted(item)}" for item in value), "        )"]
    return lines


def added(rule: HostRule) -> str:
    """One line that adds a rule."""
    words = [f"New-NetFirewallRule -PolicyStore PersistentStore -Group {quoted(GROUP)}"]
    for name, value in arguments(rule).items():
        items = [value] if isinstance(value, str) else value
        words.append(f"-{name} {','.join(quoted(item) for item in items)}")
    return " ".join([*words, "| Out-Null"])


def removed(rule: HostRule, instead: HostRule | None = None) -> str:
    """One line that takes away our rule of this name; ``instead``: the one that has replaced it and stays."""
    tests = [f"$_.Group -eq {quoted(GROUP)}", f"$_.DisplayName -eq {quoted(rule['name'])}"]
    tests += [f"$_.Name -ne {quoted(identity_of(instead))}"] if instead else []
    where = f"Where-Object {{ {' -and '.join(tests)} }}"
    return f"Get-NetFirewallRule -PolicyStore PersistentStore | {where} | Remove-NetFirewallRule"

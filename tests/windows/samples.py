# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules for tests: wanted ones from a seed, and what other people have on a server."""

from __future__ import annotations

import random
from typing import Any

# as Windows and programs store them; the forms come from public samples, the last three imitate ours
FOREIGN = (
    "v2.33|Action=Allow|Active=TRUE|Dir=In|Protocol=17|LPort=68|RPort=67|App=%SystemRoot%\\system32\\svchost.exe|Svc=dhcp"
    "|Name=@FirewallAPI.dll,-25301|Desc=@FirewallAPI.dll,-25303|EmbedCtxt=@FirewallAPI.dll,-25000|",
    "v2.33|Action=Block|Active=TRUE|Dir=In|Protocol=58|ICMP6=134:*|RA6=fe80::/64|App=System|Name=@FirewallAPI.dll,-25012|",
    "v2.10|Action=Allow|Active=TRUE|Dir=In|Protocol=6|Profile=Public|LPort=RPC|RPort=49000|LA4=192.168.1.0/255.255.255.0"
    "|RA4=LocalSubnet|RA6=LocalSubnet|App=c:\\path\\foo.exe|Name=Firewall Rule Test|Security=Authenticate|",
    "v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=25|App=C:\\Exchange\\Bin\\EdgeTransport.exe"
    "|Name=MSExchangeTransport (TCP-In)|EmbedCtxt=@%ExchangeInstallPath%\\Bin\\FirewallRes.dll,-8|",
    "v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=443|Name=msexchange.firewall rule 0|",
    "v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=80|Name=MSEXCHANGE.FIREWALL RULE 1"
    "|EmbedCtxt=Msexchange.Firewall|",
    "v2.31|Action=Allow|Active=TRUE|Dir=Out|Name=msexchange.firewall rule 2|EmbedCtxt=msexchange.firewall |",
)


def foreign_rules(count: int) -> dict[str, str]:
    """As many rules as wanted that are not ours, namesakes of ours among them."""
    return {f"foreign-{number}": FOREIGN[number % len(FOREIGN)] for number in range(count)}


def rule(name: object, /, **changes: Any) -> dict[str, Any]:
    """A wanted rule with all keys."""
    return {
        "name": f"msexchange.firewall rule {name}",
        "description": f"Mail of {name}, from a document.",
        "direction": "in",
        "action": "allow",
        "enabled": True,
        "protocol": "tcp",
        "local_ports": ["25"],
        "remote_ports": [],
        "local_addresses": ["any"],
        "remote_addresses": ["192.0.2.0/24"],
        "icmp_types": [],
        "program": "",
        "service": "",
        "profiles": ["domain", "private", "public"],
        "edge_traversal": "block",
        **changes,
    }


ADDRESSES = (
    "10.0.0.0/8", "192.0.2.7/32", "198.51.100.1-198.51.100.9", "2001:db8::/32", "2001:db8::5/128",
    "2001:db8:0:1:0:0:0:1/128", "2001:db8:1::1-2001:db8:1::ff", "172.16.0.0/12", "LocalSubnet", "fe80::/64",
)  # fmt: skip
PORTS = ("25", "80", "443", "587", "64327", "6001-6004", "49152-65535", "5060-5061")


PURPOSES = ("SMTP", "clients & proxies", "Größe <2>", 'say "why"')


def some(chance: random.Random, items: tuple[str, ...], least: int) -> list[str]:
    return sorted(chance.sample(items, chance.randint(least, len(items) // 2)))


def random_rule(chance: random.Random, name: object) -> dict[str, Any]:
    protocol = chance.choice(["tcp"] * 4 + ["udp", "any", "icmpv4", "icmpv6", "47"])
    inbound = chance.random() < 0.8
    ports = protocol in ("tcp", "udp")
    words = ["RPC", "RPC-EPMap"] if protocol == "tcp" and inbound and chance.random() < 0.3 else []
    return rule(
        name,
        direction="in" if inbound else "out",
        action=chance.choice(["allow"] * 5 + ["block"]),
        enabled=chance.random() < 0.9,
        protocol=protocol,
        local_ports=words or (some(chance, PORTS, 0) if ports else []),
        remote_ports=some(chance, PORTS, 0) if ports and chance.random() < 0.3 else [],
        local_addresses=chance.choice([["any"], ["192.0.2.10/32"], ["192.0.2.10/32", "2001:db8::a/128"]]),
        remote_addresses=chance.choice([["any"], some(chance, ADDRESSES, 1), some(chance, ADDRESSES, 1)]),
        icmp_types={"icmpv4": ["11:0", "8:*"], "icmpv6": ["128:*"]}.get(protocol, []),
        program=chance.choice(["", "", "System", r"%SystemRoot%\system32\svchost.exe"]),
        service=chance.choice(["", "", "MSExchangeTransport"]),
        profiles=chance.choice([["domain", "private", "public"], ["domain"], ["domain", "private"]]),
        edge_traversal=chance.choice(["block", "block", "allow", "defer_to_app", "defer_to_user"])
        if inbound
        else "block",
        description=f"Mail of {name}: {chance.choice(PURPOSES)}.",
    )


def random_rules(seed: int, most: int = 12) -> list[dict[str, Any]]:
    chance = random.Random(seed)
    return [random_rule(chance, number) for number in range(chance.randint(0, most))]


def changed_rules(rules: list[dict[str, Any]], seed: int) -> list[dict[str, Any]]:
    """Some of the rules gone, some different, some only described differently, some new."""
    chance = random.Random(seed)
    found = []
    for one in rules:
        fate = chance.random()
        if fate < 0.3:
            found.append(one)
        elif fate < 0.5:
            found.append({**random_rule(chance, "x"), "name": one["name"]})
        elif fate < 0.7:
            found.append({**one, "description": one["description"] + " Looked at again."})
    return found + [random_rule(chance, f"new {number}") for number in range(chance.randint(0, 4))]

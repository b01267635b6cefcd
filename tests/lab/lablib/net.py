# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab network: one namespace a zone and a gateway between them, IPv4 and IPv6."""

from __future__ import annotations

import atexit
import ipaddress
from collections.abc import Mapping, Sequence

from .namespaces import Namespace, forget_dead_runs, run

GATEWAY_V4 = "169.254.1.1"
GATEWAY_V6 = "fe80::1"
HOST_LINK = "lab0"
FORWARDING = {"net/ipv4/ip_forward": 1, "net/ipv6/conf/all/forwarding": 1}
PLAIN = {
    "net/ipv4/conf/all/rp_filter": 0,
    "net/ipv4/conf/default/rp_filter": 0,
    "net/ipv6/conf/all/accept_dad": 0,
    "net/ipv6/conf/default/accept_dad": 0,
    "net/ipv6/conf/default/addr_gen_mode": 1,
    # Refusals of a closed port would be thinned out otherwise, and a slow answer looks like a drop.
    "net/ipv4/icmp_ratelimit": 0,
    "net/ipv6/icmp/ratelimit": 0,
}


class Lab:
    """``zones`` maps each interface of the gateway to the addresses behind it: ``{"dmz0": ["192.0.2.1"]}``."""

    def __init__(self, zones: Mapping[str, Sequence[str]]) -> None:
        self.members: list[Namespace] = []
        self.zones: dict[str, Namespace] = {}
        self.place: dict[str, str] = {}
        self.hardware: dict[str, str] = {}
        atexit.register(self.close)
        forget_dead_runs()
        try:
            self.gateway = self._namespace("gw", FORWARDING)
            for number, (interface, addresses) in enumerate(zones.items(), 1):
                self._join(interface, addresses, number)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Lab:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _namespace(self, label: str, sysctls: Mapping[str, int]) -> Namespace:
        made = Namespace(label)
        self.members.append(made)
        made.sysctl({**PLAIN, **sysctls})
        return made

    def _join(self, interface: str, addresses: Sequence[str], number: int) -> None:
        zone = self._namespace(interface, {})
        self.zones[interface] = zone
        ours, theirs = f"02:00:00:00:{number:02x}:01", f"02:00:00:00:{number:02x}:02"
        self.hardware[interface] = theirs
        # fmt: off
        run("ip", "-n", self.gateway.name, "link", "add", "name", interface, "address", ours,
            "type", "veth", "peer", "name", HOST_LINK, "address", theirs, "netns", zone.name)
        # fmt: on
        self.gateway.ip(
            [
                f"link set dev {interface} up",
                f"address add {GATEWAY_V4}/32 dev {interface}",
                f"address add {GATEWAY_V6}/64 dev {interface} nodad",
            ]
        )
        # Neighbours are fixed: a packet that waits for address resolution would look like a dropped one.
        zone.ip(
            [
                f"link set dev {HOST_LINK} up",
                f"neighbour add {GATEWAY_V4} lladdr {ours} dev {HOST_LINK} nud permanent",
                f"neighbour add {GATEWAY_V6} lladdr {ours} dev {HOST_LINK} nud permanent",
            ]
        )
        for address in addresses:
            self.add_address(interface, address)
        zone.ip(
            [
                f"route add 0.0.0.0/0 via {GATEWAY_V4} dev {HOST_LINK} onlink",
                f"route add ::/0 via {GATEWAY_V6} dev {HOST_LINK} onlink",
            ]
        )

    def add_address(self, interface: str, address: str) -> None:
        """Let one more address live behind ``interface``."""
        if address in self.place:
            raise ValueError(f"{address} is already behind {self.place[address]}")
        parsed = ipaddress.ip_address(address)
        zone = self.zones[interface]
        mac = self.hardware[interface]
        zone.ip([_add(address, HOST_LINK)])
        self.gateway.ip(
            [
                f"route add {parsed}/{parsed.max_prefixlen} dev {interface}",
                f"neighbour add {parsed} lladdr {mac} dev {interface} nud permanent",
            ]
        )
        self.place[address] = interface

    def gateway_address(self, interface: str, address: str) -> None:
        """Give the gateway itself an address on one of its interfaces, e.g. for ssh."""
        self.gateway.ip([_add(address, interface)])

    def zone_of(self, address: str) -> Namespace:
        """The namespace in which an address lives."""
        return self.zones[self.place[address]]

    def close(self) -> None:
        atexit.unregister(self.close)
        while self.members:
            self.members.pop().close()


def _add(address: str, link: str) -> str:
    """The line of `ip` that adds one address without a network around it."""
    parsed = ipaddress.ip_address(address)
    return f"address add {parsed}/{parsed.max_prefixlen} dev {link}{' nodad' if parsed.version == 6 else ''}"

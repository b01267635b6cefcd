# SPDX-License-Identifier: GPL-3.0-or-later
"""Send single packets from one address of the lab to another, and say which of them arrived."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from .net import HOST_LINK, Lab
from .packets import NUMBERS, bare, echo_request, frame, port_frames
from .wire import flush_connections, heard, listen, send_frames

SOURCE_PORT = 61999
# What is recorded is dropped before anybody can answer it: an RST or ICMP error would only cost time.
SILENCE = f"""
table inet lab_probe {{
 chain arrive {{
  type filter hook prerouting priority raw; policy accept;
  iifname "{HOST_LINK}" meta l4proto {{ tcp, udp, icmp, ipv6-icmp, esp, ah }} drop
 }}
}}
"""
# Counts what reached the gateway: a packet lost on the way there must not pass for a blocked one.
COUNT = """
table inet lab_probe {
 counter reached {
 }
 chain arrive {
  type filter hook prerouting priority raw; policy accept;
  meta l4proto { tcp, udp, icmp, ipv6-icmp, esp, ah } counter name reached
 }
}
"""


class Probe:
    """Turns a lab's zones into silent recorders for as long as the `with` block lasts."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.sent = 0

    def __enter__(self) -> Probe:
        self.lab.gateway.nft(COUNT)
        for zone in self.lab.zones.values():
            zone.nft(SILENCE)
        return self

    def __exit__(self, *_error: object) -> None:
        for namespace in (self.lab.gateway, *self.lab.zones.values()):
            namespace.nft("delete table inet lab_probe\n")

    def ports(self, source: str, destination: str, transport: str, ports: Collection[int]) -> None:
        """One TCP SYN or UDP datagram to each port."""
        near, far = self._link(source)
        zone = self.lab.zone_of(source)
        self.sent += zone.call(_send_ports, near, far, source, destination, transport, ports)

    def echo(self, source: str, destination: str) -> None:
        """One ICMP echo request."""
        self._one(source, destination, *echo_request(source, destination))

    def bare(self, source: str, destination: str, transport: str) -> None:
        """One packet of a protocol without ports: esp or ah."""
        self._one(source, destination, *bare(transport))

    def _one(self, source: str, destination: str, protocol: int, payload: bytes) -> None:
        near, far = self._link(source)
        self.sent += self.lab.zone_of(source).call(_send_one, near, far, source, destination, protocol, payload)

    def _link(self, source: str) -> tuple[bytes, bytes]:
        near = self.lab.hardware[self.lab.place[source]].replace(":", "")
        return bytes.fromhex(near), bytes.fromhex(near[:-1] + "1")

    def reached(self) -> int:
        text = self.lab.gateway.command("nft", "list", "counter", "inet", "lab_probe", "reached")
        return int(re.search(r"packets (\d+)", text).group(1))

    def into(self, destination: str, slots: int = 140_000) -> Record:
        """``with probe.into(address) as arrived: ...`` records what reaches the zone of that address."""
        return Record(self, destination, slots)


class Record:
    """What arrived in one zone while the block ran; checks that no packet was lost before the gateway."""

    def __init__(self, probe: Probe, destination: str, slots: int) -> None:
        self.probe, self.zone, self.slots = probe, probe.lab.zone_of(destination), slots
        self.found: dict[tuple[str, str, int], set[int]] = {}

    def __enter__(self) -> Record:
        self.before = self.probe.reached() - self.probe.sent
        self.zone.call(listen, self.slots)
        return self

    def __exit__(self, *_error: object) -> None:
        self.found = self.zone.call(heard)
        after = self.probe.reached() - self.probe.sent
        if after < self.before:
            raise RuntimeError(f"{self.before - after} packets never reached the gateway: the result would be wrong")

    def ports(self, source: str, destination: str, transport: str) -> set[int]:
        return self.found.get((source, destination, NUMBERS[transport]), set())

    def bare(self, source: str, destination: str, transport: str) -> bool:
        return (source, destination, NUMBERS[transport]) in self.found

    def echoed(self, source: str, destination: str) -> bool:
        return any((source, destination, protocol) in self.found for protocol in (1, 58))


def forget(lab: Lab) -> None:
    """Empty the gateway's connection table: a reply to an earlier probe would pass as established."""
    lab.gateway.call(flush_connections)


def _send_ports(near: bytes, far: bytes, source: str, destination: str, transport: str, ports: Iterable[int]) -> int:
    # The source port must not be probed as a destination in the same breath: see `forget`.
    buffer, size = port_frames(near, far, source, destination, transport, SOURCE_PORT, list(ports))
    return send_frames(buffer, size)


def _send_one(near: bytes, far: bytes, source: str, destination: str, protocol: int, payload: bytes) -> int:
    single = frame(near, far, source, destination, protocol, payload)
    return send_frames(single, len(single))

# SPDX-License-Identifier: GPL-3.0-or-later
"""Ethernet frames for a whole range of ports at once: built by columns, so 65,535 take milliseconds."""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Sequence

TCP, UDP, ICMP, ICMPV6, ESP, AH = 6, 17, 1, 58, 50, 51
NUMBERS = {"tcp": TCP, "udp": UDP, "esp": ESP, "ah": AH}
ETHERNET = 14
SYN_OPTIONS = struct.pack("!BBH", 2, 4, 1460)


def checksum(data: bytes) -> int:
    """The Internet checksum, not yet complemented."""
    even = data + b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(even) // 2}H", even))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def frame(near: bytes, far: bytes, source: str, destination: str, protocol: int, payload: bytes) -> bytes:
    """One Ethernet frame from hardware address ``near`` to ``far`` around an IP packet."""
    start, end = ipaddress.ip_address(source), ipaddress.ip_address(destination)
    if start.version == 4:
        head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 1, 0x4000, 64, protocol, 0)
        head += start.packed + end.packed
        head = head[:10] + struct.pack("!H", 0xFFFF ^ checksum(head)) + head[12:]
        return far + near + b"\x08\x00" + head + payload
    head = struct.pack("!IHBB", 0x60000000, len(payload), protocol, 64) + start.packed + end.packed
    return far + near + b"\x86\xdd" + head + payload


def pseudo(source: str, destination: str, protocol: int, length: int) -> int:
    """The checksum of the pseudo header; the same sum serves IPv4 and IPv6."""
    ends = ipaddress.ip_address(source).packed + ipaddress.ip_address(destination).packed
    return checksum(ends + struct.pack("!HH", protocol, length))


def segment(transport: str, source_port: int) -> bytes:
    """A TCP SYN or a small UDP datagram with destination port and checksum left zero."""
    if transport == "tcp":
        return struct.pack("!HHIIBBHHH", source_port, 0, 1000, 0, 6 << 4, 2, 65535, 0, 0) + SYN_OPTIONS
    return struct.pack("!HHHH", source_port, 0, 12, 0) + b"lab\0"


def port_frames(
    near: bytes, far: bytes, source: str, destination: str, transport: str, source_port: int, ports: Sequence[int]
) -> tuple[bytearray, int]:
    """All frames to ``ports`` in one buffer, and the size of each."""
    payload = segment(transport, source_port)
    single = frame(near, far, source, destination, NUMBERS[transport], payload)
    size, start = len(single), len(single) - len(payload)
    base = checksum(payload) + pseudo(source, destination, NUMBERS[transport], len(payload))
    buffer = bytearray(single * len(ports))
    buffer[start + 2 :: size] = bytes(port >> 8 for port in ports)
    buffer[start + 3 :: size] = bytes(port & 0xFF for port in ports)
    sums = [_finish(base + port) for port in ports]
    place = start + (16 if transport == "tcp" else 6)
    buffer[place::size] = bytes(value >> 8 for value in sums)
    buffer[place + 1 :: size] = bytes(value & 0xFF for value in sums)
    return buffer, size


def _finish(total: int) -> int:
    total = (total & 0xFFFF) + (total >> 16)
    total = (total & 0xFFFF) + (total >> 16)
    return (0xFFFF ^ total) or 0xFFFF


def bare(transport: str) -> tuple[int, bytes]:
    """Protocol number and a payload that no gateway looks into, for ESP and AH."""
    return NUMBERS[transport], struct.pack("!BBHII", 59, 4, 0, 0x1000, 1) + bytes(12)


def echo_request(source: str, destination: str) -> tuple[int, bytes]:
    """Protocol number and payload of one ICMP or ICMPv6 echo request."""
    body = struct.pack("!HH", 7, 1) + b"lab!"
    if ipaddress.ip_address(source).version == 4:
        kind, base = 8, checksum(b"\x08\x00\x00\x00" + body)
        return ICMP, struct.pack("!BBH", kind, 0, 0xFFFF ^ base) + body
    base = checksum(b"\x80\x00\x00\x00" + body) + pseudo(source, destination, ICMPV6, 4 + len(body))
    return ICMPV6, struct.pack("!BBH", 128, 0, _finish(base)) + body

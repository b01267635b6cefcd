# SPDX-License-Identifier: GPL-3.0-or-later
"""The wire of one namespace: send a buffer of frames fast, and keep every frame that arrives.

Measured: 65,535 packets through two veth pairs and a gateway take 0.4 s, none lost. Recording them in an nft set
costs 3.7 s to read back; a packet ring that user space maps costs 0.1 s and counts what it had to drop.
"""

from __future__ import annotations

import ctypes
import ipaddress
import mmap
import os
import socket
import struct

from .net import HOST_LINK

BATCH = 1024
LIBC = ctypes.CDLL(None, use_errno=True)
SOL_PACKET, PACKET_RX_RING, PACKET_STATISTICS, PACKET_VERSION = 263, 5, 6, 10
TPACKET_V2, ETH_P_ALL = 1, 3
SLOT = 128  # holds the 66 octets of the ring's own header, Ethernet, IPv6 and the ports
HEADER = 66
BLOCK = 1 << 16
FOR_US = 1
RINGS: list[Ring] = []
# Closing a packet socket waits for the whole kernel (20 ms), so a worker keeps the one it sends through.
WIRES: list[socket.socket] = []


class Vector(ctypes.Structure):
    """struct iovec"""

    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


class Message(ctypes.Structure):
    """struct msghdr"""

    _fields_ = (
        ("name", ctypes.c_void_p),
        ("name_length", ctypes.c_uint32),
        ("vectors", ctypes.c_void_p),
        ("count", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_length", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    )


class Entry(ctypes.Structure):
    """struct mmsghdr"""

    _fields_ = (("message", Message), ("sent", ctypes.c_uint))


def send_frames(buffer: bytes | bytearray, size: int) -> int:
    """Put every frame of the buffer on the wire, a batch a system call; returns how many the kernel took."""
    count = min(BATCH, len(buffer) // size)
    slots = ctypes.create_string_buffer(count * size)
    start = ctypes.addressof(slots)
    vectors = (Vector * count)(*((start + at * size, size) for at in range(count)))
    place, step = ctypes.addressof(vectors), ctypes.sizeof(Vector)
    entries = (Entry * count)(*((Message(vectors=place + at * step, count=1), 0) for at in range(count)))
    wire, done = _wire(), 0
    while done * size < len(buffer):
        chunk = bytes(buffer[done * size : (done + count) * size])
        ctypes.memmove(slots, chunk, len(chunk))
        took = LIBC.sendmmsg(wire.fileno(), entries, len(chunk) // size, 0)
        if took <= 0:
            raise OSError(ctypes.get_errno(), "sendmmsg")
        done += took
    return done


def _wire() -> socket.socket:
    if not WIRES:
        WIRES.append(socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0))
        WIRES[0].bind((HOST_LINK, 0))
    return WIRES[0]


class Ring:
    """Every frame that arrives on the link, in memory shared with the kernel."""

    def __init__(self, slots: int) -> None:
        blocks = -(-slots * SLOT // BLOCK)
        self.size = blocks * BLOCK
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self.socket.setsockopt(SOL_PACKET, PACKET_VERSION, TPACKET_V2)
        self.socket.setsockopt(SOL_PACKET, PACKET_RX_RING, struct.pack("IIII", BLOCK, blocks, SLOT, self.size // SLOT))
        self.memory = mmap.mmap(self.socket.fileno(), self.size, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)
        self.socket.bind((HOST_LINK, ETH_P_ALL))

    def frames(self) -> list[bytes]:
        """What arrived, cut after the ports; a full ring is an error, since it would look like a drop."""
        lost = struct.unpack("II", self.socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))[1]
        if lost:
            raise RuntimeError(f"the ring was full: {lost} packets lost")
        memory, found = self.memory, []
        for at in range(0, self.size, SLOT):
            if not memory[at] & FOR_US:
                break
            found.append(memory[at + HEADER : at + SLOT])
        return found

    def close(self) -> None:
        self.memory.close()
        self.socket.close()


def listen(slots: int) -> None:
    """Start keeping what arrives in this namespace."""
    RINGS.append(Ring(slots))


def heard() -> dict[tuple[str, str, int], set[int]]:
    """Stop, and say what arrived: (source, destination, protocol number) to the ports (ICMP: type and code)."""
    ring = RINGS.pop()
    groups: dict[bytes, set[int]] = {}
    for frame in ring.frames():
        if frame[12:14] == b"\x08\x00":
            key, port = frame[23:24] + frame[26:34], _word(frame, 36 if frame[23] in (6, 17) else 34)
        elif frame[12:14] == b"\x86\xdd":
            key, port = frame[20:21] + frame[22:54], _word(frame, 56 if frame[20] in (6, 17) else 54)
        else:
            continue
        groups.setdefault(key, set()).add(port)
    ring.close()
    return {_names(key): ports for key, ports in groups.items()}


def _word(frame: bytes, at: int) -> int:
    return frame[at] << 8 | frame[at + 1]


def _names(key: bytes) -> tuple[str, str, int]:
    half = 1 + (len(key) - 1) // 2
    return str(ipaddress.ip_address(key[1:half])), str(ipaddress.ip_address(key[half:])), key[0]


def flush_connections() -> None:
    """Forget all tracked connections of this namespace, as `conntrack -F` does, without starting a process."""
    netlink_netfilter, delete, request_and_ack = 12, 1 << 8 | 2, 1 | 4
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, netlink_netfilter) as link:
        link.bind((0, 0))
        link.send(struct.pack("=IHHIIBBH", 20, delete, request_and_ack, 1, 0, 0, 0, 0))
        error = struct.unpack_from("=i", link.recv(256), 16)[0]
    if error:
        raise OSError(-error, os.strerror(-error))

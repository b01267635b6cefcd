# SPDX-License-Identifier: GPL-3.0-or-later
"""A real H.323 call through the gateway, step by step, so that a test sees when each second connection opens."""

from __future__ import annotations

import socket
import threading
from dataclasses import dataclass

from .calls import bound, call_tcp, call_udp, serve_tcp, serve_udp
from .h323_messages import accept_channel, connect, open_channel, setup, tpkt

SIGNALLING = 1720
CALLS: dict[str, threading.Thread] = {}


@dataclass(frozen=True)
class Numbers:
    """The ports of one call; each is free to choose except that RTP is even and RTCP the next odd one."""

    h245: int = 32111
    caller_media: int = 41000
    called_media: int = 42000

    @property
    def other_tcp(self) -> int:
        return self.h245 + 2

    @property
    def other_udp(self) -> int:
        return self.called_media + 10


def answer(address: str, numbers: Numbers) -> None:
    """Wait for one call at ``address`` and play the called side; echo servers stand on all other ports of the test."""
    serve_tcp(address, numbers.other_tcp)
    serve_udp(address, numbers.called_media, numbers.called_media + 1, numbers.other_udp)
    signalling = bound(socket.SOCK_STREAM, address, SIGNALLING)
    control = bound(socket.SOCK_STREAM, address, numbers.h245)
    for server in (signalling, control):
        server.listen(4)
        server.settimeout(30)
    CALLS[address] = threading.Thread(target=_called_side, args=(signalling, control, address, numbers), daemon=True)
    CALLS[address].start()


def _called_side(signalling: socket.socket, control: socket.socket, address: str, numbers: Numbers) -> None:
    with signalling, control, signalling.accept()[0] as call:
        _message(call)
        call.sendall(tpkt(connect(address, numbers.h245)))
        with control.accept()[0] as channel:
            _message(channel)
            channel.sendall(tpkt(accept_channel(1, address, numbers.called_media, numbers.called_media + 1)))
            channel.recv(1)  # until the caller hangs up


def _message(stream: socket.socket) -> bytes:
    """One TPKT's payload."""
    stream.settimeout(5)
    head = _exactly(stream, 4)
    return _exactly(stream, int.from_bytes(head[2:], "big") - 4)


def _exactly(stream: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = stream.recv(count - len(data))
        if not more:
            raise ConnectionError("the other side closed")
        data += more
    return data


class Caller:
    """The calling side; every method is one step and runs inside the caller's namespace."""

    current: Caller

    def __init__(self, source: str, destination: str, numbers: Numbers) -> None:
        self.source, self.destination, self.numbers = source, destination, numbers
        self.signalling = bound(socket.SOCK_STREAM, source, 0)
        self.control = bound(socket.SOCK_STREAM, source, 0)

    def ring(self) -> None:
        self.signalling.settimeout(3)
        self.signalling.connect((self.destination, SIGNALLING))
        self.signalling.sendall(tpkt(setup()))
        _message(self.signalling)

    def open_control(self) -> None:
        self.control.settimeout(3)
        self.control.connect((self.destination, self.numbers.h245))

    def open_audio(self) -> None:
        self.control.sendall(tpkt(open_channel(1, self.source, self.numbers.caller_media + 1)))
        _message(self.control)

    def close(self) -> None:
        self.signalling.close()
        self.control.close()


def place_call(source: str, destination: str, numbers: Numbers) -> dict[str, str]:
    """Call, and try each second connection before and after the message that should open it."""
    caller = Caller(source, destination, numbers)
    seen: dict[str, str] = {}

    def media(step: str) -> None:
        own, far = numbers.caller_media, numbers.called_media
        seen[f"RTP {step}"] = call_udp(source, destination, far, source_port=own)
        seen[f"RTCP {step}"] = call_udp(source, destination, far + 1, source_port=own + 1)
        seen[f"other UDP {step}"] = call_udp(source, destination, numbers.other_udp, source_port=own + 4)

    seen["H.245 before the call"] = call_tcp(source, destination, numbers.h245)
    try:
        caller.ring()
        seen["other TCP after Connect"] = call_tcp(source, destination, numbers.other_tcp)
        media("before the channel")
        try:
            caller.open_control()
            seen["H.245 after Connect"] = "open"
        except TimeoutError:
            seen["H.245 after Connect"] = "blocked"
            return seen
        caller.open_audio()
        media("after the channel")
    finally:
        caller.close()
    return seen

# SPDX-License-Identifier: GPL-3.0-or-later
"""Real connections for the lab: echo servers that stay, and callers that say whether they got through.

All functions run inside a namespace's worker, e.g. ``lab.zone_of(server).call(serve_tcp, server, 25)``.
"""

from __future__ import annotations

import ipaddress
import socket
import threading

SERVERS: dict[tuple[str, str, int], socket.socket] = {}
HELD: list[socket.socket] = []
TIMEOUT = 0.4


def family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ipaddress.ip_address(address).version == 6 else socket.AF_INET


def bound(kind: socket.SocketKind, address: str, port: int) -> socket.socket:
    made = socket.socket(family(address), kind)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind((address, port))
    return made


def serve_tcp(address: str, *ports: int) -> None:
    """Echo on TCP until `stop`; a second request for the same port changes nothing."""
    for port in ports:
        if ("tcp", address, port) not in SERVERS:
            server = bound(socket.SOCK_STREAM, address, port)
            server.listen(64)
            SERVERS["tcp", address, port] = server
            threading.Thread(target=_accept, args=(server,), daemon=True).start()


def serve_udp(address: str, *ports: int) -> None:
    """Echo on UDP until `stop`."""
    for port in ports:
        if ("udp", address, port) not in SERVERS:
            server = bound(socket.SOCK_DGRAM, address, port)
            SERVERS["udp", address, port] = server
            threading.Thread(target=_echo_datagrams, args=(server,), daemon=True).start()


def stop() -> None:
    """Close every echo server of this namespace."""
    while SERVERS:
        server = SERVERS.popitem()[1]
        # close() alone leaves a thread in accept() or recvfrom() that still holds the port.
        try:
            server.shutdown(socket.SHUT_RDWR)
        except OSError:
            server.close()
        server.close()


def _accept(server: socket.socket) -> None:
    while True:
        try:
            peer = server.accept()[0]
        except OSError:
            return
        threading.Thread(target=_echo_stream, args=(peer,), daemon=True).start()


def _echo_stream(peer: socket.socket) -> None:
    with peer:
        try:
            while data := peer.recv(4096):
                peer.sendall(data)
        except OSError:
            return


def _echo_datagrams(server: socket.socket) -> None:
    while True:
        try:
            data, peer = server.recvfrom(4096)
            server.sendto(data, peer)
        except OSError:
            return


def _echoed(caller: socket.socket, destination: str, port: int, timeout: float) -> str:
    caller.settimeout(timeout)
    try:
        caller.connect((destination, port))
        caller.sendall(b"word")
        return "open" if caller.recv(4) == b"word" else "closed"
    except ConnectionRefusedError:
        return "refused"
    except (TimeoutError, OSError):
        return "blocked"


def call_tcp(source: str, destination: str, port: int, timeout: float = TIMEOUT) -> str:
    """Connect and have a word echoed: `open`, `refused` (an answer came, nobody listens) or `blocked` (silence)."""
    with bound(socket.SOCK_STREAM, source, 0) as caller:
        return _echoed(caller, destination, port, timeout)


def call_udp(source: str, destination: str, port: int, timeout: float = TIMEOUT, source_port: int = 0) -> str:
    """Have a datagram echoed: `open`, `refused` (ICMP says nobody listens) or `blocked` (silence)."""
    with bound(socket.SOCK_DGRAM, source, source_port) as caller:
        return _echoed(caller, destination, port, timeout)


def hold_tcp(source: str, destination: str, port: int) -> None:
    """Open a connection and keep it, for `word_over_held` later."""
    caller = bound(socket.SOCK_STREAM, source, 0)
    caller.settimeout(TIMEOUT)
    caller.connect((destination, port))
    HELD.append(caller)


def word_over_held() -> str:
    """What comes back over the connection that is held: "word", or "" where it is dead."""
    try:
        HELD[0].sendall(b"word")
        return HELD[0].recv(4).decode()
    except OSError:
        return ""


def close_held() -> None:
    while HELD:
        HELD.pop().close()

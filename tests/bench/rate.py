# SPDX-License-Identifier: GPL-3.0-or-later
"""How many TCP connections a second a gateway lets through, with a table of a few pairs of addresses and of many."""

from __future__ import annotations

import ipaddress
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lab"))

from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.models import Group, Rule, Slice
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms import nftables
from lablib.calls import bound
from lablib.net import Lab
from lablib.site import missing_tools

__all__ = ["missing_tools", "rates"]

CALLER, SERVER, PORT = "10.1.0.1", "10.2.0.1", 25
SECONDS = 1.5
SETTLE = 1.0  # the kernel takes the former table apart for a while after it has loaded a new one
# closed connections leave the connection table at once, so that no round pays for those before it
FORGET = {"net/netfilter/nf_conntrack_tcp_timeout_close": 1, "net/netfilter/nf_conntrack_tcp_timeout_time_wait": 1}


def table(pairs: int) -> str:
    """A script for a gateway that lets so many callers reach so many servers, the measured pair among them."""
    callers, servers = (
        Group(name, tuple(f"{ipaddress.ip_address(first) + number}/32" for number in range(pairs)))
        for name, first in (("callers", CALLER), ("servers", SERVER))
    )
    rule = Rule("mail", "smtp", "Mail", "Mail comes in.", callers, servers, "tcp", ((PORT, PORT),))
    piece = Slice("gateway", nftables.NAME, (rule,), servers, Group("management", ()))
    return nftables.render(nftables.wanted(piece, "enforce"))


def rates(few: int, many: int, rounds: int) -> Iterator[tuple[float, float]]:
    """(connections a second with few pairs, with many), measured in turn through one gateway.

    Not the loading is measured: it happens at a change, and no connection waits for it.
    """
    scripts = [table(few), table(many)]
    with Lab({"callers0": [CALLER], "servers0": [SERVER]}) as lab:
        lab.gateway.sysctl(FORGET)
        lab.zone_of(SERVER).call(accept_all, SERVER, PORT)
        for number in range(rounds + 1):
            found = []
            for script in scripts:
                lab.gateway.nft(script)
                time.sleep(SETTLE)
                found.append(lab.zone_of(CALLER).call(connect_rate, CALLER, SERVER, PORT, SECONDS))
            if number:  # the first round warms up
                yield found[0], found[1]


def accept_all(address: str, port: int) -> None:
    """Take connections and end them, until the namespace goes."""
    server = bound(socket.SOCK_STREAM, address, port)
    server.listen(1024)

    def accept() -> None:
        while True:
            server.accept()[0].close()

    threading.Thread(target=accept, daemon=True).start()


def connect_rate(source: str, destination: str, port: int, seconds: float) -> float:
    """Connections a second, one after the other; each is reset at its end, so that no local port waits."""
    reset = struct.pack("ii", 1, 0)
    begin, made = time.monotonic(), 0
    while time.monotonic() < begin + seconds:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as caller:
            caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
            caller.settimeout(5)
            caller.bind((source, 0))
            caller.connect((destination, port))
            made += 1
    return made / (time.monotonic() - begin)

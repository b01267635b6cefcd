# SPDX-License-Identifier: GPL-3.0-or-later
"""The sweep: send to many ports between every two parties, and compare what arrived with what the oracle expects."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from .inventory import Inventory
from .net import Lab
from .oracle import Oracle
from .probe import Probe, forget

EVERY_PORT = range(1, 65536)
EVERYTHING = frozenset(EVERY_PORT)
TRANSPORTS = ("tcp", "udp")
PORTLESS = ("esp", "ah")
SAMPLE = 300
# Packets between two emptyings of the connection table: all may become connections, and a full table (262,144 by
# default) would look like a block. Within such a bundle nothing is sent the other way, so no probe is a reply.
BUNDLE = 200_000

ENFORCE = "enforce"  # pairs with a protected end are judged, all others pass
BESIDE = "beside"  # add beside a foreign table that drops whatever is not marked
ALONE = "alone"  # add where nobody else filters: it restricts nothing


@dataclass(frozen=True)
class Pair:
    """Two addresses of one family in different zones, and the names of their parties."""

    source: str
    destination: str
    names: str

    @property
    def is_v6(self) -> bool:
        return ":" in self.source


@dataclass
class Result:
    """What a sweep saw."""

    pairs: int = 0
    packets: int = 0
    passed_ports: int = 0  # packets that arrived although nothing calls for them
    blocked_ports: int = 0  # packets that did not arrive although a flow calls for them
    passed: list[str] = field(default_factory=list)  # the former in words, one line a pair and transport
    blocked: list[str] = field(default_factory=list)  # the latter

    @property
    def wrong(self) -> list[str]:
        return [*(f"passed: {line}" for line in self.passed), *(f"blocked: {line}" for line in self.blocked)]


def pairs(inventory: Inventory) -> list[Pair]:
    """Every ordered pair of parties whose traffic crosses the gateway."""
    ends = [(p.name, a, inventory.zone(a)) for p in inventory.parties for a in p.addresses]
    return [
        Pair(source, destination, f"{first} -> {second}")
        for second, destination, there in ends
        for first, source, here in ends
        if here != there and first != second and (":" in source) == (":" in destination)
    ]


class Expectation:
    """What the oracle wants to see pass, by mode."""

    def __init__(self, oracle: Oracle, mode: str) -> None:
        self.oracle, self.mode = oracle, mode

    def untouched(self, pair: Pair) -> bool:
        return self.mode == ALONE or (self.mode == ENFORCE and not self.oracle.judged(pair.source, pair.destination))

    def ports(self, pair: Pair, transport: str) -> frozenset[int]:
        if self.untouched(pair):
            return EVERYTHING
        return frozenset(self.oracle.open_ports(pair.source, pair.destination, transport))

    def bare(self, pair: Pair, transport: str) -> bool:
        return self.untouched(pair) or bool(self.oracle.allowed(pair.source, pair.destination, transport))

    def echo(self, pair: Pair) -> bool:
        """IPv6 needs its echo (RFC 4890, 4.3.1), so that one is never dropped."""
        return pair.is_v6 or self.bare(pair, "icmp")


def interesting_ports(oracle: Oracle, every: Iterable[Pair], seed: int = 4) -> list[int]:
    """The ends of all planned ranges with their neighbours, every number of the catalog, and a seeded sample."""
    found = {1, 65535}
    for pair in every:
        for opening in oracle.openings(pair.source, pair.destination):
            found.update(edge + step for span in opening.ports for edge in span for step in (-1, 0, 1))
    for _organization, flow in oracle.flows:
        found.update(int(number) for port in flow.get("ports", []) for number in str(port).split("-"))
    found.update(random.Random(seed).sample(EVERY_PORT, SAMPLE))
    return sorted(found.intersection(EVERY_PORT))


def sweep(
    lab: Lab, oracle: Oracle, mode: str, every: list[Pair], ports: list[int] | range, tell: Callable[[str], None] = str
) -> Result:
    """Send to ``ports`` on TCP and UDP, and one echo, between all given pairs; `tell` hears of each finished pair."""
    expectation, result = Expectation(oracle, mode), Result()
    with Probe(lab) as probe:
        for bundle in _bundles(lab, every, len(ports)):
            slots = len(bundle) * (len(ports) * len(TRANSPORTS) + 1) + 10_000
            with probe.into(bundle[0].destination, slots) as arrived:
                for pair in bundle:
                    for transport in TRANSPORTS:
                        probe.ports(pair.source, pair.destination, transport, ports)
                    for transport in PORTLESS:
                        probe.bare(pair.source, pair.destination, transport)
                    probe.echo(pair.source, pair.destination)
            forget(lab)
            for pair in bundle:
                _judge(result, expectation, pair, arrived, frozenset(ports))
                tell(f"{pair.names} ({pair.source} to {pair.destination}): {len(result.wrong)} wrong so far")
        result.packets = probe.sent
    return result


def _bundles(lab: Lab, every: list[Pair], ports: int) -> Iterator[list[Pair]]:
    """Pairs into one zone that fit into one ring together."""
    size = max(1, BUNDLE // (ports * len(TRANSPORTS) + 1))
    by_zone: dict[str, list[Pair]] = {}
    for pair in every:
        by_zone.setdefault(lab.place[pair.destination], []).append(pair)
    for found in by_zone.values():
        for start in range(0, len(found), size):
            yield found[start : start + size]


def _judge(result: Result, expectation: Expectation, pair: Pair, arrived, sent: frozenset[int]) -> None:
    result.pairs += 1
    for transport in TRANSPORTS:
        seen = arrived.ports(pair.source, pair.destination, transport) & sent
        wanted = expectation.ports(pair, transport) & sent
        result.passed_ports += len(seen - wanted)
        result.blocked_ports += len(wanted - seen)
        for ports, wrong in ((seen - wanted, result.passed), (wanted - seen, result.blocked)):
            if ports:
                wrong.append(f"{pair.names} {pair.source} > {pair.destination} {transport} {spans(ports)}")
    ends = pair.source, pair.destination
    single = {transport: (arrived.bare(*ends, transport), expectation.bare(pair, transport)) for transport in PORTLESS}
    single["echo request"] = arrived.echoed(*ends), expectation.echo(pair)
    for what, (came, allowed) in single.items():
        if came != allowed:
            wrong = result.passed if came else result.blocked
            wrong.append(f"{pair.names} {pair.source} > {pair.destination} {what}")
            result.passed_ports += came
            result.blocked_ports += allowed


def spans(ports: Iterable[int]) -> str:
    """{1, 2, 3, 9} -> "1-3, 9"."""
    found: list[list[int]] = []
    for port in sorted(ports):
        if found and port == found[-1][1] + 1:
            found[-1][1] = port
        else:
            found.append([port, port])
    return ", ".join(str(low) if low == high else f"{low}-{high}" for low, high in found)

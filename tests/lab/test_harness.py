# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab itself: rules written by hand with known mistakes, so that a clean sweep means something."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from lablib import h323, namespaces
from lablib.inventory import read_inventory
from lablib.net import Lab
from lablib.oracle import Oracle
from lablib.probe import Probe, forget
from lablib.site import CATALOG
from lablib.sweep import ENFORCE, EVERY_PORT, Pair, interesting_ports, pairs, sweep

INVENTORY = """
all:
  vars:
    exchange_networks: {internal_clients: [10.9.0.0/16, "2001:db8:9::/48"]}
  hosts:
    mbx: {exchange_version: "2019", exchange_roles: [mailbox], exchange_addresses: [10.1.0.1, "2001:db8:1::1"]}
    gw: {exchange_zones: {in0: [10.1.0.0/16, "2001:db8:1::/48"], out0: [0.0.0.0/0, "::/0"]}}
"""
# What the oracle must want of this inventory, as a person would write it down.
RIGHT = """
table inet by_hand {
 chain forward {
  type filter hook forward priority 0; policy drop;
  icmpv6 type echo-request accept
  ip saddr 10.9.0.0/16 ip daddr 10.1.0.1 tcp dport 443 accept
  ip6 saddr 2001:db8:9::/48 ip6 daddr 2001:db8:1::1 tcp dport 443 accept
  ip saddr 10.1.0.1 ip daddr 203.0.113.77 tcp dport { 80, 443 } accept
  ip6 saddr 2001:db8:1::1 ip6 daddr 2001:db8:ffff::77 tcp dport { 80, 443 } accept
 }
}
"""
H323_RULES = """
table inet by_hand {
 ct helper h323 {
  type "Q.931" protocol tcp
 }
 chain forward {
  type filter hook forward priority 0; policy drop;
  ct state established accept
  ct state related ct helper "Q.931" meta l4proto tcp accept
  ct state related ct helper "H.245" meta l4proto udp accept
  tcp dport 1720 ct helper set "h323" accept
 }
}
"""
OPENED_BY_THE_CALL = {"H.245 after Connect", "RTP after the channel", "RTCP after the channel"}


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab({"in0": ["10.1.0.1", "2001:db8:1::1"], "out0": ["10.9.0.9", "2001:db8:9::9"]}) as made:
        yield made


@dataclass(frozen=True)
class ByHand:
    """A small network whose rules are written by hand, and what the oracle wants of it."""

    lab: Lab
    oracle: Oracle
    pairs: list[Pair]


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ByHand]:
    source = tmp_path_factory.mktemp("by_hand") / "hosts.yml"
    source.write_text(INVENTORY, encoding="utf-8")
    inventory = read_inventory(source, gateway="gw")
    with Lab(inventory.layout()) as made:
        yield ByHand(made, Oracle(CATALOG, inventory), pairs(inventory))


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        ("", []),
        ("insert rule inet by_hand forward ip daddr 10.1.0.1 tcp dport 994 accept", ["passed", "tcp 994"]),
        ("insert rule inet by_hand forward ip6 saddr 2001:db8:9::/48 tcp dport 443 drop", ["blocked", "tcp 443"]),
        ("insert rule inet by_hand forward ip saddr 10.1.0.1 udp dport 443 accept", ["passed", "udp 443"]),
        ("insert rule inet by_hand forward meta l4proto esp accept", ["passed", "esp"]),
        ("insert rule inet by_hand forward icmp type echo-request accept", ["passed", "echo request"]),
    ],
    ids=["nothing", "open port", "closed port", "wrong transport", "protocol without ports", "echo"],
)
def test_a_sweep_finds_a_planted_mistake(by_hand: ByHand, planted: str, found: list[str]) -> None:
    by_hand.lab.gateway.nft(RIGHT + planted + "\n")
    ports = interesting_ports(by_hand.oracle, by_hand.pairs)
    result = sweep(by_hand.lab, by_hand.oracle, ENFORCE, by_hand.pairs, ports)
    by_hand.lab.gateway.nft("delete table inet by_hand\n")
    assert bool(result.wrong) == bool(found)
    for line in result.wrong:
        assert all(word in line for word in found)


def test_every_port_arrives_when_nothing_filters(lab: Lab) -> None:
    """No loss on the way, both families, both transports: a hole in the lab would look like a working firewall."""
    with Probe(lab) as probe:
        for source, destination in (("10.9.0.9", "10.1.0.1"), ("2001:db8:1::1", "2001:db8:9::9")):
            with probe.into(destination) as arrived:
                for transport in ("tcp", "udp"):
                    probe.ports(source, destination, transport, EVERY_PORT)
            forget(lab)
            for transport in ("tcp", "udp"):
                assert arrived.ports(source, destination, transport) == set(EVERY_PORT)


def test_a_packet_lost_before_the_gateway_is_an_error_and_no_result(lab: Lab) -> None:
    lab.gateway.nft(
        "table netdev thief {\n chain steal {\n  type filter hook ingress device out0 priority 0;\n"
        "  ip protocol udp udp dport 53 drop\n }\n}\n"
    )
    with pytest.raises(RuntimeError, match="never reached the gateway"):
        _one_round(lab)


def _one_round(lab: Lab) -> None:
    with Probe(lab) as probe, probe.into("10.1.0.1"):
        probe.ports("10.9.0.9", "10.1.0.1", "udp", range(50, 60))


@pytest.mark.parametrize(("caller", "called"), [("10.9.0.9", "10.1.0.1"), ("2001:db8:9::9", "2001:db8:1::1")])
def test_the_kernel_follows_a_call_of_h323(lab: Lab, caller: str, called: str) -> None:
    """These four lines are all that a gateway needs; each second connection opens at its message and not before."""
    lab.gateway.nft(H323_RULES)
    numbers = h323.Numbers()
    lab.zone_of(called).call(h323.answer, called, numbers)
    seen = lab.zone_of(caller).call(h323.place_call, caller, called, numbers)
    assert seen == {step: "open" if step in OPENED_BY_THE_CALL else "blocked" for step in seen}


def test_without_the_helper_nothing_follows(lab: Lab) -> None:
    lab.gateway.nft(H323_RULES.replace('ct helper set "h323" ', ""))
    lab.zone_of("10.1.0.1").call(h323.answer, "10.1.0.1", h323.Numbers())
    seen = lab.zone_of("10.9.0.9").call(h323.place_call, "10.9.0.9", "10.1.0.1", h323.Numbers())
    assert set(seen.values()) == {"blocked"}


def test_two_runs_that_start_at_once_may_forget_the_same_dead_run(monkeypatch: pytest.MonkeyPatch) -> None:
    real = namespaces.run
    gone = "msx999999999-1-gw (id: 1)\n"  # listed, and removed by the other one before we come to it
    monkeypatch.setattr(namespaces, "run", lambda *words: gone if words[-1] == "list" else real(*words))
    namespaces.forget_dead_runs()

# SPDX-License-Identifier: GPL-3.0-or-later
"""Address translation on the gateway itself: our rules hold real addresses, and the foreign NAT stays as it is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lablib.calls import call_tcp, serve_tcp
from lablib.site import Site

INTERNET, PUBLIC = "203.0.113.77", "203.0.113.25"
NAT = f"""
table ip foreign_nat {{
 chain incoming {{
  type nat hook prerouting priority dstnat; policy accept;
  ip daddr {PUBLIC} tcp dport {{ 25, 26, 443 }} counter dnat to %(edge)s
 }}
 chain outgoing {{
  type nat hook postrouting priority srcnat; policy accept;
  ip saddr %(edge)s oifname "wan0" counter snat to {PUBLIC}
 }}
}}
"""


@pytest.fixture
def site(current: Site) -> Iterator[Site]:
    """Edge 1 published on the gateway; afterwards all is as it was."""
    gateway = current.lab.gateway
    gateway.nft(NAT % {"edge": current.end("edge1")})
    yield current
    gateway.nft("delete table ip foreign_nat\n")
    current.overlay()
    current.apply("enforce")


def nat(site: Site) -> str:
    return site.lab.gateway.command("nft", "-s", "list", "table", "ip", "foreign_nat")


def ours(site: Site) -> list[str]:
    listing = site.lab.gateway.command("nft", "-s", "list", "table", "inet", "msexchange_firewall")
    return [line for line in listing.splitlines() if "packets" not in line]


def call(site: Site, port: int) -> str:
    """From the Internet to the published address."""
    edge = site.end("edge1")
    site.lab.zone_of(edge).call(serve_tcp, edge, port)
    return site.lab.zone_of(INTERNET).call(call_tcp, INTERNET, PUBLIC, port)


def test_a_flow_from_the_internet_reaches_the_published_address_and_nothing_else_does(site: Site) -> None:
    assert call(site, 25) == "open"
    assert call(site, 26) == "blocked"
    assert call(site, 443) == "blocked"


def test_a_published_server_calls_the_internet_by_its_real_address_as_our_rules_see_it(site: Site) -> None:
    edge = site.end("edge1")
    site.lab.zone_of(INTERNET).call(serve_tcp, INTERNET, 25, 26)
    assert site.lab.zone_of(edge).call(call_tcp, edge, INTERNET, 25) == "open"
    assert site.lab.zone_of(edge).call(call_tcp, edge, INTERNET, 26) == "blocked"
    assert "counter packets 0 " not in site.lab.gateway.command("nft", "list", "chain", "ip", "foreign_nat", "outgoing")


def test_saying_it_changes_no_rule_and_the_table_of_translation_is_left_alone(site: Site) -> None:
    theirs, before = nat(site), ours(site)
    site.overlay(edge1={"exchange_published_addresses": {site.end("edge1"): PUBLIC}})
    assert "changed=0" in site.apply("enforce")
    assert nat(site) == theirs
    assert ours(site) == before
    assert call(site, 25) == "open"

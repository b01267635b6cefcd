# SPDX-License-Identifier: GPL-3.0-or-later
"""The eleven protocols of the article, one test each, with real connections through a gateway that the role set up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lablib import h323
from lablib.calls import call_udp, serve_udp
from lablib.site import Site

OPENED_BY_THE_CALL = {"H.245 after Connect", "RTP after the channel", "RTCP after the channel"}
CLIENTS, MTA, DNS = "network internal_clients", "network x400_mta", "network dns_server"
OPEN, BLOCKED = "open", "blocked"


@pytest.fixture(params=[4, 6], ids=["ipv4", "ipv6"])
def version(request: pytest.FixtureRequest) -> int:
    return request.param


def test_smtp_lsa_691_stays_inside_a_routing_group(article: Site, version: int) -> None:
    assert article.reach("be1", "be2", "tcp", 691, version) == OPEN
    assert article.reach("be2", "be1", "tcp", 691, version) == OPEN
    assert article.reach("fe1", "be1", "tcp", 691, version) == OPEN
    assert article.reach("be1", "br1", "tcp", 691, version) == BLOCKED
    assert article.reach("br1", "be1", "tcp", 691, version) == BLOCKED
    # Between groups the bridgeheads carry the same information over SMTP, and only they do.
    assert article.reach("be1", "br1", "tcp", 25, version) == OPEN
    assert article.reach("br1", "be1", "tcp", 25, version) == OPEN
    assert article.reach("br1", "be2", "tcp", 25, version) == BLOCKED


def test_rvp_80_calls_the_client_back_on_a_port_of_its_own(article: Site, version: int) -> None:
    assert article.reach(CLIENTS, "im1", "tcp", 80, version) == OPEN
    for port in (1024, 1100, 65535):
        assert article.reach("im1", CLIENTS, "tcp", port, version) == OPEN
    assert article.reach("im1", CLIENTS, "tcp", 1023, version) == BLOCKED
    assert article.reach(CLIENTS, "im1", "tcp", 1100, version) == BLOCKED


def test_irc_6667_and_7000(article: Site, version: int) -> None:
    assert article.reach(CLIENTS, "chat1", "tcp", 6667, version) == OPEN
    assert article.reach(CLIENTS, "chat1", "tcp", 7000, version) == OPEN
    assert article.reach("network internet", "chat1", "tcp", 6667, version) == BLOCKED
    assert article.reach("chat1", CLIENTS, "tcp", 6667, version) == BLOCKED


def refusal(site: Site, host: str, feature: str) -> str:
    """What a run says to a feature that is never opened; the gateway must be untouched by it."""
    before = site.lab.gateway.command("nft", "list", "ruleset")
    site.overlay(**{host: {"exchange_features": [feature]}})
    try:
        done = site.play("msexchange.firewall.site", "--limit", site.gateway)
    finally:
        site.overlay()
    assert done.returncode != 0
    assert "Traceback" not in done.stdout + done.stderr
    assert _settled(site.lab.gateway.command("nft", "list", "ruleset")) == _settled(before)
    return " ".join((done.stdout + done.stderr).split())


def _settled(ruleset: str) -> list[str]:
    """A listing without what traffic alone changes."""
    return [line for line in ruleset.splitlines() if "packets" not in line]


def test_irc_ssl_994_is_never_opened_and_the_refusal_says_why(article: Site, version: int) -> None:
    assert article.reach(CLIENTS, "chat1", "tcp", 994, version) == BLOCKED
    if version == 4:
        told = refusal(article, "chat1", "irc_ssl")
        assert "never opened" in told
        assert "6667" in told


def test_x400_102_may_be_called_by_either_side(article: Site, version: int) -> None:
    for one, other in (("be1", "br1"), ("br1", "be1"), ("be1", MTA), (MTA, "be1"), ("br1", MTA), (MTA, "br1")):
        assert article.reach(one, other, "tcp", 102, version) == OPEN, f"{one} to {other}"
    assert article.reach(MTA, "be2", "tcp", 102, version) == BLOCKED
    assert article.reach("network internet", "be1", "tcp", 102, version) == BLOCKED


def test_ms_rpc_135_opens_the_range_of_the_version_with_it(article: Site, version: int) -> None:
    for port in (135, 1025, 3000, 5000):
        assert article.reach(CLIENTS, "be1", "tcp", port, version) == OPEN, port
    for port in (1024, 5001, 6005, 49152):
        assert article.reach(CLIENTS, "be1", "tcp", port, version) == BLOCKED, port


def test_t120_1503(article: Site, version: int) -> None:
    assert article.reach(CLIENTS, "conf1", "tcp", 1503, version) == OPEN
    assert article.reach("network internet", "conf1", "tcp", 1503, version) == BLOCKED


def test_uls_522_is_never_opened_and_the_refusal_points_to_ldap(article: Site, version: int) -> None:
    assert article.reach(CLIENTS, "conf1", "tcp", 522, version) == BLOCKED
    if version == 4:
        told = refusal(article, "conf1", "uls")
        assert "never opened" in told
        assert "LDAP" in told
        assert "389" in told


def test_h323_1720_and_what_a_call_agrees_on(article: Site, version: int) -> None:
    """The kernel reads the call: H.245 opens after Connect, media after the logical channel, and nothing else ever."""
    here, there = article.end(CLIENTS, version), article.end("conf1", version)
    # The port of H.245 lies in no range that stands open. UDP of this host is open anyway (audio), so media are looked
    # at below, in TestWithoutOptIns.
    numbers = h323.Numbers()
    article.lab.zone_of(there).call(h323.answer, there, numbers)
    seen = article.lab.zone_of(here).call(h323.place_call, here, there, numbers)
    assert seen["H.245 before the call"] == BLOCKED
    assert seen["other TCP after Connect"] == BLOCKED
    assert seen["H.245 after Connect"] == OPEN
    assert seen["RTP after the channel"] == OPEN
    assert seen["RTCP after the channel"] == OPEN


def test_audio_1731_and_its_udp_both_ways(article: Site, version: int) -> None:
    assert article.reach(CLIENTS, "conf1", "tcp", 1731, version) == OPEN
    for one, other in ((CLIENTS, "conf1"), ("conf1", CLIENTS)):
        for port in (1024, 40000, 65535):
            assert article.reach(one, other, "udp", port, version) == OPEN, f"{one} to {other} {port}"
        assert article.reach(one, other, "udp", 1023, version) == BLOCKED
        assert article.reach(one, other, "tcp", 40000, version) == BLOCKED


def test_dns_53_over_udp_and_tcp(article: Site, version: int) -> None:
    for transport in ("udp", "tcp"):
        assert article.reach("fe1", DNS, transport, 53, version) == OPEN, transport
        assert article.reach("br1", DNS, transport, 53, version) == OPEN, transport
    assert article.reach("fe1", DNS, "udp", 54, version) == BLOCKED


def test_a_blocked_call_is_no_fault_of_the_lab(article: Site, version: int) -> None:
    """Traffic between parties that `enforce` does not judge passes untouched, on any port."""
    here, there = article.end(CLIENTS, version), article.end("network internet", version)
    article.lab.zone_of(there).call(serve_udp, there, 5060)
    assert article.lab.zone_of(here).call(call_udp, here, there, 5060) == OPEN
    assert article.reach(CLIENTS, "dc1", "tcp", 994, version) == OPEN


@pytest.fixture(scope="class")
def site(article: Site) -> Iterator[Site]:
    """The same organization without the way back to clients and without the separate audio ports."""
    article.overlay(im1={"exchange_features": []}, conf1={"exchange_features": ["video_conferencing"]})
    article.apply("enforce")
    yield article
    article.overlay()
    article.apply("enforce")


class TestWithoutOptIns:
    """What the two features would open stays closed without them."""

    def test_rvp_callback_is_closed_until_it_is_asked_for(self, site: Site) -> None:
        assert site.reach(CLIENTS, "im1", "tcp", 80) == OPEN
        assert site.reach("im1", CLIENTS, "tcp", 1100) == BLOCKED

    def test_h323_media_pass_only_after_the_logical_channel(self, site: Site, version: int) -> None:
        here, there = site.end(CLIENTS, version), site.end("conf1", version)
        numbers = h323.Numbers(h245=33555, caller_media=43000, called_media=44000)
        site.lab.zone_of(there).call(h323.answer, there, numbers)
        seen = site.lab.zone_of(here).call(h323.place_call, here, there, numbers)
        assert seen == {step: OPEN if step in OPENED_BY_THE_CALL else BLOCKED for step in seen}

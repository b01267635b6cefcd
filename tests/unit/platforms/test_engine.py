# SPDX-License-Identifier: GPL-3.0-or-later
"""How the engine satisfies second connections, and what it refuses, all at once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.models import Follow, Group, Rule
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.engine import is_prefix, resolve, resolved
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.models import Permit
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.nftables import SUPPORTS
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.registry import PLATFORMS, driver
from ansible_collections.msexchange.firewall.plugins.plugin_utils.problems import ProblemError
from ansible_collections.msexchange.firewall.tests.unit.platforms.samples import (
    EDGE,
    H323,
    INTERNET,
    MAILBOX,
    piece,
    rule,
)

RANGE = ((1024, 65535),)


def call(**changed: object) -> Rule:
    return rule("call", flow="h323", source=INTERNET, destination=MAILBOX, ports=((1720, 1720),), **changed)


def permits(one: Rule, helpers: object = None) -> dict[str, Permit]:
    return {permit.id: permit for permit in resolved(piece(one), SUPPORTS, helpers)}


def test_a_rule_without_second_connections_stays_one_permit() -> None:
    found = permits(rule())
    assert list(found) == ["r1"]
    assert (found["r1"].ports, found["r1"].helper, found["r1"].announced_by) == (((25, 25),), "", "")


@pytest.mark.parametrize("helpers", [None, ["h323"]])
def test_a_helper_watches_the_first_connection_and_admits_what_it_saw_announced(helpers: object) -> None:
    found = permits(call(follows=(H323,)), helpers)
    assert found["call"].helper == "h323"
    assert (found["call+h245"].source, found["call+h245"].destination) == (INTERNET, MAILBOX)
    assert (found["call+h245+back"].source, found["call+h245+back"].destination) == (MAILBOX, INTERNET)
    assert {(permit.ports, permit.announced_by) for name, permit in found.items() if "+" in name} == {((), "h323")}


@pytest.mark.parametrize(
    ("changed", "helpers"),
    [
        pytest.param({"follows": (H323,)}, [], id="the gateway lacks it"),
        pytest.param({"follows": (H323,), "boundary": True}, None, id="inside the support boundary"),
        pytest.param({"follows": (replace(H323, static=True),)}, None, id="fixed ports need none"),
        pytest.param({"follows": (replace(H323, helper="dcerpc"),)}, None, id="no such engine in nftables"),
    ],
)
def test_without_a_helper_the_range_is_opened(changed: dict, helpers: object) -> None:
    found = permits(call(**changed), helpers)
    assert found["call"].helper == ""
    assert found["call+h245"].ports == found["call+h245+back"].ports == RANGE
    assert found["call+h245"].announced_by == ""


@pytest.mark.parametrize(
    ("direction", "ends"), [("to_listener", (INTERNET, MAILBOX)), ("to_initiator", (MAILBOX, INTERNET))]
)
def test_direction(direction: str, ends: tuple[Group, Group]) -> None:
    found = permits(call(follows=(Follow("x", direction, "udp", RANGE),)))
    assert (found["call+x"].source, found["call+x"].destination) == ends
    assert found["call+x"].transport == "udp"
    assert len(found) == 2


def test_ports_that_nobody_knows_are_a_problem_that_names_the_flow() -> None:
    with pytest.raises(ProblemError, match=r"gateway: exchange_static_ports: flow h323 .*\(h245\)"):
        permits(call(follows=(replace(H323, ports=()),)), [])


def test_all_problems_come_at_once() -> None:
    bad = Group("bad", ("10.0.0.1", "fe80::1%x;drop/128", "10.0.0.1/8"))
    rules = [
        rule("a", transport="sctp"),
        rule("b", ports=((0, 70000),)),
        rule("c", transport="icmp", ports=(), icmp_types=("nonsense",)),
        rule("c", source=Group("nobody", ())),
        rule("d", source=bad),
        rule("e", source=Group("mailbox", ("10.9.9.9/32",)), destination=MAILBOX),
        rule("f", transport="esp"),
    ]
    result = resolve(piece(*rules), SUPPORTS)
    assert {problem.code for problem in result.problems} == {
        "transport", "ports", "icmp-type", "empty-group", "duplicate-rule", "bad-address", "group-differs",
    }  # fmt: skip
    assert sum(problem.code == "bad-address" for problem in result.problems) == 3
    assert {problem.host for problem in result.problems} == {"gateway"}


def test_a_platform_without_a_feature_says_so() -> None:
    poor = replace(SUPPORTS, excluded=False, families=(4,), transports=("tcp",), icmp_types=())
    codes = [problem.code for problem in resolve(piece(rule()), poor).problems]
    assert sorted(set(codes)) == ["excluded", "family"]


def test_ends_without_a_common_family_need_no_rule_but_are_mentioned() -> None:
    result = resolve(
        piece(rule(source=Group("four", ("10.0.0.1/32",)), destination=Group("six", ("::1/128",)))), SUPPORTS
    )
    assert result.problems == ()
    assert "share no address family" in result.notes[0]


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("10.0.0.0/8", True),
        ("::/0", True),
        ("10.0.0.1", False),
        ("10.0.0.1/8", False),
        ("::1%eth0/128", False),
        ("x", False),
    ],
)
def test_prefixes(text: str, good: bool) -> None:
    assert is_prefix(text) is good


@pytest.mark.parametrize("name", sorted(PLATFORMS))
def test_every_registered_driver_answers_everything(name: str) -> None:
    platform = driver(name)
    assert name == platform.NAME
    asked = ("SUPPORTS", "READ_COMMANDS", "ABSENT", "wanted", "parse", "changes", "render", "script")
    assert [word for word in asked if not hasattr(platform, word)] == []
    assert platform.render(platform.wanted(piece(rule(destination=EDGE)), "add"))

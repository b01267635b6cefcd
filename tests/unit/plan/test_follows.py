# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Second connections: which ports, for which hosts, and what must be asked for."""

from __future__ import annotations

import pytest
from fleet import good_plan, mailbox, old, party, plan_of

CLIENTS = {"networks": {"internal_clients": ["10.9.0.0/16"]}}


def follows(plan, flow):
    """{follow id: ports} of each rule of a flow, by destination addresses."""
    return {
        rule.destination.members: {follow.id: follow.ports for follow in rule.follows}
        for rule in plan.rules
        if rule.flow == flow
    }


def controller(number, **more):
    return party("domain_controller", f"10.0.2.{number}", **more)


RANGES = [
    ({"windows_version": "2003"}, ((1025, 5000),)),
    ({"windows_version": "2022"}, ((49152, 65535),)),
    ({"windows_version": "2022", "dynamic_ports": "50000-50100"}, ((50000, 50100),)),
    ({"dynamic_ports": ["50000-50100", 60000]}, ((50000, 50100), (60000, 60000))),
    ({"windows_version": "2022", "static_ports": {"rpc": [59531, 59532]}}, ((59531, 59531), (59532, 59532))),
    ({"static_ports": {"rpc": 59531}}, ((59531, 59531),)),
]


@pytest.mark.parametrize(("said", "ports"), RANGES)
def test_the_range_of_a_host_by_what_is_known_of_it(said, ports):
    plan = good_plan({"a": old(1), "dc": controller(1, **said)})
    assert follows(plan, "rpc-old") == {("10.0.2.1/32",): {"rpc": ports}}


def test_exchange_has_a_range_of_its_own_that_wins_over_that_of_windows():
    plan = good_plan({"a": old(1), "b": old(2, windows_version="2022")})
    assert follows(plan, "rpc-old-servers") == {("10.3.0.1/32", "10.3.0.2/32"): {"rpc": ((1025, 5000),)}}


def test_hosts_with_other_ports_get_rules_of_their_own():
    hosts = {
        "a": old(1),
        "dc1": controller(1, windows_version="2022"),
        "dc2": controller(2, windows_version="2003"),
        "dc3": controller(3, windows_version="2022"),
    }
    plan = good_plan(hosts)
    assert follows(plan, "rpc-old") == {
        ("10.0.2.2/32",): {"rpc": ((1025, 5000),)},
        ("10.0.2.1/32", "10.0.2.3/32"): {"rpc": ((49152, 65535),)},
    }
    assert [rule.id for rule in plan.rules if rule.flow == "rpc-old"] == [
        "rpc-old.rpc-1025-5000",
        "rpc-old.rpc-49152-65535",
    ]


def test_static_ports_need_no_engine():
    plan = good_plan({"a": old(1), "dc": controller(1, static_ports={"rpc": 59531})})
    (follow,) = next(rule for rule in plan.rules if rule.flow == "rpc-old").follows
    assert follow.static and follow.helper == "dcerpc"


def test_an_unknown_range_is_a_problem_of_the_host():
    _plan, (problem,) = plan_of({"a": old(1), "dc": controller(1)})
    assert (problem.code, problem.host, problem.variable) == ("no-dynamic-range", "dc", "exchange_windows_version")
    assert "exchange_dynamic_ports" in problem.text


def test_a_network_has_no_known_range():
    _plan, (problem,) = plan_of({"a": old(1)}, {"networks": {"domain_controller": ["10.0.2.0/24"]}})
    assert (problem.code, problem.variable) == ("no-dynamic-range", "exchange_networks")


def test_inside_the_kept_boundary_no_range_is_needed():
    good_plan({"a": mailbox(1), "dc": controller(1)})
    _plan, (problem,) = plan_of({"a": mailbox(1), "dc": controller(1)}, narrow=True)
    assert problem.code == "no-dynamic-range"


def messaging(**more):
    return {"im": {"version": "2000", "roles": ["im_server"], "addresses": ["10.0.0.1"], **more}}


def test_a_connection_back_is_opened_only_where_it_is_asked_for():
    plan = good_plan(messaging(), CLIENTS)
    assert follows(plan, "im-80") == {("10.0.0.1/32",): {}}
    assert any("im-80" in text and "of im is not opened" in text and "Opens much." in text for text in plan.warnings)
    plan = good_plan(messaging(features=["callback"]), CLIENTS)
    assert follows(plan, "im-80") == {("10.0.0.1/32",): {"callback": ((1024, 65535),)}}
    assert not plan.warnings


def test_only_the_server_that_asked_gets_it():
    hosts = {**messaging(features=["callback"]), "im2": messaging()["im"] | {"addresses": ["10.0.0.2"]}}
    plan = good_plan(hosts, CLIENTS)
    assert follows(plan, "im-80") == {("10.0.0.1/32",): {"callback": ((1024, 65535),)}, ("10.0.0.2/32",): {}}


def test_fixed_ports_replace_the_range_back():
    plan = good_plan(messaging(features=["callback"], static_ports={"callback": [5050]}), CLIENTS)
    assert follows(plan, "im-80") == {("10.0.0.1/32",): {"callback": ((5050, 5050),)}}


def test_fixed_ports_alone_ask_for_nothing():
    plan = good_plan(messaging(static_ports={"callback": [5050]}), CLIENTS)
    assert follows(plan, "im-80") == {("10.0.0.1/32",): {}}


def test_helper_direction_and_transport_reach_the_rule():
    plan = good_plan(messaging(), CLIENTS)
    control, media = next(rule for rule in plan.rules if rule.flow == "video").follows
    assert (control.direction, control.transport, control.helper) == ("to_listener", "tcp", "h323")
    assert (media.direction, media.transport, media.helper, media.static) == ("both", "udp", "h323", False)


NOBODY = [
    ({"a": mailbox(1, features=["dag"])}, "dag", "another server with it (mailbox) or witness in exchange_networks"),
    ({"a": mailbox(1, features=["pop3"])}, "pop3", "internal_clients or load_balancer in exchange_networks"),
    ({"a": mailbox(1, features=["hybrid"])}, "hybrid", "exchange_online in exchange_networks"),
    (messaging(features=["callback"]), "callback", "it needs internal_clients in exchange_networks"),
    (
        {"a": mailbox(1, features=["dag"], dag="x"), "b": mailbox(2, features=["dag"], dag="y")},
        "dag",
        "another server with it",
    ),
    ({"a": old(1, features=["pop3"])}, "pop3", "no server role of this host uses it"),
]


@pytest.mark.parametrize(("hosts", "feature", "text"), NOBODY)
def test_a_feature_without_another_end_is_a_problem(hosts, feature, text):
    _plan, problems = plan_of(hosts)
    assert {problem.code for problem in problems} == {"feature-without-peer"}
    assert len(problems) == len([host for host in hosts.values() if host.get("features")])
    assert all(repr(feature) in problem.text for problem in problems)
    assert all(text in problem.text for problem in problems)

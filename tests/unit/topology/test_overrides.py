# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flows of the catalog switched off, moved or asked for by id, with a reason; and what cannot be asked."""

from __future__ import annotations

from datetime import date

import pytest
from fleet import NETWORKS_OF_RELAY, RELAY, good_topology, mailbox, topology_of

TODAY = date(2030, 6, 15)


def overridden(name, **settings):
    topology = good_topology({"a": mailbox(1)}, {"flow_overrides": {name: settings}}, today=TODAY)
    return topology.organizations["default"].catalog.flows[name], topology.warnings


def test_a_flow_is_switched_off_and_the_plan_says_why():
    entry, (warning,) = overridden("updates-80", enabled=False, reason="Updates come by WSUS.", owner="Jo")
    assert entry.off and entry.owner == "Jo"
    assert warning == "updates-80 is switched off by exchange_flow_overrides (Jo): Updates come by WSUS."


def test_a_flow_is_moved():
    entry, (warning,) = overridden("edge-in-25", ports=[2525, "587"], reason="A filter stands before it")
    assert entry.ports == ((587, 587), (2525, 2525)) and not entry.off
    assert entry.need.endswith("Moved from 25: A filter stands before it.")
    assert entry.confidence == "local"  # no document says this number
    assert "edge-in-25 uses 587 2525 in place of 25" in warning


def test_an_unconfirmed_flow_is_opened_by_id():
    entry, (warning,) = overridden("probe-1080", enabled=True, reason="The vendor asks for it.")
    assert entry.opened and entry.confidence == "unconfirmed"
    assert "though nobody confirmed it: The vendor asks for it." in warning


@pytest.mark.parametrize("name", ["probe-1080", "guess-1090"])
def test_a_port_of_an_unconfirmed_flow_is_moved_where_it_is_opened_as_well(name):
    entry, warnings = overridden(name, enabled=True, ports=[1091], reason="The vendor asks for it.")
    assert entry.opened and not entry.withheld and entry.ports == ((1091, 1091),) and len(warnings) == 2


def test_inside_the_boundary_it_is_said_where_an_override_counts():
    _entry, (warning,) = overridden("inside-135", enabled=False, reason="Not here.")
    assert "only where the boundary is narrowed" in warning


def test_an_override_ends_after_its_last_day():
    entry, (warning,) = overridden("updates-80", enabled=False, reason="Test.", owner="Jo", expiry="2030-06-14")
    assert not entry.off
    assert warning == "The override of updates-80 (Jo) expired after 2030-06-14 and does not count any more."
    entry, warnings = overridden("updates-80", enabled=False, reason="Test.", expiry=date(2030, 6, 20))
    assert entry.off and entry.expiry == "2030-06-20"
    assert "The override of updates-80 expires after 2030-06-20, which is in 5 days." in warnings


# (flow id, settings, code, part of the text)
MISTAKES = [
    ("client-444", {"enabled": False, "reason": "x"}, "unknown-flow", "did you mean 'client-443'?"),
    ("lob-relay-2525", {"enabled": False, "reason": "x"}, "unknown-flow", "change it in exchange_extra_flows"),
    ("chat-tls", {"enabled": True, "reason": "x"}, "flow-refused", "Nothing listens there. Instead: Chat on 6667."),
    ("chat-tls", {"ports": [995], "reason": "x"}, "flow-refused", "never opened"),
    ("client-443", {"enabled": False}, "bad-override", "reason: it is missing"),
    ("client-443", {"enabled": False, "reason": ["x"]}, "bad-override", "reason: text was expected"),
    ("client-443", {"enabled": "no", "reason": "x"}, "bad-override", "'no' is neither true nor false"),
    ("client-443", {"ports": [], "reason": "x"}, "bad-override", "at least one port"),
    ("client-443", {"ports": ["4 43"], "reason": "x"}, "bad-override", "'4 43' is no port"),
    ("client-443", {"reason": "x"}, "bad-override", "neither enabled nor ports is said"),
    ("client-443", {"enable": False, "ports": [1], "reason": "x"}, "bad-override", "did you mean 'enabled'?"),
    ("client-443", {"enabled": True, "reason": "x"}, "bad-override", "on by default, so nothing would change"),
    ("client-443", {"enabled": False, "ports": [1], "reason": "x"}, "bad-override", "say one of the two"),
    ("client-443", {"ports": [1], "reason": "x", "expiry": "soon"}, "bad-override", "'soon' is no date"),
    ("client-pop3", {"enabled": True, "reason": "x"}, "bad-override", "select 'pop3' in exchange_features"),
    ("probe-1080", {"enabled": False, "reason": "x"}, "bad-override", "closed already"),
    ("guess-1090", {"ports": [1], "reason": "x"}, "bad-override", "say enabled: true besides"),
    ("inside-135", {"enabled": True, "reason": "x"}, "bad-override", "everything is open already"),
    ("whole-servers", {"enabled": False, "reason": "x"}, "bad-override", "no filter is supported here"),
    ("whole-servers", {"ports": [1], "reason": "x"}, "bad-override", "has no ports (any)"),
    ("inside-echo", {"ports": [1], "reason": "x"}, "bad-override", "has no ports (icmp)"),
]


@pytest.mark.parametrize(("name", "settings", "code", "text"), MISTAKES)
def test_what_cannot_be_asked_is_told_with_the_way_out(name, settings, code, text):
    fleet = {"flow_overrides": {name: settings}, "extra_flows": [RELAY], "networks": NETWORKS_OF_RELAY}
    _topology, (problem,) = topology_of({"a": mailbox(1)}, fleet)
    assert (problem.code, problem.host, problem.variable) == (code, "a", "exchange_flow_overrides")
    assert text in problem.text and repr(name) in problem.text


WRONG_KINDS = [["client-443"], {"client-443": False}, {"client-443": ["off"]}]


@pytest.mark.parametrize("value", WRONG_KINDS)
def test_overrides_of_the_wrong_kind(value):
    _topology, (problem,) = topology_of({"a": mailbox(1)}, {"flow_overrides": value})
    assert (problem.code, problem.variable) == ("bad-value", "exchange_flow_overrides")


def test_two_organizations_that_share_overrides_are_told_once():
    hosts = {"a": mailbox(1), "b": mailbox(2, organization="test")}
    _topology, problems = topology_of(hosts, {"flow_overrides": {"client-444": {"enabled": False, "reason": "x"}}})
    assert len(problems) == 1
    topology = good_topology(hosts, {"flow_overrides": {"client-443": {"enabled": False, "reason": "x"}}})
    assert len(topology.warnings) == 1

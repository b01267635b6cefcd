# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a plan keeps besides rules, up to its files: resolved names, published addresses, rules that open nothing."""

from __future__ import annotations

import json

from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.fleet import compute
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.store import Options
from ansible_collections.msexchange.firewall.plugins.plugin_utils.report.text import plan_texts
from fleet import PLATFORMS, good_plan, inputs, mailbox, party

GATEWAY = {"platform": "nftables", "zones": {"a": ["10.0.0.0/24"], "b": ["0.0.0.0/0"]}}
NAMED = {
    "a": mailbox(1, addresses=["a.example.com"], published_addresses={"10.0.0.7": "203.0.113.7"}),
    "gw1": GATEWAY,
    "gw2": GATEWAY,
}


def fleet(*answer):
    return compute(inputs(NAMED), Options(resolve_names=True), PLATFORMS, lambda _name: answer)


def test_the_plans_files_show_a_name_and_what_it_was_taken_for():
    texts = plan_texts(fleet("10.0.0.7", "10.0.0.8"))
    assert json.loads(texts["plan.json"])["names"] == [
        {"host": "a", "name": "a.example.com", "addresses": ["10.0.0.7/32", "10.0.0.8/32"]}
    ]
    assert "a.example.com of a: 10.0.0.7/32, 10.0.0.8/32" in texts["plan.txt"]


def test_they_show_what_is_published():
    texts = plan_texts(fleet("10.0.0.7"))
    pair = {"real": "10.0.0.7/32", "published": "203.0.113.7/32"}
    assert json.loads(texts["plan.json"])["published"] == [pair]


def test_gateways_with_equal_zones_get_equal_parts():
    first, second = fleet("10.0.0.7").slices
    assert (first.host, second.host) == ("gw1", "gw2")
    assert first.rules and first.rules == second.rules
    assert first.management_rules == second.management_rules and first.published == second.published


def test_rules_whose_ends_share_no_family_are_told_once():
    six = {"networks": {"internal_clients": ["2001:db8:9::/48"]}}
    (warning,) = good_plan({"a": mailbox(1)}, six).warnings
    assert warning == "client-443 opens nothing: one end has only IPv4 addresses, and the other only IPv6 addresses."
    hosts = {"a": mailbox(1, features=["pop3"]), "lb": party("load_balancer", "2001:db8::5")}
    warnings = good_plan(hosts, {"networks": {"internal_clients": ["10.9.0.0/16"]}}).warnings
    assert len(warnings) == 1 and warnings[0].startswith("balancer-443 and balancer-pop3 open nothing: ")


def test_nothing_is_told_where_they_share_one():
    both = {"networks": {"internal_clients": ["2001:db8:9::/48", "10.9.0.0/16"]}}
    assert good_plan({"a": mailbox(1)}, both).warnings == ()

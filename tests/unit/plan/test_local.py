# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of an organization's own flows and of overridden ones; what becomes of those that make none."""

from __future__ import annotations

from datetime import date

import pytest
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.fleet import compute
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.store import Options
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms import nftables
from ansible_collections.msexchange.firewall.plugins.plugin_utils.report.text import plan_texts
from fleet import NETWORKS_OF_RELAY, RELAY, good_plan, inputs, mailbox, party

RELAY_ID = "lob-relay-2525"


def plan_with(hosts=None, narrow=False, today=None, networks=None, **flow):
    fleet = {"extra_flows": [{**RELAY, **flow}], "networks": NETWORKS_OF_RELAY if networks is None else networks}
    return good_plan(hosts or {"a": mailbox(1)}, fleet, narrow=narrow, today=today)


def by_id(plan):
    return {rule.id: rule for rule in plan.rules}


def test_a_rule_says_who_answers_for_it_and_until_when():
    rule = by_id(plan_with(expiry="2099-12-31"))[RELAY_ID]
    assert (rule.owner, rule.expiry, rule.confidence, rule.sources) == ("ERP team", "2099-12-31", "local", ())
    assert (rule.source.members, rule.destination.members) == (("10.7.0.0/24",), ("10.0.0.1/32",))
    assert rule.ports == ((2525, 2525),) and rule.need == "Invoices leave by mail."


def test_an_expired_flow_makes_no_rule_and_the_digest_follows():
    plans = [plan_with(expiry="2030-01-01", today=date(2030, 1, day)) for day in (1, 2)]
    assert [RELAY_ID in by_id(plan) for plan in plans] == [True, False]
    assert plans[0].digest != plans[1].digest
    assert plans[1].warnings == (f"The flow {RELAY_ID} (ERP team) expired after 2030-01-01 and makes no rule.",)


NOTHING = [
    ({"networks": {}}, "nobody calls, since no host and no network is line_of_business."),
    (
        {"listener": {"parties": ["edge_transport"], "versions": ["se"]}, "features": ["probes"]},
        "nobody answers, since no host and no network is edge_transport of se with probes.",
    ),
    ({"scope": "same_site"}, "there is no pair of two ends that fits its scope (same_site)."),
    ({"initiator": {"parties": ["mailbox"]}, "networks": {}}, "there is no pair of two ends."),
]


@pytest.mark.parametrize(("more", "text"), NOTHING)
def test_a_flow_that_makes_no_rule_says_why(more, text):
    plan = plan_with(**more)
    assert not [rule for rule in plan.rules if rule.flow == RELAY_ID]
    assert plan.warnings == (f"{RELAY_ID} makes no rule: {text}",)


INSIDE = {
    "initiator": {"parties": ["mailbox"]},
    "listener": {"parties": ["domain_controller", "mailbox"]},
    "networks": {"domain_controller": ["10.6.0.0/24"]},
}
TWO = {"a": mailbox(1), "b": mailbox(2), "dc": party("domain_controller", "10.0.2.1")}


def test_what_lies_inside_the_boundary_makes_no_rule_and_is_told():
    plan = plan_with(TWO, **INSIDE)
    assert RELAY_ID not in by_id(plan)
    (warning,) = plan.warnings
    assert warning.startswith(f"{RELAY_ID} makes no rule: inside the support boundary")


def test_where_the_boundary_is_narrowed_it_is_a_rule_that_no_inspection_touches():
    hosts = {**TWO, "dc": {**TWO["dc"], "windows_version": "2022"}}
    plan = plan_with(hosts, narrow=True, **{**INSIDE, "networks": {}})
    assert by_id(plan)[RELAY_ID].boundary
    assert not any(RELAY_ID in warning for warning in plan.warnings)


def test_a_flow_that_leaves_the_boundary_at_one_pair_is_a_rule():
    edge = {"version": "2019", "roles": ["edge_transport"], "addresses": ["10.0.0.9"]}
    flow = {"initiator": {"parties": ["edge_transport", "mailbox"]}, "listener": {"parties": ["mailbox"]}}
    rule = by_id(plan_with({**TWO, "e": edge}, networks={}, **flow))[RELAY_ID]
    assert rule.source.members == ("10.0.0.1/32", "10.0.0.2/32", "10.0.0.9/32") and not rule.boundary


def test_between_replication_addresses_nothing_is_covered():
    hosts = {"a": mailbox(1, replication_addresses=["10.8.0.1"]), "b": mailbox(2, replication_addresses=["10.8.0.2"])}
    flow = {"initiator": {"parties": ["mailbox"]}, "network": "replication", "networks": {}}
    plan = plan_with(hosts, **flow)
    assert [rule.id for rule in plan.rules if rule.flow == RELAY_ID] == [f"{RELAY_ID}.replication"]
    assert not plan.warnings


def test_who_is_no_server_reaches_either_kind_over_the_replication_network():
    hosts = {"a": mailbox(1, replication_addresses=["10.8.0.1"]), "b": mailbox(2)}
    plan = plan_with(hosts, network="replication")
    rules = [rule for rule in plan.rules if rule.flow == RELAY_ID]
    assert [(rule.source.members, rule.destination.members) for rule in rules] == [
        (("10.7.0.0/24",), ("10.0.0.2/32",)),
        (("10.7.0.0/24",), ("10.8.0.1/32",)),
    ]


def test_an_organization_without_servers_is_not_told_of_flows_that_it_shares():
    hosts = {
        "a": mailbox(1, organization="mail"),
        "gw": {"platform": "nftables", "zones": {"x": ["10.0.0.0/8"], "y": []}},
    }
    fleet = {"extra_flows": [RELAY], "networks": NETWORKS_OF_RELAY}
    assert not good_plan(hosts, fleet).warnings


CLIENTS = {"internal_clients": ["10.9.0.0/16"]}


def overridden(hosts=None, **overrides):
    fleet = {"flow_overrides": {name.replace("_", "-"): said for name, said in overrides.items()}, "networks": CLIENTS}
    return good_plan(hosts or {"a": mailbox(1, features=["pop3"])}, fleet)


def test_a_flow_that_is_off_makes_no_rule_and_its_feature_is_not_called_useless():
    before, after = overridden(), overridden(client_pop3={"enabled": False, "reason": "Nobody uses it."})
    assert set(by_id(before)) - set(by_id(after)) == {"client-pop3"}
    assert before.digest != after.digest
    assert after.warnings == ("client-pop3 is switched off by exchange_flow_overrides: Nobody uses it.",)


def test_a_moved_port_is_in_the_rule_with_its_reason():
    plan = overridden(client_443={"ports": [8443], "reason": "Proxy.", "owner": "Jo", "expiry": "2099-01-01"})
    rule = by_id(plan)["client-443"]
    assert (rule.ports, rule.owner, rule.expiry) == (((8443, 8443),), "Jo", "2099-01-01")
    assert rule.need == "Clients read their mail. Moved from 443: Proxy."


UNCONFIRMED = ["probe-1080", "guess-1090"]  # of a feature, and of none


@pytest.mark.parametrize("flow", UNCONFIRMED)
@pytest.mark.parametrize("features", [[], ["probes"]], ids=["without the feature", "with it"])
def test_an_unconfirmed_flow_opens_by_its_id_and_by_nothing_else(flow, features):
    hosts = {"a": mailbox(1, features=features)}
    assert not set(UNCONFIRMED) & set(by_id(overridden(hosts)))
    rules = by_id(overridden(hosts, **{flow.replace("-", "_"): {"enabled": True, "reason": "Vendor."}}))
    assert set(UNCONFIRMED) & set(rules) == {flow}
    rule = rules[flow]
    assert rule.confidence == "unconfirmed" and rule.need.endswith("Opened by id: Vendor.")


def test_who_selects_a_feature_hears_of_its_flow_that_nobody_confirmed():
    assert not overridden({"a": mailbox(1)}).warnings
    (warning,) = overridden({"a": mailbox(1, features=["probes"])}).warnings
    assert warning.startswith("probe-1080 is not opened, though its feature (probes) is selected: nobody confirmed it.")
    assert "by its id in exchange_flow_overrides" in warning


def test_a_flow_of_ones_own_is_asked_for_by_its_entry_whatever_its_confidence():
    plan = good_plan(
        {"a": mailbox(1)},
        {"extra_flows": [{**RELAY, "confidence": "unconfirmed"}], "networks": NETWORKS_OF_RELAY},
    )
    assert by_id(plan)[RELAY_ID].confidence == "unconfirmed"


def test_each_organization_has_its_own():
    off = {"flow_overrides": {"client-443": {"enabled": False, "reason": "Elsewhere."}}}
    hosts = {"a": mailbox(1, **off), "b": mailbox(2, organization="test")}
    rules = by_id(good_plan(hosts, {"networks": CLIENTS}))
    assert "test/client-443" in rules and "default/client-443" not in rules


def test_reports_name_owner_expiry_and_party():
    given = inputs(
        {"a": mailbox(1)}, {"extra_flows": [{**RELAY, "expiry": "2099-12-31"}], "networks": NETWORKS_OF_RELAY}
    )
    texts = plan_texts(compute(given, Options(), {}))
    assert "Invoices leave by mail. [owner ERP team, until 2099-12-31]" in texts["plan.txt"]
    (line,) = [line for line in texts["plan.csv"].splitlines() if RELAY_ID in line]
    assert line.endswith(",the organization itself,local,ERP team,2099-12-31") and "line_of_business" in line
    assert '"owner": "ERP team"' in texts["plan.json"]


HOSTILE = '"; flush ruleset; add table inet x {} # $(reboot) `id` {{ x }}'


def test_no_text_of_a_flow_reaches_the_gateway():
    words = dict.fromkeys(("title", "need", "owner", "protocol", "remarks"), HOSTILE)
    second = {"id": "more", "title": HOSTILE, "direction": "both", "transport": "udp", "ports": [7], "remarks": HOSTILE}
    over = {"client-https-443": {"ports": [8443], "reason": HOSTILE, "owner": HOSTILE}}
    fleet = {"extra_flows": [{**RELAY, **words, "follows": [second]}], "networks": NETWORKS_OF_RELAY | CLIENTS}
    gateway = {"platform": "nftables", "zones": {"x": ["10.0.0.0/24"], "y": ["0.0.0.0/0"]}}
    given = inputs({"a": mailbox(1), "gw": gateway}, {**fleet, "flow_overrides": over})
    (piece,) = compute(given, Options(), {"nftables": "nftables"}).slices
    for mode in ("add", "enforce"):
        text = nftables.render(nftables.wanted(piece.whole(), mode))
        assert RELAY_ID in text and "8443" in text
        assert not any(word in text for word in ("flush ruleset", "reboot", "table inet x", "`", "{{"))

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flows of an organization's own and overrides by id: what they become, and every mistake in them."""

from __future__ import annotations

import json
from datetime import date

import pytest
from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.load import CATALOG
from ansible_collections.msexchange.firewall.plugins.plugin_utils.topology import flow_entry
from fleet import NETWORKS_OF_RELAY as NETWORKS
from fleet import RELAY, good_topology, mailbox, party, topology_of

TODAY = date(2030, 6, 15)


def flow(**more):
    """The relay with other fields; None takes one away."""
    return {name: value for name, value in {**RELAY, **more}.items() if value is not None}


def catalog_of(fleet, today=TODAY):
    topology = good_topology({"a": mailbox(1)}, fleet, today=today)
    return topology.organizations["default"].catalog, topology.warnings


def test_a_flow_of_ones_own_brings_its_party_and_says_who_answers_for_it():
    catalog, warnings = catalog_of({"extra_flows": [RELAY], "networks": NETWORKS})
    entry = catalog.flows["lob-relay-2525"]
    assert (entry.need, entry.owner, entry.ports) == ("Invoices leave by mail.", "ERP team", ((2525, 2525),))
    assert (entry.confidence, entry.support, entry.sources, entry.local) == ("local", "supported", (), True)
    assert catalog.parties["line_of_business"].kind == "peer" and catalog.own_parties == {"line_of_business"}
    assert list(catalog.flows) == sorted(catalog.flows)
    assert not warnings


def test_without_flows_of_its_own_an_organization_has_no_catalog_of_its_own():
    assert catalog_of({"networks": {}}) == (None, ())


def test_a_party_of_ones_own_can_be_said_by_host_group_and_network():
    hosts = {
        "a": mailbox(1),
        "b": party("line_of_business", "10.0.1.1"),
        "c": {"addresses": ["10.0.1.2"], "groups": ["erp"]},
    }
    fleet = {"extra_flows": [RELAY], "networks": NETWORKS, "party_groups": {"erp": "line_of_business"}}
    topology = good_topology(hosts, fleet)
    assert topology.hosts["b"].parties == topology.hosts["c"].parties == {"line_of_business"}
    assert topology.organizations["default"].networks == {"line_of_business": ("10.7.0.0/24",)}


def test_a_party_belongs_to_the_organization_whose_flow_brings_it():
    hosts = {"a": mailbox(1, extra_flows=[RELAY]), "b": mailbox(2, organization="test", networks=NETWORKS)}
    _topology, problems = topology_of(hosts)
    assert [(p.code, p.host) for p in problems] == [("unknown-party", "b")]


SCHEMA = json.loads((CATALOG / "schema.json").read_text(encoding="utf-8"))["$defs"]


def test_the_fields_are_those_of_the_catalogs_schema():
    assert {*flow_entry._FLOW, *flow_entry._NOT_HERE} == {*SCHEMA["flow"]["properties"], "owner", "expiry"}
    assert set(flow_entry._FOLLOW) == set(SCHEMA["follow"]["properties"])


CHOICES = ["scope", "encryption", "confidence"]


@pytest.mark.parametrize("field", CHOICES)
def test_the_choices_are_those_of_the_catalogs_schema(field):
    choices = SCHEMA[field]["enum"] if field in SCHEMA else SCHEMA["flow"]["properties"][field]["enum"]
    more = {"features": ["pop3"]}
    for choice in choices:
        catalog, _warnings = catalog_of({"extra_flows": [flow(**{field: choice}, **more)], "networks": NETWORKS})
        assert getattr(catalog.flows["lob-relay-2525"], field) == choice


FIELDS = [
    ({"follows": [{"id": "x", "title": "X", "direction": "both", "transport": "udp", "ports": [7]}]}, "follows"),
    ({"transport": "icmp", "ports": None, "icmp_types": ["echo-request"]}, "icmp_types"),
    ({"transport": "esp", "ports": None}, "transport"),
    ({"scope": "same_site", "initiator": {"parties": ["line_of_business", "mailbox"], "versions": [2019]}}, "scope"),
    ({"features": ["pop3"], "confidence": "unconfirmed", "sources": ["paper"]}, "features"),
    ({"expiry": date(2031, 1, 1)}, "expiry"),
    ({"encryption": "starttls", "support": "superseded", "remarks": "Old.", "network": "replication"}, "remarks"),
]


@pytest.mark.parametrize(("more", "field"), FIELDS)
def test_the_fields_of_the_catalogs_schema_are_read(more, field):
    catalog, _warnings = catalog_of({"extra_flows": [flow(**more)], "networks": NETWORKS})
    assert getattr(catalog.flows["lob-relay-2525"], field)


NEEDED = ["id", "title", "need", "owner", "protocol", "initiator", "listener", "transport"]
# name: (entry, [(field, part of the sentence)])
MISTAKES = {
    "nothing at all": (
        {},
        [(f, "it is missing") for f in NEEDED],
    ),
    "no owner": (flow(owner=None), [("owner", "it is missing")]),
    "an empty need": (flow(need=" "), [("need", "one word was expected")]),
    "a strange id": (flow(id="Relay 2525; drop"), [("id", "'Relay 2525; drop' is not fit")]),
    "a long id": (flow(id="x" * 61), [("id", "at most 60")]),
    "a long need": (flow(need="x" * 501), [("need", "at most 500")]),
    "an owner of two kinds": (flow(owner=["a"]), [("owner", "text was expected")]),
    "control characters": (flow(title="a\x1b[2J"), [("title", "cannot be printed")]),
    "a field nobody reads": (flow(prots=[1]), [("prots", "no such field is read (did you mean 'ports'?)")]),
    "a row of the article": (flow(article="DNS"), [("article", "leave it out")]),
    "a boundary": (flow(boundary="whole"), [("boundary", "found out by itself")]),
    "a refusal": (flow(refused={"reason": "x"}), [("refused", "is there to be opened")]),
    "no port": (flow(ports=None), [("ports", "tcp needs it")]),
    "ports that are none": (flow(ports=[70000, "x"]), [("ports", "70000 is no port")]),
    "ports of a protocol without": (flow(transport="esp"), [("ports", "esp has none")]),
    "icmp without a type": (flow(transport="icmp", ports=None), [("icmp_types", "icmp needs it")]),
    "any protocol": (flow(transport="any", ports=None), [("transport", "'any' is not known")]),
    "unsupported": (flow(support="unsupported"), [("support", "choices: supported, superseded")]),
    "a date in words": (flow(expiry="next year"), [("expiry", "write year, month and day as 2027-01-31")]),
    "a date in short": (flow(expiry="20310131"), [("expiry", "'20310131' is no date")]),
    "an end that is a word": (flow(listener="mailbox"), [("listener", "a mapping of parties")]),
    "an end of strange words": (flow(listener={"parties": ["mail box"]}), [("listener", "'mail box' is not fit")]),
    "a version nobody made": (
        flow(listener={"parties": ["mailbox"], "versions": ["2109"]}),
        [("listener", "'2109' is no Exchange version")],
    ),
    "a version without the role": (
        flow(listener={"parties": ["hub_transport"], "versions": ["2019"]}),
        [("listener", "Exchange 2019 has no server role hub_transport")],
    ),
    "a version of no server": (
        flow(initiator={"parties": ["line_of_business"], "versions": ["2019"]}),
        [("initiator", "versions belong to server roles")],
    ),
    "no server at all": (flow(listener={"parties": ["witness"]}), [("listener", "neither end (line_of_business and")]),
    "a mistyped server": (flow(listener={"parties": ["mailbx"]}), [("listener", "(did you mean 'mailbox'?)")]),
    "a reserved word": (flow(initiator={"parties": ["management"]}), [("initiator", "means something else")]),
    "a feature nobody has": (flow(features=["pop"]), [("features", "'pop' is no feature (did you mean 'pop3'?)")]),
    "a refused feature": (flow(features=["chat_tls"]), [("features", "never opened")]),
    "an unknown document": (flow(sources=["papers"]), [("sources", "did you mean 'paper'?")]),
    "second connections in short": (flow(follows={"id": "x"}), [("follows", "a list of second connections")]),
    "half a second connection": (
        flow(follows=[{"id": "x", "title": "X", "direction": "back"}]),
        [("follows", "transport: it is missing; ports: it is missing; direction: 'back' is not known")],
    ),
    "two second connections of one id": (
        flow(follows=[{"id": "x", "title": "X", "direction": "both", "transport": "udp", "ports": [7]}] * 2),
        [("follows", "the same id")],
    ),
    "the catalog's id": (flow(id="client-443"), [("id", "the catalog has a flow of this id")]),
    "management's id": (flow(id="management"), [("id", "the catalog has a flow of this id")]),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_each_mistake_in_a_flow_is_told_with_its_place(name):
    entry, expected = MISTAKES[name]
    _topology, problems = topology_of({"a": mailbox(1)}, {"extra_flows": [entry]})
    assert {(p.host, p.variable) for p in problems} == {("a", "exchange_extra_flows")}
    shown = entry.get("id", "entry 1") if name not in ("a strange id", "a long id") else "entry 1"
    for field, text in expected:
        assert any(p.text.startswith(f"flow {shown!r}, {field}: ") and text in p.text for p in problems), problems
    assert len(problems) == len(expected)


def test_two_flows_of_one_id_and_all_mistakes_together():
    _topology, problems = topology_of({"a": mailbox(1)}, {"extra_flows": [RELAY, flow(ports=["x"]), "relay"]})
    assert sorted(p.code for p in problems) == ["bad-flow", "bad-value", "flow-id-taken"]
    assert any("entry 3: a mapping with the fields of a flow was expected" in p.text for p in problems)


def test_a_flow_with_mistakes_still_brings_its_party():
    hosts = {"a": mailbox(1), "b": party("line_of_business", "10.0.1.1")}
    _topology, problems = topology_of(hosts, {"extra_flows": [flow(ports=["x"])], "networks": NETWORKS})
    assert [p.code for p in problems] == ["bad-flow"]


UNREADABLE = [{"extra_flows": [flow(initiator=["line_of_business"])]}, {"extra_flows": "relay"}]


@pytest.mark.parametrize("said", UNREADABLE)
def test_nothing_is_said_of_parties_that_an_unreadable_flow_may_bring(said):
    hosts = {"a": mailbox(1), "b": party("line_of_business", "10.0.1.1")}
    _topology, problems = topology_of(hosts, {**said, "networks": NETWORKS})
    assert {p.variable for p in problems} == {"exchange_extra_flows"} and len(problems) == 1


def test_a_party_near_a_known_word_that_nobody_is():
    entry = flow(initiator={"parties": ["witnes", "line_of_business"]})
    _topology, (problem,) = topology_of({"a": mailbox(1)}, {"extra_flows": [entry], "networks": NETWORKS})
    assert problem.code == "unknown-party" and "(did you mean 'witness'?)" in problem.text
    assert good_topology({"a": mailbox(1)}, {"extra_flows": [entry], "networks": {"witnes": ["10.7.0.0/24"]}})


DAYS = [
    (date(2030, 6, 14), True, "expired after 2030-06-14 and makes no rule."),
    (date(2030, 6, 15), False, "expires after 2030-06-15, which is today."),
    (date(2030, 6, 16), False, "which is tomorrow."),
    (date(2030, 7, 15), False, "which is in 30 days."),
    (date(2030, 7, 16), False, ""),
]


@pytest.mark.parametrize(("expiry", "off", "text"), DAYS)
def test_a_flow_counts_up_to_its_last_day(expiry, off, text):
    catalog, warnings = catalog_of({"extra_flows": [flow(expiry=str(expiry))], "networks": NETWORKS})
    assert catalog.flows["lob-relay-2525"].off is off
    told = [f"The flow lob-relay-2525 (ERP team) {text}"] if text.startswith("e") else [*warnings]
    assert list(warnings) == told and all(text in warning for warning in warnings) and bool(warnings) == bool(text)


def test_without_a_day_nothing_expires():
    catalog, warnings = catalog_of({"extra_flows": [flow(expiry="1999-01-01")], "networks": NETWORKS}, today=None)
    assert not catalog.flows["lob-relay-2525"].off and not warnings

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions about hosts and appliances, from the catalog that ships and from a small one."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog import host_facts as facts
from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog import load as load_module
from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.host_load import KINDS, load_facts
from ansible_collections.msexchange.firewall.plugins.plugin_utils.problems import ProblemError


def ids(kind, **options):
    return [fact["id"] for fact in facts.answer(kind, options)]


# (version, server role, transport, port) -> the services that documents and Setup name for it
BEHIND = [
    (("2010", "client_access", "tcp", 993), ["imap4_2010"]),
    (("2010", "edge_transport", "tcp", 25), ["transport_edge"]),
    (("2010", "mailbox", "tcp", "rpc"), ["adtopology_2010", "service_host_2010"]),
    (("2013", "client_access", "tcp", 25), ["front_end_transport"]),
    (("2013", "mailbox", "tcp", 25), ["transport_2013"]),
    (("2013", "mailbox", "tcp", 135), ["endpoint_mapper"]),
    (("2013", "mailbox", "tcp", "rpc_epmap"), ["endpoint_mapper"]),
    (("2016", "mailbox", "tcp", 25), ["front_end_transport"]),
    (("2016", "mailbox", "tcp", 5065), ["um_worker"]),
    (("2019", "mailbox", "tcp", 5065), []),
    (("se", "mailbox", "tcp", 475), ["delivery"]),
    (("se", "mailbox", "tcp", 2525), ["transport_mailbox"]),
    (("se", "mailbox", "udp", 475), []),
    (("se", "mailbox", "tcp", 3880), []),
    (("se", "edge_transport", "tcp", 50636), ["edge_directory"]),
]


@pytest.mark.parametrize(("question", "expected"), BEHIND)
def test_services_behind_a_port(question, expected):
    assert [service.id for service in facts.services_behind(*question)] == expected


def test_a_service_says_where_it_was_asked_for_and_no_more():
    (service,) = facts.services_behind("se", "mailbox", "tcp", 475)
    (place,) = service.available
    assert (place.confidence, "se" in place.versions) == ("inferred", True)
    (everywhere,) = [one for one in facts.services(ports=[475]) if one.id == "delivery"]
    assert len(everywhere.available) == 2


def test_a_range_of_ports_holds_what_lies_within():
    for port, found in ((3869, []), (3870, ["search_seeding"]), (3889, ["search_seeding"]), (3890, [])):
        assert ids("services", port=[port]) == found


STATIC = [
    (("5.5",), ("mailbox",), ["directory_55", "information_store_55", "system_attendant_55"]),
    (("2000",), ("mailbox",), ["directory_proxy", "information_store", "referral", "site_replication"]),
    (("2007",), ("mailbox",), ["directory_proxy", "information_store", "referral"]),
    (("2010",), ("client_access",), ["address_book_2010", "rpc_client_access_2010"]),
    (("2010",), ("mailbox",), ["rpc_client_access_2010"]),
    (("2010",), ("edge_transport",), []),
    (("2013", "2016", "2019", "se"), (), []),
]


@pytest.mark.parametrize(("versions", "roles", "expected"), STATIC)
def test_static_ports(versions, roles, expected):
    assert [one.id for one in facts.static_ports(versions, roles)] == expected


def test_the_value_of_the_address_book_is_a_text_and_that_of_rpc_client_access_a_number():
    kinds = {one.id: (one.value, one.type, one.recommended) for one in facts.static_ports(["2010"])}
    assert kinds == {
        "address_book_2010": ("RpcTcpPort", "REG_SZ", ((59531, 60554),)),
        "rpc_client_access_2010": ("TCP/IP Port", "REG_DWORD", ((59531, 60554),)),
    }


def test_rules_of_setup():
    assert len(facts.setup_rules(["2010"])) == 12
    client_access = ids("setup_rules", version="2010", roles="client_access", port=5076)
    assert client_access == ["owa_2010", "owa_gfw_2010"]
    assert ids("setup_rules", version="2010", roles="edge_transport", port=25) == []
    wide = [fact for fact in facts.answer("setup_rules", {"version": "2010"}) if fact["any_program"]]
    assert sorted(fact["name"] for fact in wide) == [
        "MSExchange - IMAP4 (GFW) (TCP-In)",
        "MSExchange - OWA (GFW) (TCP-In)",
        "MSExchange - POP3 (GFW) (TCP-In)",
        "MSExchangeRPC (GFW) (TCP-In)",
        "MSExchangeRPCEPMap (GFW) (TCP-In)",
    ]
    later = {
        place["confidence"] for fact in facts.answer("setup_rules", {"version": "se"}) for place in fact["available"]
    }
    assert later == {"unconfirmed"}


def test_a_rule_without_ports_answers_no_port():
    (unread,) = [rule for rule in facts.setup_rules() if rule.id == "um_ses_worker_gfw_2013"]
    assert unread.ports == ()
    assert not [rule for port in (25, 5060) for rule in facts.setup_rules(ports=[port]) if rule.id == unread.id]


INSPECTIONS = [
    ({"vendor": ["nftables"], "protocol": ["dcerpc"]}, [("nftables_dcerpc", "none", "absent")]),
    ({"vendor": ["cisco_asa"], "protocol": ["smtp"]}, [("cisco_asa_esmtp", "alters", "enabled")]),
    ({"vendor": ["cisco_asa"], "protocol": ["dcerpc"]}, [("cisco_asa_dcerpc", "follows", "disabled")]),
    ({"vendor": ["junos_srx"], "port": [135]}, [("junos_srx_msrpc", "follows", "enabled")]),
    ({"vendor": ["fortios"], "transport": ["udp"]}, [("fortios_sip", "follows", "enabled")]),
]


@pytest.mark.parametrize(("options", "expected"), INSPECTIONS)
def test_inspection(options, expected):
    found = facts.answer("inspection", options)
    assert [(one["id"], one["effect"], one["default"]) for one in found] == expected


def test_applications_by_port_and_what_to_keep_away_from():
    assert ids("applications", vendor="junos_srx", port=389) == ["junos_srx_junos_h323"]
    assert ids("applications", vendor="fortios", port=135, transport="udp") == ["fortios_dce_rpc"]
    assert ids("applications", vendor="cisco_asa", port=88) == []
    assert ids("applications", vendor="fortios", transport="udp") == [
        f"fortios_{name}" for name in ("dce_rpc", "h323", "kerberos", "ldap_udp", "sip")
    ]
    assert "checkpoint_msexchangeis" in ids("applications", vendor="checkpoint")


def test_keywords_by_interface():
    known = {fact["id"]: fact for fact in facts.answer("keywords", {})}
    assert known["rpc_epmap"]["spellings"]["powershell"] == "RPCEPMap"
    assert known["rpc_epmap"]["spellings"]["com"] == "RPC-EPMap"
    assert (known["rpc"]["satisfies"], known["rpc"]["ports"]) == ("rpc_dynamic", [])


@pytest.mark.parametrize("kind", KINDS)
def test_answers_are_plain_sorted_and_complete(kind):
    everything = facts.answer(kind, {"explain": True})
    assert json.loads(json.dumps(everything)) == everything
    assert [fact["id"] for fact in everything] == sorted(fact["id"] for fact in everything)
    assert len(everything) == len(load_facts(kind)) > 1
    assert len({tuple(sorted(fact)) for fact in everything}) == 1
    for document in (document for fact in everything for document in fact["sources"]):
        assert document["url"].startswith("http") and document["title"]


def test_nobody_can_change_what_the_next_one_gets():
    first = facts.answer("services", {})
    first[0]["available"][0]["versions"].append("6.0")
    first.pop()
    assert facts.answer("services", {}) != first
    with pytest.raises(FrozenInstanceError):
        load_facts("services")[0].title = "another"


def test_words_come_as_a_lookup_or_a_module_gives_them():
    plain = facts.answer("services", {"version": ["se"], "port": [475]})
    for version, port in (("SE", 475), (["se"], "475"), ([["se"]], [["475"]]), (("se", None, ""), (475,))):
        assert facts.answer("services", {"version": version, "port": port}) == plain
    empty = {"features": [], "direction": None, "query": "[].id", "about": "services", "flow": [], "explain": False}
    assert facts.answer("services", {"version": ["se"], "port": [475], **empty}) == plain


BAD = [
    ("services", {"version": ["2014"]}, ["version: '2014' is not known"]),
    ("services", {"roles": ["mailbx"]}, ["roles: 'mailbx' is not known (did you mean 'mailbox'?)"]),
    ("services", {"port": [0, "x", "5-6", True]}, ["port: 'x'", "port: '5-6'", "port: 0 ", "port: True"]),
    ("services", {"features": ["pop3"]}, ["features: is for flows, and means nothing for services"]),
    ("keywords", {"version": ["se"]}, ["what narrows keywords: none"]),
    ("static_ports", {"port": [135], "version": ["x"]}, ["port: is for flows", "version: 'x'"]),
    ("inspection", {"vendor": ["cisco"]}, ["vendor: 'cisco' is not known (did you mean 'cisco_"]),
    ("inspection", {"protocol": ["rvp"]}, ["protocol: 'rvp' is not known"]),
    ("applications", {"transport": ["sctp"]}, ["transport: 'sctp' is not known"]),
    ("service", {}, ["about: 'service' is not known (did you mean 'services'?)"]),
    (None, {}, ["about: 'None' is not known"]),
]


@pytest.mark.parametrize(("kind", "options", "expected"), BAD)
def test_what_is_wrong_is_said_all_at_once(kind, options, expected):
    with pytest.raises(ProblemError) as caught:
        facts.answer(kind, options)
    said = [str(problem) for problem in caught.value.problems]
    assert len(said) == len(expected)
    for text in expected:
        assert [line for line in said if text in line], f"{text}: {said}"


def test_loading_for_a_plan_opens_none_of_these_files(monkeypatch):
    opened, opening = [], Path.open
    monkeypatch.setattr(Path, "open", lambda path, *how, **more: opened.append(path) or opening(path, *how, **more))
    load_module.load.__wrapped__()
    folders = {path.relative_to(load_module.CATALOG).parts[0] for path in opened}
    assert "flows" in folders
    assert not folders & {folder for folder, _record in KINDS.values()}


def test_a_folder_without_facts_has_none(tmp_path):
    assert load_facts("services", tmp_path) == ()
    (tmp_path / "windows" / "services").mkdir(parents=True)
    place = "{versions: [se], server_roles: [mailbox], confidence: confirmed}"
    for name in ("b", "a"):
        (tmp_path / "windows" / "services" / f"{'z' if name == 'a' else 'y'}.yml").write_text(
            f"services:\n  - {{id: {name}, title: T, available: [{place}], transport: tcp, ports: [25, '30-40'],\n"
            "     program: System, bind: program, sources: [x]}\n"
        )
    load_facts.cache_clear()
    first, second = load_facts("services", tmp_path)
    assert (first.id, second.id, first.ports) == ("a", "b", ((25, 25), (30, 40)))
    load_facts.cache_clear()

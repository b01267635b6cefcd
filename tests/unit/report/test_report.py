# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan on paper: JSON, CSV and text; sorted, complete, and harmless in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json

import pytest
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.fleet import compute
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.models import Follow, Group, Rule
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.store import Options
from ansible_collections.msexchange.firewall.plugins.plugin_utils.report.files import (
    COLUMNS,
    addresses_text,
    csv_text,
    follows_text,
    json_text,
    names_text,
    plan_data,
    plan_rows,
    ports_text,
)
from ansible_collections.msexchange.firewall.plugins.plugin_utils.report.text import plan_text, plan_texts
from fleet import inputs, mailbox, party

HOSTS = {
    "m1": mailbox(1, features=["dag", "pop3"], replication_addresses=["10.8.0.1"]),
    "m2": mailbox(2, features=["dag"], replication_addresses=["10.8.0.2"]),
    "w": party("witness", "10.0.2.1", windows_version="2022"),
    "gw": {"platform": "nftables", "zones": {"x": ["10.0.0.0/24"], "y": ["10.9.0.0/16"], "z": ["10.0.2.0/24"]}},
}
FLEET = {
    "networks": {"internal_clients": ["10.9.0.0/16", "2001:db8:9::/48"]},
    "management_networks": ["10.9.255.0/24"],
}


@pytest.fixture(scope="module")
def found():
    return compute(inputs(HOSTS, FLEET), Options(), {"nftables": "nftables"})


def rule(**more):
    group = Group("g", ("10.0.0.1/32",), (), (("10.0.0.1/32", "m1"),))
    return Rule("r", "f", "A title", "A need.", group, group, **{"transport": "tcp", "ports": ((25, 25),), **more})


TEXTS = [
    (rule(), "25", ""),
    (rule(ports=((25, 25), (6001, 6004))), "25 6001-6004", ""),
    (rule(transport="any", ports=()), "any", ""),
    (rule(transport="icmp", ports=(), icmp_types=("echo-request",)), "echo-request", ""),
    (
        rule(follows=(Follow("h245", "to_listener", "tcp", ((1024, 65535),), "h323"),)),
        "25",
        "h245 to_listener tcp 1024-65535 (h323)",
    ),
    (rule(follows=(Follow("rpc", "to_listener", "tcp", ((5, 5),), "dcerpc", True),)), "25", "rpc to_listener tcp 5"),
]


@pytest.mark.parametrize(("entry", "ports", "follows"), TEXTS)
def test_ports_and_second_connections_in_words(entry, ports, follows):
    assert (ports_text(entry), follows_text(entry)) == (ports, follows)


def test_groups_in_words():
    group = Group("g", ("10.0.0.0/8", "10.0.0.1/32"), ("10.1.0.0/16",), (("10.0.0.0/8", "x"), ("10.0.0.1/32", "x")))
    assert addresses_text(group) == "10.0.0.0/8 10.0.0.1/32 except 10.1.0.0/16"
    assert names_text(group) == "x"


def test_csv_has_a_line_a_rule_and_device_with_everything_a_reviewer_asks(found):
    rows = plan_rows("gw", found.slices[0].rules, found.catalog)
    read = list(csv.DictReader(io.StringIO(csv_text(rows))))
    assert [row["rule"] for row in read] == [entry.id for entry in found.slices[0].rules]
    assert tuple(read[0]) == tuple(COLUMNS)
    witness = next(row for row in read if row["rule"] == "witness-135")
    assert (witness["device"], witness["source_names"], witness["destination_names"]) == ("gw", "m1 m2", "w")
    assert (witness["protocol"], witness["ports"], witness["feature"]) == ("tcp", "135", "dag")
    assert witness["follows"] == "rpc to_listener tcp 49152-65535 (dcerpc)"
    assert witness["why"] and "<https://" in witness["source"] and witness["confidence"] == "inferred"


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"]


@pytest.mark.parametrize("text", FORMULAS)
def test_nothing_runs_in_a_spreadsheet(text):
    (row,) = csv.DictReader(io.StringIO(csv_text([{**dict.fromkeys(COLUMNS, ""), "device": text}]), newline=""))
    assert row["device"] == f"'{text}"


def test_csv_quotes_what_would_break_a_line():
    hostile = 'a,"b"\nc;=1'
    text = csv_text([{**dict.fromkeys(COLUMNS, ""), "why": hostile}])
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert row["why"] == hostile
    assert text.startswith(",".join(COLUMNS) + "\r\n")


def test_json_holds_everything_once_and_sorted(found):
    data = plan_data(found.plan, found.slices, found.catalog)
    text = json_text(data)
    assert json.loads(text) == data and text.endswith("}\n")
    assert text == json_text(json.loads(text))
    assert [entry["id"] for entry in data["rules"]] == sorted(entry["id"] for entry in data["rules"])
    named = {entry[end] for entry in (*data["rules"], *data["management_rules"]) for end in ("source", "destination")}
    assert set(data["groups"]) == named
    assert {key for entry in data["rules"] for key in entry["sources"]} == set(data["sources"])
    assert data["devices"]["gw"]["rules"] == [entry.id for entry in found.slices[0].rules]
    assert (data["digest"], data["support_boundary"]) == (found.plan.digest, "kept")


def test_equal_input_gives_equal_bytes(found):
    again = compute(reversed(inputs(HOSTS, FLEET)), Options(), {"nftables": "nftables"})
    for make in (lambda f: json_text(plan_data(f.plan, f.slices, f.catalog)), lambda f: plan_text(*view(f))):
        assert make(again) == make(found)


def view(fleet):
    return fleet.plan, fleet.slices, fleet.catalog


def test_text_says_who_may_call_whom_and_why(found):
    text = plan_text(*view(found))
    assert f"gw (nftables): {len(found.slices[0].rules)} rules" in text
    assert "witness-135: mailbox.dag -> witness  tcp 135" in text or "witness-135: mailbox -> witness  tcp 135" in text
    assert "then rpc to_listener tcp 49152-65535 (dcerpc)" in text
    assert "Support boundary: kept" in text and text.endswith(f"Plan digest: {found.plan.digest}")
    assert max(len(line) for line in text.splitlines()) <= 120


def test_text_without_an_appliance_shows_all_rules():
    hosts = {name: said for name, said in HOSTS.items() if name != "gw"}
    fleet = compute(inputs(hosts, FLEET), Options(narrow=True), {})
    text = plan_text(*view(fleet))
    assert text.startswith("No appliance in the inventory")
    assert "narrowed on request, which Microsoft does not support" in text
    assert all(f"  {entry.id}: " in text for entry in fleet.plan.rules)


def test_long_groups_are_cut_in_the_text_alone():
    hosts = {f"m{n}": mailbox(n) for n in range(1, 31)}
    fleet = compute(inputs(hosts, FLEET), Options(), {})
    assert "and 22 more" in plan_text(*view(fleet))


def test_hosts_with_rules_of_their_own_stand_in_every_form():
    fleet = compute(inputs(HOSTS, FLEET), Options(), {"nftables": "nftables"})
    texts = plan_texts(fleet)
    rows = [row for row in csv.DictReader(io.StringIO(texts["plan.csv"])) if row["device"] != "gw"]
    assert {row["rule"]: row["device"] for row in rows}["witness-135"] == "w"
    assert all(row["device"] for row in rows)
    assert {row["device"] for row in rows} >= {"w", "m1 m2"}
    devices = json.loads(texts["plan.json"])["devices"]
    assert set(devices) == {"gw", "m1", "m2", "w"} and devices["w"]["platform"] == "windows"
    assert "witness-135" in devices["w"]["rules"] and "witness-135" in devices["m1"]["outbound_rules"]
    assert "Hosts with rules of the plan in their own firewall (windows):" in texts["plan.txt"]


def test_a_host_whose_rules_are_only_files_is_named_with_the_reason():
    hosts = {**HOSTS, "m2": {**HOSTS["m2"], "enforcement": "artifacts"}}
    texts = plan_texts(compute(inputs(hosts, FLEET), Options(), {"nftables": "nftables"}))
    assert "exchange_enforcement asks for files alone" in " ".join(texts["plan.txt"].split())
    assert json.loads(texts["plan.json"])["devices"]["m2"]["by_hand"]


def test_without_an_appliance_every_rule_has_a_row_and_its_hosts():
    hosts = {name: said for name, said in HOSTS.items() if name != "gw"}
    fleet = compute(inputs(hosts, FLEET), Options(), {})
    rows = list(csv.DictReader(io.StringIO(plan_texts(fleet)["plan.csv"])))
    assert [row["rule"] for row in rows] == [entry.id for entry in fleet.plan.rules]
    assert {"", "m1 m2", "w"} <= {row["device"] for row in rows}

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exchange Online from a saved answer of Microsoft's endpoints web service: what is read, and all that can be wrong."""

from __future__ import annotations

import codecs
import datetime
import json

import pytest
from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.load import load
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.build import build_plan
from ansible_collections.msexchange.firewall.plugins.plugin_utils.topology.endpoints import endpoint_file
from ansible_collections.msexchange.firewall.plugins.plugin_utils.topology.read import read_topology
from fleet import PLATFORMS, SMALL_CATALOG, inputs, mailbox

TODAY = datetime.date(2026, 11, 24)
RECORDS = [
    {
        "id": 1,
        "serviceArea": "Exchange",
        "serviceAreaDisplayName": "Exchange Online",
        "urls": ["outlook.example.com"],
        "ips": ["198.51.100.0/24", "2001:db8:365::/48"],
        "tcpPorts": "80,443",
        "udpPorts": "443",
        "expressRoute": True,
        "category": "Optimize",
        "required": True,
    },
    {"id": 8, "serviceArea": "Exchange", "urls": ["*.example.com"], "tcpPorts": "80,443", "required": False},
    {"id": 10, "serviceArea": "Exchange", "ips": ["198.51.100.128/25", "203.0.113.0/28"], "tcpPorts": "25"},
    {"id": 31, "serviceArea": "SharePoint", "ips": ["192.0.2.0/24"], "tcpPorts": "80,443"},
    {"id": 56, "serviceArea": "Common", "ips": ["192.0.2.192/26"], "tcpPorts": "80,443"},
]
VERSIONS = [{"instance": "China", "latest": "2026010100"}, {"instance": "Worldwide", "latest": "2026102800"}]


def told(said, records=None, today=TODAY, files=None, **more):
    """(topology, problems) of an inventory that names a file."""
    book = {
        "e.json": json.dumps(RECORDS if records is None else records).encode(),
        "v.json": json.dumps(VERSIONS).encode(),
        **(files or {}),
    }

    def read_file(name):
        if name not in book:
            raise FileNotFoundError("it is nowhere")
        return book[name]

    given = inputs({"a": mailbox(1, features=["hybrid"])}, {"online_endpoints": said, **more})
    return given, read_topology(given, small_catalog(), PLATFORMS, read_file=read_file, today=today)


def small_catalog():
    return load(SMALL_CATALOG)


def online(said, **more):
    _given, (topology, problems) = told(said, **more)
    assert not problems, [str(problem) for problem in problems]
    return topology.organizations["default"].networks["exchange_online"], topology.warnings


EXCHANGE = ("198.51.100.0/24", "198.51.100.128/25", "203.0.113.0/28", "2001:db8:365::/48")
DATED = {"file": "e.json", "date": "2026-11-01"}


@pytest.mark.parametrize(
    "said",
    [
        DATED,
        {"file": "e.json", "date": datetime.date(2026, 11, 1)},
        {"file": "e.json", "version": 2026102800},
        {"file": "e.json", "version": "2026102801"},
        {"file": "e.json", "version_file": "v.json"},
        {"file": "e.json", "version_file": "one.json"},
    ],
)
def test_addresses_of_exchange_are_those_of_the_party(said):
    one = {"one.json": json.dumps(VERSIONS[1]).encode()}
    assert online(said, files=one) == (EXCHANGE, ())


def test_other_service_areas_on_request():
    found, _warnings = online({**DATED, "service_areas": ["exchange", "Common"]})
    assert set(found) == {*EXCHANGE, "192.0.2.192/26"}


def test_the_flows_of_a_hybrid_organization_go_there(small):
    _given, (topology, _problems) = told(DATED)
    plan, problems = build_plan(small, topology)
    assert not problems
    (rule,) = [rule for rule in plan.rules if rule.flow == "hybrid-443"]
    assert rule.destination.members == EXCHANGE


AS_SAVED = {
    "by PowerShell 7": json.dumps(RECORDS).encode(),
    "with a mark": codecs.BOM_UTF8 + json.dumps(RECORDS).encode(),
    "by Windows PowerShell": codecs.BOM_UTF16_LE + json.dumps(RECORDS).encode("utf-16-le"),
    "as ConvertTo-Json wraps it": json.dumps({"value": RECORDS, "Count": 5}).encode(),
}


@pytest.mark.parametrize("way", AS_SAVED)
def test_a_file_is_read_however_it_was_saved(way):
    assert online(DATED, files={"e.json": AS_SAVED[way]})[0] == EXCHANGE


@pytest.mark.parametrize(("date", "old"), [("2026-10-25", False), ("2026-10-24", True), ("2026-11-25", False)])
def test_an_old_file_is_warned_of(date, old):
    _found, warnings = online({"file": "e.json", "date": date})
    assert bool(warnings) is old
    if old:
        assert "are of 2026-10-24, 31 days ago" in warnings[0] and "e.json" in warnings[0]


def test_without_a_day_nothing_is_old():
    assert online({"file": "e.json", "date": "2001-01-01"}, today=None)[1] == ()


BAD = {
    "no mapping": ("e.json", "bad-value", "a mapping with file and date"),
    "a key that is none": ({**DATED, "dat": "x"}, "bad-value", "'dat' is none of its keys (did you mean 'date'?)"),
    "no day": ({"file": "e.json"}, "bad-value", "nothing says how old the file is; give one of date, version and"),
    "two days": ({**DATED, "version": 2026102800}, "bad-value", "date and version are said"),
    "no date": ({"file": "e.json", "date": "1.11.2026"}, "bad-value", "date has to be a day such as 2026-11-01"),
    "no version": ({"file": "e.json", "version": 20261028}, "bad-value", "a number such as 2026102800, not 20261028"),
    "no day of a year": ({"file": "e.json", "version": 2026139900}, "bad-value", "a number such as 2026102800"),
    "no file": ({"date": "2026-11-01"}, "bad-value", "file has to be the path of a file on the controller, not None"),
    "lines in a path": ({**DATED, "file": "a\nb"}, "bad-value", "file has to be the path"),
    "a service area that is none": ({**DATED, "service_areas": ["Exchage"]}, "bad-value", "did you mean 'Exchange'?"),
    "service areas of another kind": ({**DATED, "service_areas": {"a": 1}}, "bad-value", "has to be a list of"),
    "tomorrow": ({"file": "e.json", "date": "2026-12-24"}, "bad-endpoints", "is still to come"),
    "a file that is nowhere": ({**DATED, "file": "x.json"}, "bad-endpoints", "x.json could not be read: it is nowhere"),
    "a version file that is nowhere": (
        {"file": "e.json", "version_file": "x.json"},
        "bad-endpoints",
        "x.json could not be read",
    ),
    "versions of several instances": ({"file": "e.json", "version_file": "w.json"}, "bad-endpoints", "say version"),
    "addresses for versions": ({"file": "e.json", "version_file": "e.json"}, "bad-endpoints", "e.json is no answer"),
}
FILES = {"w.json": json.dumps([{"instance": "China", "latest": "2026102800"}] * 2).encode()}


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_with_the_variable_is_one_problem(name):
    said, code, text = BAD[name]
    (problem,) = told(said, files=FILES)[1][1]
    assert (problem.code, problem.host, problem.variable) == (code, "a", "exchange_online_endpoints")
    assert text in problem.text, problem.text


BAD_FILES = {
    "CSV": (b"id,serviceArea,ips\n1,Exchange,198.51.100.0/24\n", "is no JSON"),
    "a page": (b"<html>", "is no JSON"),
    "no text": (b"\xff\x00\xfe", "is no JSON"),
    "half of it": (json.dumps(RECORDS).encode()[:-20], "is no JSON"),
    "nested without end": (b"[" * 100_000, "nested too deeply"),
    "nothing": (b"[]", "is no list of records"),
    "a word": (b'"x"', "is no list of records"),
    "versions": (json.dumps(VERSIONS).encode(), "record 1 has no serviceArea"),
    "numbers": (b"[1, 2]", "record 1 has no serviceArea"),
    "another area": (json.dumps(RECORDS[3:]).encode(), "holds no address of the service area Exchange"),
    "one address in place of a list": (
        json.dumps([{"id": 1, "serviceArea": "Exchange", "ips": "198.51.100.0/24"}]).encode(),
        "ips of record 1 is no list",
    ),
}
BAD_ADDRESSES = [("0.0.0.0/0", "is everything"), ("::/0", "is everything"), ("198.51.100.1/24", "has bits set")]
BAD_ADDRESSES += [(junk, "is no network in CIDR form") for junk in ("x; drop", "$(id)", "{", None, 5, ["10.0.0.0/8"])]
for address, text in BAD_ADDRESSES:
    content = [{"id": 7, "serviceArea": "Exchange", "ips": [address, "198.51.100.0/24"]}]
    BAD_FILES[f"address {address}"] = (json.dumps(content).encode(), text)


@pytest.mark.parametrize("name", BAD_FILES)
def test_what_is_wrong_with_the_file_is_one_problem_that_names_it(name):
    content, text = BAD_FILES[name]
    (problem,) = told(DATED, files={"e.json": content})[1][1]
    assert (problem.code, problem.host, problem.variable) == ("bad-endpoints", "a", "exchange_online_endpoints")
    assert "e.json" in problem.text and text in problem.text, problem.text


def test_the_party_stands_in_one_place():
    (problem,) = told(DATED, networks={"exchange_online": ["203.0.113.0/24"]})[1][1]
    assert (problem.code, problem.variable) == ("online-twice", "exchange_online_endpoints")
    assert "also stands in exchange_networks" in problem.text


def test_without_a_reader_it_is_a_problem_and_no_crash():
    given, _found = told(DATED)
    _topology, problems = read_topology(given, small_catalog(), PLATFORMS)
    assert [problem.code for problem in problems] == ["bad-endpoints"]


def test_a_value_is_what_it_says():
    assert endpoint_file({"file": "e.json", "version": 2026102801}).when == datetime.date(2026, 10, 28)

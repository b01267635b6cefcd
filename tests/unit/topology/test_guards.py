# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an inventory lacks: expected servers, hosts of a group, DNS for Edge servers, replication of half a DAG."""

from __future__ import annotations

import pytest
from fleet import good_topology, mailbox, party, topology_of

EXPECTED = {"expected_servers": ["a", "b", "c"]}


def missing(hosts, fleet):
    _topology, problems = topology_of(hosts, fleet)
    return [(p.code, p.host, p.variable, p.text) for p in problems]


def test_all_expected_servers_are_there():
    hosts = {name: mailbox(n) for n, name in enumerate("abc", 1)}
    assert not missing({**hosts, "d": mailbox(4)}, EXPECTED)


def test_missing_servers_are_named_in_one_problem():
    ((code, host, variable, text),) = missing({"b": mailbox(2)}, EXPECTED)
    assert (code, host, variable) == ("missing-servers", "b", "exchange_expected_servers")
    assert text.startswith("a and c are expected as Exchange servers and not in the inventory:")


def test_a_host_that_is_no_server_does_not_count():
    ((_code, _host, _variable, text),) = missing(
        {"a": mailbox(1), "b": party("witness", "10.0.0.2")}, {"expected_servers": ["a", "b"]}
    )
    assert "b is expected as Exchange server and" in text and "b is there, but as no Exchange server" in text


def test_a_server_with_problems_is_not_called_missing():
    found = missing({"a": mailbox(1), "b": mailbox(2, version="2109")}, {"expected_servers": ["a", "b"]})
    assert [code for code, *_rest in found] == ["unknown-version"]


def test_organizations_that_share_a_list_fill_it_together():
    hosts = {"a": mailbox(1), "b": mailbox(2, organization="test"), "c": mailbox(3, organization="test")}
    assert not missing(hosts, EXPECTED)
    ((_code, _host, _variable, text),) = missing({**hosts, "a": {}}, EXPECTED)
    assert "a is expected as Exchange server of default and test" in text


def test_a_server_of_another_organization_does_not_fill_a_list_that_is_not_its_own():
    hosts = {"a": mailbox(1, expected_servers=["a", "b"]), "b": mailbox(2, organization="test")}
    ((code, host, _variable, text),) = missing(hosts, {})
    assert (code, host) == ("missing-servers", "a") and "b is expected" in text


@pytest.mark.parametrize("value", [{"a": True}, [["a"]], [None], True])
def test_a_list_of_the_wrong_kind(value):
    ((code, _host, variable, _text),) = missing({"a": mailbox(1)}, {"expected_servers": value})
    assert (code, variable) == ("bad-value", "exchange_expected_servers")


TABLES = [
    ("role_groups", ["mailbox"]),
    ("feature_groups", ["pop3"]),
    ("party_groups", "witness"),
]


@pytest.mark.parametrize(("table", "word"), TABLES)
def test_a_mistyped_group_is_a_problem(table, word):
    hosts = {"a": mailbox(1, groups=["mailbox_servers"])}
    ((code, host, variable, text),) = missing(hosts, {table: {"mailbox_server": word}})
    assert (code, host, variable) == ("unknown-group", "a", f"exchange_{table}")
    assert "'mailbox_server' (did you mean 'mailbox_servers'?)" in text


@pytest.mark.parametrize(("table", "word"), TABLES)
def test_an_empty_group_is_no_problem(table, word):
    hosts = {"a": mailbox(1, groups=["other"])}
    assert not good_topology(hosts, {table: {"some": word, "none": word}}).warnings


def test_an_empty_group_beside_a_full_one_of_like_name_is_no_slip():
    hosts = {"a": {"version": "2019", "addresses": ["10.0.0.1"], "groups": ["mailbox_1"]}}
    fleet = {"role_groups": {"mailbox_1": ["mailbox"], "mailbox_2": ["mailbox"]}}
    assert good_topology(hosts, fleet).hosts["a"].parties == {"mailbox"}


def test_management_networks_are_not_everything():
    ((code, host, variable, text),) = missing({"a": mailbox(1)}, {"management_networks": ["10.9.0.0/16", "::/0"]})
    assert (code, host, variable) == ("everything", "a", "exchange_management_networks")
    assert "::/0, which is everything" in text


EDGE = {"version": "2019", "roles": ["edge_transport"], "addresses": ["10.0.0.9"]}
SEVERAL = [
    ({"e": EDGE}, {}, "e has nobody to ask for names"),
    ({"e": EDGE, "d": party("dns_server", "10.0.1.1")}, {}, ""),
    ({"e": EDGE}, {"networks": {"dns_server": ["10.0.1.0/24"]}}, ""),
    ({"e": EDGE, "d": party("dns_server", "10.0.1.1", organization="test")}, {}, "e has nobody to ask"),
]


@pytest.mark.parametrize(("hosts", "fleet", "text"), SEVERAL)
def test_an_edge_server_without_dns_is_a_warning(hosts, fleet, text, real):
    told = [w for w in good_topology(hosts, fleet, catalog=real).warnings if "ask for names" in w]
    assert bool(told) == bool(text) and all(text in warning for warning in told)


def test_a_dag_with_replication_addresses_on_some_members_is_a_warning():
    own = {"features": ["dag"], "dag": "one"}
    hosts = {
        "a": mailbox(1, replication_addresses=["10.8.0.1"], **own),
        "b": mailbox(2, **own),
        "c": mailbox(3, features=["dag"], dag="two"),
        "d": mailbox(4, replication_addresses=["10.8.0.4"]),
    }
    (warning,) = good_topology(hosts).warnings
    assert warning.startswith("b of the DAG 'one' has no exchange_replication_addresses and other members have")
    hosts["b"]["replication_addresses"] = ["10.8.0.2"]
    assert not good_topology(hosts).warnings

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each inventory variable becomes, and where addresses come from when nothing is said."""

from __future__ import annotations

import pytest
from fleet import good_topology, mailbox, party, topology_of

CASES = [
    ("version", 2019, "version", "2019"),
    ("version", " SE ", "version", "se"),
    ("roles", "Mailbox", "parties", {"mailbox"}),
    ("features", ["dag"], "features", {"dag"}),
    ("addresses", ["2001:db8::5", "10.0.0.5"], "addresses", ("10.0.0.5/32", "2001:db8::5/128")),
    ("addresses", "10.0.0.5", "addresses", ("10.0.0.5/32",)),
    ("replication_addresses", ["10.9.0.5"], "replication", ("10.9.0.5/32",)),
    ("routing_group", "First Routing Group", "routing_group", "First Routing Group"),
    ("site", "Zürich (HQ)", "site", "Zürich (HQ)"),
    ("dag", 7, "dag", "7"),
    ("organization", "test", "organization", "test"),
    ("windows_version", 2022, "windows", "2022"),
    ("dynamic_ports", "50000-50100", "dynamic_ports", ((50000, 50100),)),
    ("dynamic_ports", [6001, "6005-6010"], "dynamic_ports", ((6001, 6001), (6005, 6010))),
    ("static_ports", {"rpc": [59531, 59530]}, "static_ports", {"rpc": ((59530, 59530), (59531, 59531))}),
    ("site", "", "site", ""),
    ("site", None, "site", ""),
]


@pytest.mark.parametrize(("variable", "value", "field", "expected"), CASES)
def test_a_variable_is_read(variable, value, field, expected):
    others = {"b": mailbox(9, features=["dag"])}
    host = good_topology({"a": mailbox(1, **{variable: value}), **others}).hosts["a"]
    assert getattr(host, field) == expected


def test_a_version_that_yaml_takes_for_a_number_with_a_point(real):
    old_server = {"version": 5.5, "roles": ["mailbox"], "addresses": ["10.0.0.1"], "windows_version": 4.0}
    host = good_topology({"a": old_server}, catalog=real).hosts["a"]
    assert (host.version, host.windows) == ("5.5", "4.0")


def test_a_load_balancer_and_its_servers():
    topology = good_topology({"lb": party("load_balancer", "10.0.1.1", servers=["a"]), "a": mailbox(1)})
    assert topology.hosts["lb"].servers == {"a"}
    assert topology.hosts["lb"].is_balancer and topology.hosts["lb"].is_protected


def test_a_gateway_has_zones_and_a_platform_and_is_no_end():
    said = {"zones": {"b": ["::/0"], "a": ["10.0.0.0/8", "0.0.0.0/0"]}, "ansible_network_os": "acme.fire.wall"}
    gateway = good_topology({"gw": said, "a": mailbox(1)}).hosts["gw"]
    assert gateway.platform == "nftables"
    assert gateway.zones == (("a", ("0.0.0.0/0", "10.0.0.0/8")), ("b", ("::/0",)))
    assert gateway.addresses == () and not gateway.is_protected


def test_hosts_that_have_nothing_to_do_with_exchange_are_left_out():
    said = {"ansible_host": "web.example.com", "iso_path": "x", "admin_password": "y", "database_path": "z"}
    assert list(good_topology({"a": mailbox(1), "web": said}).hosts) == ["a"]


ROLE_GROUPS = {"role_groups": {"cas": ["mailbox"], "hub": "bridgehead", "nobody": ["im_server"]}}


def test_roles_of_groups_and_of_the_host_unite():
    hosts = {"a": {"version": "2003", "addresses": ["10.0.0.1"], "groups": ["cas", "hub"]}}
    assert good_topology(hosts, ROLE_GROUPS).hosts["a"].parties == {"mailbox", "bridgehead"}
    hosts["a"]["roles"] = ["mailbox"]
    hosts["a"]["groups"] = ["hub"]
    assert good_topology(hosts, ROLE_GROUPS).hosts["a"].parties == {"mailbox", "bridgehead"}


def test_features_and_parties_can_be_said_by_group():
    fleet = {"feature_groups": {"popular": ["pop3"]}, "party_groups": {"dcs": "domain_controller"}}
    topology = good_topology(
        {
            "a": mailbox(1, groups=["popular"], features=["hybrid"]),
            "dc": {"addresses": ["10.0.2.1"], "groups": ["dcs"]},
        },
        fleet,
    )
    assert topology.hosts["a"].features == {"pop3", "hybrid"}
    assert topology.hosts["dc"].parties == {"domain_controller"}


def test_ansible_host_is_the_fall_back_and_is_told():
    topology = good_topology({"a": {"version": "2019", "roles": ["mailbox"], "ansible_host": "10.0.0.1"}})
    assert topology.hosts["a"].addresses == ("10.0.0.1/32",)
    assert any("ansible_host is taken as the address of a" in text for text in topology.warnings)


def test_a_host_may_be_called_by_its_address():
    topology = good_topology({"10.0.0.1": {"version": "2019", "roles": ["mailbox"]}})
    assert topology.hosts["10.0.0.1"].addresses == ("10.0.0.1/32",)


NO_FALL_BACK = [
    ({"ansible_host": "127.0.0.1"}, "ansible_host '127.0.0.1' is a loopback address"),
    ({"ansible_host": "fe80::1"}, "ansible_host 'fe80::1' is a link-local address"),
    ({"ansible_host": "mbx1.example.com"}, "ansible_host 'mbx1.example.com' is no IP address"),
    ({}, "the inventory name 'a' is no IP address"),
    ({"ansible_host": "10.0.0.1", "ansible_port": 2222}, "ansible_port is 2222, which looks like a port forwarded"),
    ({"ansible_host": "10.0.0.1", "ansible_ssh_port": "55986"}, "ansible_port is 55986"),
]


@pytest.mark.parametrize(("said", "text"), NO_FALL_BACK)
def test_what_cannot_be_the_hosts_own_address_asks_for_one(said, text):
    _topology, problems = topology_of({"a": {"version": "2019", "roles": ["mailbox"], **said}})
    (problem,) = problems
    assert (problem.code, problem.host, problem.variable) == ("no-address", "a", "exchange_addresses")
    assert text in problem.text and "exchange_addresses" in problem.text


def test_said_addresses_need_no_fall_back_whatever_the_connection_is():
    said = {"ansible_host": "127.0.0.1", "ansible_port": 2222}
    assert good_topology({"a": mailbox(1, **said)}).hosts["a"].addresses == ("10.0.0.1/32",)


CONNECTIONS = [
    ({}, (22,)),
    ({"ansible_port": "5985"}, (5985,)),
    ({"ansible_ssh_port": 2222}, (2222,)),
    ({"ansible_connection": "winrm"}, (5986,)),
    ({"ansible_connection": "ansible.builtin.psrp"}, (5986,)),
    ({"ansible_connection": "winrm", "ansible_winrm_scheme": "http"}, (5985,)),
    ({"ansible_connection": "psrp", "ansible_psrp_protocol": "http"}, (5985,)),
    ({"ansible_connection": "local"}, ()),
]


@pytest.mark.parametrize(("said", "ports"), CONNECTIONS)
def test_the_ports_that_ansible_needs(said, ports):
    assert good_topology({"a": mailbox(1, **said)}).hosts["a"].connection_ports == ports


BOOK = {"mbx.example.com": ("10.0.0.7", "2001:db8::7"), "local.example.com": ("127.0.1.1",)}


class Resolver:
    """Counts what it is asked, and knows the names of the book alone."""

    def __init__(self):
        self.asked = []

    def __call__(self, name):
        self.asked.append(name)
        if name not in BOOK:
            raise OSError("name or service not known")
        return BOOK[name]


def test_names_are_not_resolved_unless_somebody_asks():
    _topology, problems = topology_of({"a": mailbox(1, addresses=["mbx.example.com"])})
    (problem,) = problems
    assert "'mbx.example.com' is no IP address" in problem.text
    assert "exchange_plan_resolve_names" in problem.text


def test_a_resolved_name_gives_all_its_addresses():
    resolver = Resolver()
    said = {"addresses": ["mbx.example.com", "10.0.0.8"]}
    topology = good_topology({"a": mailbox(1, **said)}, resolve=resolver)
    assert topology.hosts["a"].addresses == ("10.0.0.7/32", "10.0.0.8/32", "2001:db8::7/128")
    assert resolver.asked == ["mbx.example.com"]


def test_ansible_host_may_be_resolved_too():
    said = {"version": "2019", "roles": ["mailbox"], "ansible_host": "mbx.example.com"}
    assert good_topology({"a": said}, resolve=Resolver()).hosts["a"].addresses == ("10.0.0.7/32", "2001:db8::7/128")


def broken_resolver(_name):
    raise UnicodeError("label empty or too long")


UNRESOLVED = [
    ("nobody.example.com", Resolver(), "could not be resolved: name or service not known"),
    ("local.example.com", Resolver(), "is a loopback address"),
    ("a..b", broken_resolver, "could not be resolved: label empty"),
]


@pytest.mark.parametrize(("name", "resolver", "text"), UNRESOLVED)
def test_a_name_that_gives_no_address_is_one_problem(name, resolver, text):
    _topology, problems = topology_of({"a": mailbox(1, addresses=[name])}, resolve=resolver)
    (problem,) = problems
    assert problem.variable == "exchange_addresses" and text in problem.text


def test_a_server_that_no_gateway_has_in_a_zone_is_told():
    hosts = {
        "a": mailbox(1),
        "b": mailbox(2, addresses=["192.0.2.1"]),
        "gw": {"zones": {"x": ["10.0.0.0/8"], "y": ["10.1.0.0/16"]}, "platform": "nftables"},
    }
    (warning,) = good_topology(hosts).warnings
    assert "holds an address of b," in warning

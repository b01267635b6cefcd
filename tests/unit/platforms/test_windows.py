# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Windows driver by example: keywords, parts, ranges around holes, spellings of Windows, files for old systems."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.models import Follow, Group, OwnAddresses
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms import windows
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.windows import addresses, powershell
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.windows.names import KEYS
from ansible_collections.msexchange.firewall.tests.unit.platforms.samples import (
    EDGE,
    H323,
    INTERNET,
    MAILBOX,
    piece,
    rule,
)

MBX1 = OwnAddresses(("192.0.2.10/32", "2001:db8::10/128"))
RPC = Follow("rpc", "to_listener", "tcp", ((6005, 65534),), "dcerpc", title="The service")


def wanted(*rules, own=MBX1, **options):
    return windows.wanted(replace(piece(*rules), own=own), "add", **options)


def to_mailbox(**changed):
    return rule("r", source=EDGE, destination=MAILBOX, **changed)


def ports(found):
    return sorted((r["direction"], r["protocol"], *r["local_ports"], *r["remote_ports"]) for r in found)


def test_a_rule_is_what_the_module_takes():
    (found,) = wanted(to_mailbox(sources=("doc1", "doc2")))
    assert tuple(found) == KEYS
    assert found == {
        "name": "msexchange.firewall smtp-in in 454349e4",
        "description": "Internet mail. Mail comes in. Source: doc1, doc2.",
        "direction": "in",
        "action": "allow",
        "enabled": True,
        "protocol": "tcp",
        "local_ports": ["25"],
        "remote_ports": [],
        "local_addresses": ["any"],
        "remote_addresses": ["198.51.100.5/32", "2001:db8:1::5/128"],
        "icmp_types": [],
        "program": "",
        "service": "",
        "profiles": ["domain", "private", "public"],
        "edge_traversal": "block",
    }


def test_rpc_is_a_keyword_inbound_and_a_range_outbound():
    call = to_mailbox(ports=((135, 135), (593, 593)), follows=(RPC,))
    assert ports(wanted(call)) == [("in", "tcp", "593"), ("in", "tcp", "RPC"), ("in", "tcp", "RPC-EPMap")]
    back = replace(call, source=MAILBOX, destination=EDGE)
    assert wanted(back) == ()
    assert ports(wanted(back, outbound=True)) == [("out", "tcp", "135", "593"), ("out", "tcp", "6005-65534")]


def test_the_keyword_is_no_inspection_so_that_the_support_boundary_allows_it():
    assert ("in", "tcp", "RPC") in ports(wanted(to_mailbox(ports=((135, 135),), follows=(RPC,), boundary=True)))


def test_fixed_ports_stand_as_numbers():
    fixed = replace(RPC, static=True, ports=((59531, 59532), (59540, 59540)))
    found = wanted(to_mailbox(ports=((135, 135),), follows=(fixed,)))
    assert ports(found) == [("in", "tcp", "59531-59532", "59540"), ("in", "tcp", "RPC-EPMap")]


def test_second_connections_that_no_keyword_follows_are_ranges_in_their_direction():
    callback = Follow("rvp_callback", "to_initiator", "tcp", ((1024, 65535),))
    sign_in = to_mailbox(ports=((80, 80),), follows=(callback,))
    assert ports(wanted(sign_in, outbound=True)) == [("in", "tcp", "80"), ("out", "tcp", "1024-65535")]
    assert ports(wanted(to_mailbox(ports=((1720, 1720),), follows=(H323,)))) == [
        ("in", "tcp", "1024-65535"),
        ("in", "tcp", "1720"),
    ]


PROTOCOLS = [
    ("esp", (), [("50", [])]),
    ("ah", (), [("51", [])]),
    ("any", (), [("any", [])]),
    ("icmp", (), [("icmpv4", []), ("icmpv6", [])]),
    ("icmp", ("echo-request",), [("icmpv4", ["8:*"]), ("icmpv6", ["128:*"])]),
    ("icmp", ("packet-too-big",), [("icmpv6", ["2:*"])]),
]


@pytest.mark.parametrize(("transport", "types", "expected"), PROTOCOLS)
def test_other_protocols(transport, types, expected):
    found = wanted(to_mailbox(transport=transport, ports=(), icmp_types=types))
    assert sorted((one["protocol"], one["icmp_types"]) for one in found) == expected
    families = {one["protocol"]: {":" in a for a in one["remote_addresses"]} for one in found}
    assert families.get("icmpv4", {False}) == {False} and families.get("icmpv6", {True}) == {True}


def test_a_host_is_spoken_to_only_in_the_families_that_it_has():
    (found,) = wanted(to_mailbox(), own=OwnAddresses(("192.0.2.10/32",)))
    assert found["remote_addresses"] == ["198.51.100.5/32"]
    assert wanted(to_mailbox(), own=OwnAddresses(("192.0.2.99/32",))) == ()


def test_a_replication_network_is_kept_apart():
    own = OwnAddresses(("192.0.2.10/32",), ("10.8.0.1/32",), ("192.0.2.100/32",))
    members = Group("dag", ("10.8.0.1/32", "10.8.0.2/32"))
    log_shipping = rule("ship", source=members, destination=members, ports=((64327, 64327),))
    found = {tuple(r["local_ports"]): r["local_addresses"] for r in wanted(to_mailbox(), log_shipping, own=own)}
    # clients that a load balancer passes on may still call the virtual address; nobody replicates there
    assert found == {("25",): ["192.0.2.10/32", "192.0.2.100/32"], ("64327",): ["10.8.0.1/32"]}


GROUPS = [
    (("0.0.0.0/0", "::/0"), (), {4, 6}, ["any"]),
    (("0.0.0.0/0", "::/0"), (), {4}, ["any"]),
    (("0.0.0.0/0", "::/0"), ("10.0.0.0/8",), {4}, ["1.0.0.0-9.255.255.255", "11.0.0.0-126.255.255.255",
                                                   "128.0.0.0-223.255.255.255"]),
    (("0.0.0.0/0", "::/0"), ("2001:db8::/32",), {6}, [
        "2001:db9::-feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::2-2001:db7:ffff:ffff:ffff:ffff:ffff:ffff"]),
    (("10.0.0.0/8",), (), {4}, ["10.0.0.0/8"]),
    (("10.0.0.0/24",), ("10.0.0.0/32", "10.0.0.2/32"), {4}, ["10.0.0.1/32", "10.0.0.3-10.0.0.255"]),
    (("10.0.0.0/24", "10.0.0.7/32"), (), {4}, ["10.0.0.0/24"]),
    (("10.0.0.0/25", "10.0.0.128/25"), (), {4}, ["10.0.0.0/25", "10.0.0.128/25"]),
    (("10.0.0.0/24",), ("10.0.0.0/16",), {4}, []),
    (("127.0.0.0/8", "224.0.0.0/4", "0.0.0.0/8"), (), {4}, []),
    (("2001:db8::/32", "2001:db8::1/128"), (), {6}, ["2001:db8::/32"]),
]  # fmt: skip


@pytest.mark.parametrize(("members", "excluded", "families", "expected"), GROUPS)
def test_groups_as_lists(members, excluded, families, expected):
    assert addresses.entries(Group("g", members, excluded), families) == expected


def test_who_is_left_out_entirely_gets_no_rule_rather_than_everybody():
    nobody = Group("nobody", ("10.0.0.0/24",), ("10.0.0.0/16",))
    assert wanted(rule(source=nobody, destination=MAILBOX)) == ()


def test_long_lists_become_parts_with_names_of_their_own():
    many = Group("many", tuple(f"10.1.{n // 256}.{n % 256}/32" for n in range(2500)))
    found = wanted(rule(source=many, destination=MAILBOX), own=OwnAddresses(("192.0.2.10/32",)))
    assert len(found) == 4 and len({one["name"] for one in found}) == 4
    assert all(" part " in one["name"] and len(one["remote_addresses"]) <= 1000 for one in found)
    assert sum(len(one["remote_addresses"]) for one in found) == 2500
    (held,) = windows.address_sets(found)
    assert len(held.members) == 2500 and " part" not in held.name


def test_the_shrink_guard_compares_addresses_and_networks_and_no_ranges():
    found = wanted(rule(source=INTERNET, destination=MAILBOX), to_mailbox(ports=((26, 26),)))
    assert [tuple(p for p, _label in one.members) for one in windows.address_sets(found)] == [
        ("198.51.100.5/32", "2001:db8:1::5/128")
    ]


SPELLINGS = [
    ("direction", 1, "in"),
    ("direction", "Outbound", "out"),
    ("action", 0, "block"),
    ("action", "Allow", "allow"),
    ("enabled", "TRUE", True),
    ("enabled", False, False),
    ("protocol", 256, "any"),
    ("protocol", "TCP", "tcp"),
    ("protocol", 58, "icmpv6"),
    ("protocol", 50, "50"),
    ("local_ports", "*", []),
    ("local_ports", None, []),
    ("local_ports", "443,80", ["443", "80"]),
    ("local_ports", "RPC,", ["RPC"]),
    ("local_ports", ["RPCEPMap"], ["RPC-EPMap"]),
    ("local_ports", "080, 25-25 ,7-9", ["25", "7-9", "80"]),
    ("local_ports", "mDNS", ["mDNS"]),
    ("remote_addresses", "*", ["any"]),
    ("remote_addresses", "", ["any"]),
    ("remote_addresses", "192.168.1.1/255.255.255.255", ["192.168.1.1/32"]),
    ("remote_addresses", "192.168.1.1", ["192.168.1.1/32"]),
    ("remote_addresses", "10.0.0.0/255.0.0.0,LOCALSUBNET", ["10.0.0.0/8", "LocalSubnet"]),
    ("remote_addresses", "10.1.2.3/255.255.255.0", ["10.1.2.0/24"]),
    ("remote_addresses", "2001:DB8::1-2001:db8:0::1", ["2001:db8::1/128"]),
    ("remote_addresses", "10.0.0.1-10.0.0.9", ["10.0.0.1-10.0.0.9"]),
    ("remote_addresses", "fe80::/64", ["fe80::/64"]),
    ("icmp_types", "8:*,11:0", ["11:0", "8:*"]),
    ("icmp_types", "8;3:4", ["3:4", "8:*"]),
    ("icmp_types", "", []),
    ("profiles", 0x7FFFFFFF, ["domain", "private", "public"]),
    ("profiles", 7, ["domain", "private", "public"]),
    ("profiles", 5, ["domain", "public"]),
    ("profiles", "Domain, Private", ["domain", "private"]),
    ("profiles", "Any", ["domain", "private", "public"]),
    ("edge_traversal", 2, "defer_to_app"),
    ("edge_traversal", True, "allow"),
    ("edge_traversal", "DeferToUser", "defer_to_user"),
    ("program", None, ""),
]


@pytest.mark.parametrize(("key", "said", "expected"), SPELLINGS)
def test_spellings_of_windows(key, said, expected):
    (found,) = windows.parse([{"name": "x", key: said}])
    assert found[key] == expected
    assert windows.parse([found]) == (found,)


@pytest.mark.parametrize(
    ("fact", "shown"), [("All", False), ("", False), (None, False), ("Wireless", True), (["Lan"], True)]
)
def test_what_narrows_a_rule_besides_shows_as_a_difference(fact, shown):
    (found,) = wanted(to_mailbox())
    current = windows.parse([{**found, "interface_types": fact}])
    assert bool(windows.changes(current, (found,)).change) is shown


def test_a_copy_of_a_rule_of_ours_is_a_change_and_goes():
    (found,) = wanted(to_mailbox())
    todo = windows.changes((found, {**found, "local_ports": ["26"]}), (found,))
    assert [item.name for item in todo.change] == [found["name"]]
    assert [line.text.split(" ")[0] for line in todo.operations] == ["Get-NetFirewallRule"]


def test_additions_come_first_and_removals_last():
    old, new = wanted(to_mailbox(id="a"), to_mailbox(id="b")), wanted(to_mailbox(id="c"), to_mailbox(id="b", need="x"))
    todo = windows.changes(old, new)
    verbs = [line.text.split("-")[0] for line in todo.operations]
    assert verbs == ["New", "New", "Get", "Get"]
    assert [len(kind) for kind in (todo.add, todo.change, todo.remove)] == [1, 1, 1]
    assert todo.before == windows.listing(old) and todo.after == windows.listing(new)


@pytest.mark.parametrize("text", ["it's", "a'; Remove-Item x; '", "\u2019$(x)\u2018", "`n$env:x"])
def test_powershell_reads_a_value_as_it_is(text):
    quoted = powershell.quoted(text)
    assert quoted[0] == quoted[-1] == "'"
    inner = quoted[1:-1]
    for mark in "'\u2018\u2019\u201a\u201b":
        inner = inner.replace(mark * 2, "")
    assert not set(inner) & set("'\u2018\u2019\u201a\u201b")


def test_a_file_with_other_than_ascii_says_so_to_powershell():
    text = windows.render(wanted(to_mailbox(title="Überwachung")))
    assert text.startswith("\ufeff# Written") and "Überwachung" in text
    assert windows.render(wanted(to_mailbox())).isascii()


def test_the_file_of_2008_is_netsh_advfirewall():
    text = windows.render(wanted(to_mailbox(ports=((135, 135),), follows=(RPC,))), "2008")
    adds = [line for line in text.splitlines() if " add rule " in line]
    assert len(adds) == 2 and all("remoteip=198.51.100.5/32,2001:db8:1::5/128" in line for line in adds)
    assert {line.partition("localport=")[2].split(" ")[0] for line in adds} == {"RPC", "RPC-EPMap"}
    assert text.count(" delete rule ") == 4  # before adding, and in the part that removes
    assert windows.ending("2008") == "cmd" and windows.ending("2022") == windows.ending() == "ps1"
    assert "\r\n" in windows.file_text((), "2008") and "\r" not in windows.file_text((), "2022")


def test_what_does_not_fit_in_a_line_of_2008_becomes_several():
    many = Group("many", tuple(f"10.1.{n // 256}.{n % 256}/32" for n in range(900)))
    text = windows.render(wanted(rule(source=many, destination=MAILBOX), own=OwnAddresses(("192.0.2.10/32",))), "2008")
    lines = [line for line in text.splitlines() if " add rule " in line]
    assert len(lines) > 1 and max(map(len, lines)) <= 8191
    assert sum(line.count("/32") for line in lines) == 900
    assert len({line.split("name=")[1].split('"')[1] for line in lines}) == len(lines)


def test_the_file_of_2003_names_what_it_cannot_say():
    five = (Follow("few", "to_listener", "tcp", ((5000, 5004),), static=True),)
    rules = [
        to_mailbox(ports=((135, 135),), follows=(RPC,)),
        rule("any", source=EDGE, destination=MAILBOX, transport="any", ports=()),
        rule("few", source=EDGE, destination=MAILBOX, ports=((25, 25),), follows=five),
        rule("wide", source=Group("net", ("10.0.0.0/8",), ("10.1.0.0/16",)), destination=MAILBOX, ports=((25, 25),)),
        rule("six", source=Group("six", ("2001:db8::7/128",)), destination=MAILBOX, ports=((26, 26),)),
    ]
    text = windows.render(wanted(*rules), "2003")
    opened = [line.split("port=")[1].split(" ")[0] for line in text.splitlines() if " set portopening " in line]
    assert opened == ["25", "135", "5000", "5001", "5002", "5003", "5004"]
    (mail,) = [line for line in text.splitlines() if "port=25 " in line and "set" in line]
    assert "10.0.0.0/255.255.0.0" in mail and "198.51.100.5" in mail and "10.1.0.0" not in mail
    missing = [line for line in text.splitlines() if line.startswith("rem NOT INCLUDED")]
    assert len(missing) == 3
    for words in ("exchange_static_ports", "protocol any", "only IPv6"):
        assert [line for line in missing if words in line]


def test_windows_2000_has_no_firewall_and_its_file_runs_nothing():
    text = windows.render(wanted(to_mailbox()), "2000")
    assert all(line.startswith(("rem", "@echo off")) for line in text.splitlines())
    assert "local_ports: 25" in text

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Windows driver on made-up plans: rules let in what the plan permits and no more; nothing leaves its quotes."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.models import Slice
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.slicing import holds
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms import windows
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.engine import family_of, resolve
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.models import Permit
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.windows import addresses, names, netsh
from ansible_collections.msexchange.firewall.tests.unit.platforms import samples
from hypothesis import example, given, settings
from hypothesis import strategies as st

MANY = settings(max_examples=100, deadline=None)
# at the edges of the sample prefixes and between them; addresses that can call
OTHERS = [
    *("9.255.255.255", "10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.1.0", "10.0.2.1", "10.255.255.255", "11.0.0.9"),
    *("12.0.0.0", "126.255.255.255", "128.0.0.0", "192.0.2.1", "192.0.2.2", "223.255.255.255", "::2"),
    *("::1.2.3.4", "2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8:0:1::", "2001:db8:1::", "fe80::1", "fec0::1"),
]
PREFIXES = [str(ipaddress.ip_network(text)) for text in OTHERS]
# 6005 alone of the range that a dynamic port can be in: the keyword stands for it too
PORTS = (0, 25, 30, 135, 1024, 5000, 6005, 65535)
MODE = "add"
# how a line of a batch file may begin
STARTS = ("@echo off", "rem", "netsh advfirewall firewall ", "netsh firewall ", "if /i ", "goto ", ":remove")


def within(entry: str, address: str) -> bool:
    """Whether an entry of a list holds an address, in the plainest way there is."""
    wanted = ipaddress.ip_network(address)[0]
    low, dash, high = entry.partition("-")
    if dash:
        first, last = ipaddress.ip_address(low), ipaddress.ip_address(high)
        return first.version == wanted.version and first <= wanted <= last
    return wanted in ipaddress.ip_network(entry)


def listed(entries: list[str], address: str) -> bool:
    return entries == ["any"] or any(within(entry, address) for entry in entries)


def numbers(ports: list[str], keyword_ports: tuple[int, ...]) -> set[int]:
    """Those of PORTS that a list holds; a keyword stands for what its service uses now."""
    found = set()
    for item in ports:
        if item == "RPC":
            found |= set(keyword_ports)
        elif item == "RPC-EPMap":
            found.add(135)
        else:
            low, _dash, high = item.partition("-")
            found |= {port for port in PORTS if int(low) <= port <= int(high or low)}
    return found if ports else set(PORTS)


def admitted(rule: Mapping[str, Any], local: str, remote: str) -> set[tuple[str, int]]:
    """(protocol, port) that a rule lets through between two addresses; port 0 where there is none."""
    if not (listed(rule["local_addresses"], local) and listed(rule["remote_addresses"], remote)):
        return set()
    if rule["protocol"] not in ("tcp", "udp"):
        return {(f"{rule['protocol']} {' '.join(rule['icmp_types'])}".strip(), 0)}
    side = "local_ports" if rule["direction"] == "in" else "remote_ports"
    return {(rule["protocol"], port) for port in numbers(rule[side], (6005,))}


def planned(permit: Permit, source: str, destination: str) -> set[tuple[str, int]]:
    if not (holds(permit.source, source) and holds(permit.destination, destination)):
        return set()
    if permit.transport in ("tcp", "udp"):
        ports = (6005,) if permit.announced_by else ()
        found = {p for p in PORTS if not permit.ports or any(low <= p <= high for low, high in permit.ports)}
        return {(permit.transport, port) for port in (ports or found)}
    if permit.transport != "icmp":
        return {({"esp": "50", "ah": "51"}.get(permit.transport, permit.transport), 0)}
    family = family_of(source)
    types = [windows_types(family)[word] for word in permit.icmp_types if word in windows_types(family)]
    if permit.icmp_types and not types:
        return set()
    return {(" ".join([f"icmpv{family}", *(f"{number}:*" for number in types)]), 0)}


def windows_types(family: int) -> dict[str, int]:
    return {4: {"echo-request": 8}, 6: {"echo-request": 128, "packet-too-big": 2}}[family]


@MANY
@given(samples.slices())
def test_what_the_host_lets_in_is_what_the_plan_permits(piece: Slice) -> None:
    """Exact for a host with a replication network. Without one its addresses are not told apart, which is wider only
    where a plan treats them differently; a plan never does."""
    rules = windows.wanted(piece, MODE, outbound=True)
    permits = resolve(piece, windows.SUPPORTS).permits
    own = piece.own
    for remote in PREFIXES:
        mine = [address for address in own.all if family_of(address) == family_of(remote)]
        together = [mine] if not own.replication else [[address] for address in mine]
        for locals_ in (found for found in together if found):
            inbound = set().union(*(planned(p, remote, local) for p in permits for local in locals_))
            outbound = set().union(*(planned(p, local, remote) for p in permits for local in locals_))
            for direction, expected in (("in", inbound), ("out", outbound)):
                sided = [rule for rule in rules if rule["direction"] == direction]
                found = set().union(*(admitted(rule, locals_[0], remote) for rule in sided))
                assert found == expected, (direction, locals_, remote)


@MANY
@given(samples.slices())
@example(samples.piece())
def test_rules_have_the_shape_that_the_module_expects(piece: Slice) -> None:
    rules = windows.wanted(piece, MODE, outbound=True)
    assert windows.parse(rules) == rules
    assert [rule["name"] for rule in rules] == sorted({rule["name"] for rule in rules})
    for rule in rules:
        assert tuple(rule) == names.KEYS
        assert rule["name"].startswith("msexchange.firewall ") and len(rule["name"]) <= 255 and "|" not in rule["name"]
        assert "|" not in rule["description"] and 0 < len(rule["description"]) <= 1024
        lists = [value for value in rule.values() if isinstance(value, list)]
        assert len(lists) == 6 and all(value == sorted(set(value)) for value in lists)
        for key in ("local_addresses", "remote_addresses"):
            assert rule[key] and len(rule[key]) <= addresses.LIMIT
            assert rule[key] == ["any"] or not {"any", "0.0.0.0/0", "::/0"} & set(rule[key])


@MANY
@given(samples.slices())
def test_no_string_of_an_inventory_gets_out_of_a_batch_file(piece: Slice) -> None:
    rules = windows.wanted(piece, MODE, outbound=True)
    for text in (netsh.render_2008(rules), netsh.render_2003(rules), netsh.render_2000(rules)):
        assert text.isascii() and "\r" not in text
        for line in text.splitlines():
            assert len(line) <= 8191
            assert line.count('"') % 2 == 0
            assert line.startswith(STARTS) or not line
            bare = line if line.startswith("rem") else _outside_of_quotes(line)
            assert line.startswith(("rem", "if /i")) or not set("%&|<^") & set(bare.replace(">nul 2>&1", ""))


def _outside_of_quotes(line: str) -> str:
    return "".join(line.split('"')[::2])


ENTRIES = st.lists(st.integers(1, 2**24), min_size=1, max_size=6000, unique=True)


@settings(max_examples=25, deadline=None)
@given(ENTRIES, st.integers(2**24 + 1, 2**25), st.sampled_from([100, 1000]))
def test_a_new_member_changes_one_part(values: list[int], new: int, limit: int) -> None:
    before = [f"{ipaddress.ip_address(value)}/32" for value in values]
    first, second = (addresses.split(found, limit) for found in (before, [*before, f"{ipaddress.ip_address(new)}/32"]))
    assert sorted(entry for _part, found in first for entry in found) == sorted(before)
    assert all(0 < len(found) <= limit for _part, found in [*first, *second])
    lost = [part for part in first if part not in second]
    assert len(lost) <= 1
    if lost and any(part == lost[0][0] for part, _found in second):
        assert len([part for part in second if part not in first]) == 1

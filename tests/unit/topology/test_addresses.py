# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses and prefixes: canonical text, and whose the longest prefix makes them."""

from __future__ import annotations

import ipaddress
import random

import pytest
from ansible_collections.msexchange.firewall.plugins.plugin_utils.topology.addresses import (
    PrefixIndex,
    PrefixTree,
    canonical_address,
    canonical_prefix,
    inside,
    ordered,
)

ADDRESSES = [
    ("192.0.2.1", "192.0.2.1/32"),
    (" 192.0.2.1/32 ", "192.0.2.1/32"),
    ("2001:DB8:0::1", "2001:db8::1/128"),
    ("2001:db8::1/128", "2001:db8::1/128"),
]
NO_ADDRESSES = [
    ("192.0.2.0/24", "is a network"),
    ("2001:db8::1/32", "is a network"),
    ("192.0.2.1/255.255.255.0", "is a network"),
    ("192.0.2.256", "is no IP address"),
    ("mail.example.com", "is no IP address"),
    ("192.0.2.01", "is no IP address"),
    ("", "is no IP address"),
    (None, "is no IP address"),
    (["192.0.2.1"], "is no IP address"),
    ("127.0.0.1", "a loopback"),
    ("::1", "a loopback"),
    ("169.254.7.7", "a link-local"),
    ("fe80::1", "a link-local"),
    ("fe80::1%eth0", "has a scope"),
    ("2001:db8::1%;drop", "has a scope"),
    ("::ffff:192.0.2.1", "maps IPv4"),
    ("224.0.0.1", "a multicast"),
    ("0.0.0.0", "the unspecified"),
]
PREFIXES = [("10.0.0.0/8", "10.0.0.0/8"), ("2001:DB8::/32", "2001:db8::/32"), ("192.0.2.9", "192.0.2.9/32")]
NO_PREFIXES = [
    ("10.0.0.1/8", "write 10.0.0.0/8"),
    ("2001:db8::1/64", "write 2001:db8::/64"),
    ("10.0.0.0/33", "is no network"),
    ("2001:db8::%x;}/64", "has a scope"),
    ("10.0.0.0-10.0.0.9", "is no network"),
    ("internal", "is no network"),
]


@pytest.mark.parametrize(("value", "expected"), ADDRESSES)
def test_one_address_has_one_spelling(value, expected):
    assert canonical_address(value) == expected
    assert canonical_address(expected) == expected


@pytest.mark.parametrize(("value", "text"), NO_ADDRESSES)
def test_what_is_no_host_address_is_refused(value, text):
    with pytest.raises(ValueError, match=text):
        canonical_address(value)


@pytest.mark.parametrize(("value", "expected"), PREFIXES)
def test_one_network_has_one_spelling(value, expected):
    assert canonical_prefix(value) == expected
    assert canonical_prefix(expected) == expected


@pytest.mark.parametrize(("value", "text"), NO_PREFIXES)
def test_what_is_no_network_is_refused_with_the_right_one(value, text):
    with pytest.raises(ValueError, match=text):
        canonical_prefix(value)


def test_order_is_by_number_and_family():
    assert ordered(["2001:db8::/32", "10.0.0.10/32", "10.0.0.9/32", "10.0.0.0/8", "10.0.0.9/32"]) == (
        "10.0.0.0/8",
        "10.0.0.9/32",
        "10.0.0.10/32",
        "2001:db8::/32",
    )


def test_longest_prefix_wins_and_families_are_apart():
    zones = {"0.0.0.0/0": "wan", "10.0.0.0/8": "lan", "10.1.0.0/16": "dmz", "::/0": "wan6"}
    assert PrefixIndex(zones).longest("10.1.2.3/32") == "dmz"
    assert PrefixIndex(zones).longest("10.2.2.3/32") == "lan"
    assert PrefixIndex(zones).longest("192.0.2.1/32") == "wan"
    assert PrefixIndex(zones).longest("2001:db8::1/128") == "wan6"
    assert PrefixIndex({"10.0.0.0/8": "lan"}).longest("2001:db8::1/128") == ""


NESTED = {
    "10.0.0.0/8": ["clients"],
    "10.1.0.0/16": ["servers"],
    "10.1.2.0/24": ["clients"],
    "10.1.2.3/32": ["host a"],
    "2001:db8::/32": ["clients"],
    "2001:db8:1::/48": ["servers"],
}


def test_what_others_hold_inside_is_left_out_and_what_is_ours_again_is_not():
    holes = PrefixTree(NESTED).excluded(["10.0.0.0/8", "2001:db8::/32"], {"clients"})
    assert inside("10.1.3.0/24", next(hole for hole in holes if inside("10.1.3.0/24", hole)))
    assert not any(inside("10.1.2.4/32", hole) for hole in holes)
    assert "2001:db8:1::/48" in holes


def test_everything_is_the_parent_of_all_though_nobody_declares_it():
    assert PrefixTree({"10.0.0.0/8": ["a"]}).excluded(["0.0.0.0/0", "::/0"], set()) == ("10.0.0.0/8",)
    assert PrefixTree({"10.0.0.0/8": ["a"]}).excluded(["0.0.0.0/0"], {"a"}) == ()


def test_a_prefix_of_two_owners_belongs_to_both():
    tree = PrefixTree({"10.0.0.0/8": ["a"], "10.1.0.0/16": ["a", "b"]})
    assert tree.excluded(["10.0.0.0/8"], {"a"}) == ()
    assert tree.excluded(["10.0.0.0/8"], {"b"}) == ()
    assert tree.excluded(["10.0.0.0/8"], {"c"}) == ("10.1.0.0/16",)


def test_ours_and_others_may_take_turns_to_any_depth():
    owners = {"10.0.0.0/8": ["a"], "10.1.0.0/16": ["b"], "10.1.2.0/24": ["a"], "10.1.2.128/25": ["b"]}
    holes = PrefixTree(owners).excluded(["0.0.0.0/0"], {"b"})
    assert "10.1.2.0/25" in holes and "10.0.0.0/16" in holes
    assert not any(inside("10.1.2.129/32", hole) or inside("10.1.3.1/32", hole) for hole in holes)
    holes = PrefixTree(owners).excluded(["0.0.0.0/0"], {"a"})
    assert "10.1.2.128/25" in holes and "10.1.0.0/23" in holes
    assert not any(inside("10.1.2.1/32", hole) for hole in holes)


@pytest.mark.parametrize("member", ["", "0.0.0.0/0"])
@pytest.mark.parametrize("seed", range(20))
def test_left_out_is_what_the_longest_prefix_gives_to_others(seed, member):
    dice = random.Random(seed)
    owners = {"10.0.0.0/20": [dice.choice("abc")]}
    for _round in range(12):
        length = dice.randint(20, 30)
        net = ipaddress.ip_network((int(ipaddress.ip_address("10.0.0.0")) + dice.randrange(4096), length), strict=False)
        owners[str(net)] = [dice.choice("abc")]
    mine = [member] if member else [prefix for prefix, names in owners.items() if names == ["a"]]
    holes = PrefixTree(owners).excluded(mine, {"a"})
    index = PrefixIndex({prefix: names[0] for prefix, names in owners.items()})
    for offset in range(0, 4096, 3):
        address = f"{ipaddress.ip_address('10.0.0.0') + offset}/32"
        belongs = index.longest(address) == "a"
        admitted = any(inside(address, m) for m in mine) and not any(inside(address, hole) for hole in holes)
        assert admitted == belongs, address

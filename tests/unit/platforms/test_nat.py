# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Published addresses: a platform after translation never sees them, a made-up one before it is called by them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.models import Follow, Group
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.serial import slice_data, slice_from
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.slicing import holds
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.engine import is_prefix, resolve
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.nat import as_called
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.nftables import SUPPORTS
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.registry import PLATFORMS, driver
from ansible_collections.msexchange.firewall.tests.unit.platforms.samples import EDGE, INTERNET, piece, rule, slices
from hypothesis import given, settings
from hypothesis import strategies as st

BEFORE = replace(SUPPORTS, nat="published")
REAL, PUBLIC = "198.51.100.5/32", "203.0.113.5/32"


def permits(one, platform, published=((REAL, PUBLIC),)):
    return {permit.id: permit for permit in resolve(replace(one, published=published), platform, []).permits}


def test_after_translation_nothing_changes():
    assert permits(piece(rule()), SUPPORTS) == permits(piece(rule()), SUPPORTS, ())
    assert permits(piece(rule()), BEFORE, ()) == permits(piece(rule()), SUPPORTS, ())


def test_before_translation_a_host_is_called_by_its_published_address_too():
    found = permits(piece(rule()), BEFORE)["r1"]
    assert set(found.destination.members) == {*EDGE.members, PUBLIC}
    assert dict(found.destination.labels)[PUBLIC] == "edge1"
    assert found.destination.name != EDGE.name
    assert found.source == INTERNET


def test_a_caller_is_seen_by_its_real_address():
    found = permits(piece(rule(source=EDGE, destination=INTERNET)), BEFORE)["r1"]
    assert found.source == EDGE


def test_a_published_address_is_not_the_internet():
    """Else a server that may call the Internet could call another server by its published address."""
    found = permits(piece(rule(source=EDGE, destination=INTERNET)), BEFORE, (("192.0.2.10/32", PUBLIC),))["r1"]
    assert not holds(found.destination, PUBLIC)
    assert holds(found.destination, "203.0.113.6/32")


def test_second_connections_are_translated_where_they_end():
    back = Follow("x", "to_initiator", "udp", ((1024, 65535),))
    one = rule(source=EDGE, destination=Group("far", ("192.0.2.99/32",)), follows=(back,))
    found = permits(piece(one), BEFORE)["r1+x"]
    assert PUBLIC in found.destination.members and PUBLIC not in found.source.members


def test_protected_addresses_are_protected_by_their_published_ones_too():
    assert PUBLIC in as_called(EDGE, [(REAL, PUBLIC)]).members
    assert as_called(EDGE, [("192.0.2.10/32", PUBLIC)]) == EDGE


def test_a_slice_on_disk_keeps_what_is_published():
    one = replace(piece(rule()), published=((REAL, PUBLIC),))
    assert slice_from(slice_data(one)) == one


@pytest.mark.parametrize("name", sorted(PLATFORMS))
def test_the_documentation_says_of_every_platform_which_address_it_sees(name):
    page = (Path(__file__).parents[3] / "docs" / "inventory.md").read_text(encoding="utf-8")
    (row,) = [line for line in page.splitlines() if line.startswith(f"| `{name}`")]
    assert row.split("|")[-2].strip() == f"{driver(name).SUPPORTS.nat} addresses"


def test_every_platform_says_which_address_its_rules_see():
    assert {driver(name).SUPPORTS.nat for name in PLATFORMS} <= {"real", "published"}
    assert driver("nftables").SUPPORTS.nat == "real"


ADDRESSES = [
    "10.0.0.0/32",
    "10.0.0.1/32",
    "10.0.0.2/32",
    "10.0.1.7/32",
    "11.0.0.1/32",
    "192.0.2.1/32",
    "255.255.255.255/32",
]
PAIRS = st.lists(st.tuples(st.sampled_from(ADDRESSES), st.sampled_from(ADDRESSES)), max_size=5, unique=True)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(slices(), PAIRS)
def test_a_packet_passes_by_a_published_address_exactly_where_it_would_by_a_real_one_behind_it(one, pairs):
    """``seen``: what the device sees as destination. What is published is the address of no host itself."""
    outside = {public for _real, public in pairs}
    published = tuple((real, public) for real, public in pairs if real not in outside)
    plain = resolve(one, SUPPORTS, []).permits
    translated = permits(one, BEFORE, published)
    behind = {public: [real for real, other in published if other == public] for _real, public in published}
    for permit in plain:
        found = translated[permit.id]
        assert found.source == permit.source
        assert all(is_prefix(prefix) for prefix in (*found.destination.members, *found.destination.excluded))
        for seen in [*ADDRESSES, "2001:db8::1/128", "8.8.8.8/32"]:
            expected = any(holds(permit.destination, real) for real in behind.get(seen, [seen]))
            assert holds(found.destination, seen) == expected, (seen, published, permit.destination)


@settings(deadline=None, max_examples=20, derandomize=True)
@given(slices(), PAIRS)
def test_a_group_has_one_content_under_one_name(one, pairs):
    found = {}
    for permit in permits(one, BEFORE, tuple(pairs)).values():
        for group in (permit.source, permit.destination):
            assert found.setdefault(group.name, group) == group

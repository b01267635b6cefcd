# SPDX-License-Identifier: GPL-3.0-or-later
"""The shrink guard: what left the inventory has to be named before a device closes anything for it."""

from __future__ import annotations

import pytest
from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.load import load
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.build import build_plan
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.known import known_owners
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.slicing import slice_for
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms import nftables
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.shrink import (
    HeldSet,
    Leave,
    read_leave,
    shrink_problems,
)
from fleet import SMALL_CATALOG, good_topology, mailbox, party
from hypothesis import given, settings
from hypothesis import strategies as st

CATALOG = load(SMALL_CATALOG)
FLEET = {
    "networks": {"internal_clients": ["10.9.0.0/16", "2001:db8:9::/48"]},
    "management_networks": ["10.99.0.0/24"],
}
ZONES = {"hq": ["10.0.0.0/24", "2001:db8:1::/48"], "dc": ["10.0.2.0/24"], "lan": ["10.9.0.0/16"], "wan": ["0.0.0.0/0"]}
GATEWAY = {"platform": "nftables", "zones": ZONES}
MBX1 = mailbox(1, addresses=["10.0.0.1", "2001:db8:1::1"])
HOSTS = {
    "mbx1": MBX1,
    "mbx2": mailbox(2),
    "mbx3": mailbox(3, features=["dag"]),
    "dc1": party("domain_controller", "10.0.2.1", windows_version="2022"),
    "dc2": party("domain_controller", "10.0.2.2", windows_version="2022"),
    "gw": GATEWAY,
}
EVERYBODY = sorted(set(HOSTS) - {"gw"})


def sliced(hosts=None, fleet=None):
    topology = good_topology(hosts or HOSTS, fleet or FLEET, catalog=CATALOG)
    plan, _problems = build_plan(CATALOG, topology)
    return slice_for(plan, topology.hosts["gw"], (), known_owners(topology, plan))


def table(part, mode="enforce"):
    return nftables.wanted(part.whole(), mode)


FULL = table(sliced())


def problems(part, may_go=(), current=FULL):
    leave, bad = read_leave(may_go, part, nftables.spoken)
    assert not bad
    held, after = nftables.address_sets(current), nftables.address_sets(table(part))
    return shrink_problems(part, held, after, leave, nftables.spoken)


def without(*names):
    return {name: said for name, said in HOSTS.items() if name not in names}


def test_a_server_that_left_is_named_with_its_addresses_and_what_it_leaves():
    (first, *_more) = found = problems(sliced(without("mbx3")))
    assert {problem.code for problem in found} == {"members-missing"}
    assert first.host == "gw" and first.variable == "exchange_appliance_may_go"
    assert "mbx3 (10.0.0.3)" in first.text and "g_protected_v4 (1 of 3)" in first.text
    assert "exchange_appliance_may_go: [mbx3]" in first.text


PASSES = {
    "by name": ["mbx3"],
    "by address": ["10.0.0.3"],
    "by network": ["10.0.0.0/29"],
    "among others": ["dc7", "192.0.2.0/24", " mbx3 "],
}


@pytest.mark.parametrize("way", PASSES)
def test_naming_it_is_the_way_on(way):
    assert not problems(sliced(without("mbx3")), PASSES[way])


def test_naming_another_is_not_and_a_slip_gets_a_hint():
    (problem, *_more) = problems(sliced(without("mbx3")), ["mbx33"])
    assert "did you mean 'mbx3'?" in problem.text
    assert problems(sliced(without("mbx3")), ["10.0.0.1"])


INTENDED = {
    "nothing": (HOSTS, FLEET),
    "the feature of a flow is switched off": ({**HOSTS, "mbx3": mailbox(3)}, FLEET),
    "a server has another address": ({**HOSTS, "mbx2": mailbox(22)}, FLEET),
    "a server came": ({**HOSTS, "mbx4": mailbox(4)}, FLEET),
    "a server became another party": ({**HOSTS, "mbx2": party("domain_controller", "10.0.0.2")}, FLEET),
    "a network grew": (HOSTS, {**FLEET, "networks": {"internal_clients": ["10.8.0.0/15", "2001:db8:9::/48"]}}),
    "networks are others": (HOSTS, {**FLEET, "networks": {"internal_clients": ["10.7.0.0/16", "2001:db8:7::/48"]}}),
}


@pytest.mark.parametrize("change", INTENDED)
def test_what_the_inventory_still_knows_may_lose_its_ports(change):
    assert not problems(sliced(*INTENDED[change]))


LOST = {
    "one server of three": (without("mbx2"), FLEET, "mbx2 (10.0.0.2)"),
    "one of two domain controllers": (without("dc2"), FLEET, "dc2 (10.0.2.2)"),
    "a flow with all of its servers": (without("dc1", "dc2"), FLEET, "dc1 (10.0.2.1) and dc2 (10.0.2.2)"),
    "an address family": ({**HOSTS, "mbx1": mailbox(1)}, FLEET, "mbx1 (2001:db8:1::1)"),
    "the fleet's networks": (HOSTS, {"management_networks": ["10.99.0.0/24"]}, "internal_clients (10.9.0.0/16"),
    "where Ansible comes from": (HOSTS, {"networks": FLEET["networks"]}, "management (10.99.0.0/24)"),
    "version and party of a host": ({**HOSTS, "dc2": {}}, FLEET, "dc2 (10.0.2.2)"),
}


@pytest.mark.parametrize("loss", LOST)
def test_what_the_inventory_lost_is_told(loss):
    hosts, fleet, words = LOST[loss]
    assert any(words in problem.text for problem in problems(sliced(hosts, fleet)))


def test_the_management_networks_are_told_also_in_mode_add():
    part = sliced(HOSTS, {"networks": FLEET["networks"]})
    assert problems(part, current=table(sliced(), "add"))


def test_what_somebody_wrote_by_hand_counts_unless_the_set_holds_it_anyway():
    by_hand = HeldSet("g_mailbox_v4", (("10.0.0.77/32", ""), ("10.0.0.1/32", ""), ("10.0.0.5-10.0.0.9", "")))
    part, nobody = sliced(), Leave()
    (problem,) = shrink_problems(part, [by_hand], [], nobody, str)
    assert "10.0.0.5-10.0.0.9 and 10.0.0.77 would leave g_mailbox_v4 (2 of 3)" in problem.text
    wider = HeldSet("g_mailbox_v4", (("10.0.0.0/25", ""),))
    (problem,) = shrink_problems(part, [by_hand], [wider], nobody, str)
    assert "10.0.0.77" not in problem.text


def test_holes_and_foreign_sets_are_not_guarded():
    names = {one.name for one in nftables.address_sets(FULL)}
    assert "g_internet_v4" in names and all(name.endswith(("_v4", "_v6")) for name in names)


BAD = {
    "10.0.0.1/24": "write 10.0.0.0/24",
    "0.0.0.0/0": "is everything",
    "::/0": "is everything",
    "": "an empty word names nobody",
}


@pytest.mark.parametrize("word", BAD)
def test_words_that_name_nobody_or_everybody(word):
    _leave, found = read_leave([word, "mbx1"], sliced(), str)
    assert [problem.code for problem in found] == ["bad-may-go"]
    assert BAD[word] in found[0].text


def members(one):
    return {(held.name, prefix) for held in nftables.address_sets(one) for prefix, _label in held.members}


@settings(max_examples=100, deadline=None)
@given(st.sets(st.sampled_from(EVERYBODY)))
def test_no_slice_of_an_inventory_closes_anything(gone):
    """Either the device knows nobody of those who are missing, or the run is refused until all of them are named."""
    if not set(EVERYBODY) - gone:
        return
    part = sliced(without(*gone))
    found = problems(part)
    told = {name for name in EVERYBODY if any(f"{name} (" in problem.text for problem in found)}
    assert told == gone
    assert bool(members(FULL) - members(table(part))) == bool(found)
    assert not problems(part, sorted(gone))
    for name in gone:
        assert problems(part, sorted(gone - {name}))

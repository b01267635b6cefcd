# SPDX-License-Identifier: GPL-3.0-or-later
"""What the nftables driver writes for small plans, and how it changes one into another."""

from __future__ import annotations

import json

import pytest
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.models import Group, Slice
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms import nftables
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.nftables import names, statements
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.nftables.wanted import widest
from ansible_collections.msexchange.firewall.tests.unit.platforms.model import Model
from ansible_collections.msexchange.firewall.tests.unit.platforms.samples import (
    EDGE,
    H323,
    INTERNET,
    MAILBOX,
    group,
    piece,
    rule,
)  # fmt: skip

MARK = "meta mark set meta mark | 0x04000000 accept"


def text(part: Slice, mode: str = "add") -> str:
    return nftables.listing(nftables.wanted(part, mode))


def rules_of(table: nftables.Table, chain: str) -> list[str]:
    return [one.text() for found in table.chains if found.name == chain for one in found.rules]


def model(table: nftables.Table) -> Model:
    found = Model()
    found.load(nftables.script(nftables.changes(nftables.ABSENT, table).operations))
    return found


def test_a_rule_of_each_family_with_its_hole_its_counter_and_its_mark() -> None:
    table = nftables.wanted(piece(rule()), "add")
    assert rules_of(table, "planned_v4") == [
        "ip saddr @g_internet_v4 ip saddr != @g_internet_x4 ip daddr @g_edge_v4 tcp dport 25 "
        f'counter name "flow_smtp-in" {MARK} comment "r1"'
    ]
    assert rules_of(table, "planned_v6")[0].startswith("ip6 saddr @g_internet_v6 ip6 saddr != @g_internet_x6")


def test_members_stand_one_a_line_with_their_label() -> None:
    assert '\t\t\t192.0.2.10/32 comment "mbx1",\n\t\t\t192.0.2.11/32\n' in text(piece(rule(destination=MAILBOX)))


def test_add_drops_nothing_and_enforce_only_at_protected_ends() -> None:
    assert "drop" not in text(piece(rule()), "add")
    drops = [line for line in rules_of(nftables.wanted(piece(rule()), "enforce"), "forward") if "drop" in line]
    assert [line.split(" counter")[0] for line in drops] == [
        "ip saddr @g_protected_v4",
        "ip daddr @g_protected_v4",
        "ip6 saddr @g_protected_v6",
        "ip6 daddr @g_protected_v6",
    ]


def test_replies_are_marked_at_planned_ends_only() -> None:
    """A rule with no protected end gets its own two lines; nobody else's connection is lifted over a foreign drop."""
    inside = nftables.wanted(piece(rule()), "add")
    assert len(rules_of(inside, "known")) == 5
    assert rules_of(inside, "known")[-1] == "accept"
    beside = nftables.wanted(
        piece(rule(source=group("a", "10.0.0.1/32"), destination=group("b", "10.0.0.2/32"))), "add"
    )
    assert f"ip saddr @g_a_v4 ip daddr @g_b_v4 {MARK}" in rules_of(beside, "known")
    assert f"ip saddr @g_b_v4 ip daddr @g_a_v4 {MARK}" in rules_of(beside, "known")


def test_a_helper_is_an_object_an_assignment_and_two_ways_for_what_it_announced() -> None:
    table = nftables.wanted(piece(rule(follows=(H323,), flow="h323")), "add")
    assert table.helpers == (("h323", "Q.931", "tcp"),)
    first, there, back = rules_of(table, "planned_v4")
    assert 'tcp dport 25 counter name "flow_h323" ct helper set "h323"' in first
    assert 'meta l4proto tcp ct state related ct helper { "H.245", "Q.931" } counter name "flow_h323"' in there
    assert back.startswith("ip saddr @g_edge_v4 ip daddr @g_internet_v4")


@pytest.mark.parametrize(
    ("transport", "more", "expected"),
    [
        ("any", {"ports": ()}, ""),
        ("esp", {"ports": ()}, "meta l4proto esp "),
        ("tcp", {"ports": ((25, 25), (26, 30), (587, 587))}, "tcp dport { 25-30, 587 } "),
        ("udp", {"ports": ((0, 65535),)}, "meta l4proto udp "),
        ("icmp", {"ports": (), "icmp_types": ("echo-request",)}, "icmp type echo-request "),
        ("icmp", {"ports": ()}, "meta l4proto icmp "),
    ],
)
def test_transports(transport: str, more: dict, expected: str) -> None:
    table = nftables.wanted(piece(rule(transport=transport, source=MAILBOX, **more)), "add")
    assert rules_of(table, "planned_v4")[0].split("@g_edge_v4 ")[1].startswith(f"{expected}counter")


def test_members_inside_others_are_left_out_and_none_are_merged() -> None:
    assert widest(["10.0.0.1/32", "10.0.0.0/31", "10.0.0.2/32", "10.0.0.3/32"]) == [
        "10.0.0.0/31",
        "10.0.0.2/32",
        "10.0.0.3/32",
    ]
    assert widest(["0.0.0.0/0", "255.255.255.255/32"]) == ["0.0.0.0/0"]


def test_names_never_collide_and_comments_fit() -> None:
    words = ["a", "A", "a b", "a_b", "a;b", "a" * 200, "a" * 201, "a" * 202, "", "größe", "h_g_a_b"]
    found = [names.set_name(word, family, hole) for word in words for family in (4, 6) for hole in (True, False)]
    assert len(set(found)) == len(found)
    assert all(names.is_name(name) and len(name) <= 255 for name in found)
    assert len(names.comment("x" * 300)) <= 128
    assert names.comment("x" * 300) != names.comment("x" * 301)
    assert names.comment(names.comment('a"b\n')) == names.comment('a"b\n') == "a_b_"
    with pytest.raises(ValueError, match="unsafe"):
        statements.quoted('a"b')


def test_one_new_server_is_one_element_and_no_rule_is_touched() -> None:
    grown = Group(
        "edge", tuple(sorted((*EDGE.members, "198.51.100.6/32"))), labels=(*EDGE.labels, ("198.51.100.6/32", "edge2"))
    )
    fleet = Group("protected", ("198.51.100.0/24", "2001:db8:1::/64"))
    before, after = (nftables.wanted(piece(rule(destination=end), protected=fleet), "add") for end in (EDGE, grown))
    todo = nftables.changes(before, after)
    ours = "inet msexchange_firewall"
    assert [one.text for one in todo.operations] == [
        f'add element {ours} g_edge_v4 {{\n\t198.51.100.6/32 comment "edge2"\n}}'
    ]
    assert [one.text for one in todo.undo] == [f"delete element {ours} g_edge_v4 {{\n\t198.51.100.6/32\n}}"]
    assert [(item.kind, item.name, item.group) for item in todo.add] == [("member", "g_edge_v4", "edge")]


def test_a_changed_rule_replaces_its_chain_and_keeps_counters() -> None:
    before, after = (
        nftables.wanted(piece(rule(ports=ports)), "add") for ports in (((25, 25),), ((25, 25), (587, 587)))
    )
    todo = nftables.changes(before, after)
    assert [one.text.split(" inet")[0] for one in todo.operations] == [
        "flush chain",
        "flush chain",
        "add rule",
        "add rule",
    ]
    assert [(item.kind, item.flow) for item in todo.change] == [("rule", "smtp-in")] * 2
    assert "tcp dport 25 " in todo.change[0].before
    assert todo.add == todo.remove == ()


def test_edits_by_hand_are_found_replaced_and_not_guessed_at() -> None:
    wanted = nftables.wanted(piece(rule()), "add")
    for extra in (
        {"rule": {"chain": "planned_v4", "expr": [{"limit": {"rate": 1}}, {"accept": None}]}},
        {"map": {"name": "m", "type": "ipv4_addr", "map": "verdict"}},
        {"chain": {"name": "x; flush ruleset"}},
        {"set": {"name": "g_edge_v6", "type": "inet_service"}},
    ):
        gateway = model(wanted)
        listed = json.loads(gateway.listing())
        kind, body = next(iter(extra.items()))
        body = {"family": "inet", "table": "msexchange_firewall", **body}
        listed["nftables"] = [
            one for one in listed["nftables"] if one.get(kind, {}).get("name") != body.get("name", "-")
        ]
        todo = nftables.changes(nftables.parse(json.dumps({"nftables": [*listed["nftables"], {kind: body}]})), wanted)
        assert todo and "flush ruleset" not in nftables.script(todo.operations)
        gateway.load(nftables.script(todo.operations))
        assert nftables.parse(gateway.listing()) == wanted
        assert kind == "set" or todo.undo is None


def test_other_tables_in_a_listing_are_not_ours() -> None:
    listed = {
        "nftables": [
            {"table": {"family": "ip", "name": "msexchange_firewall"}},
            {"chain": {"family": "inet", "table": "x"}},
        ]
    }
    assert nftables.parse(json.dumps(listed)) == nftables.ABSENT == nftables.parse("")


def test_internet_of_one_family_only_makes_rules_of_that_family() -> None:
    table = nftables.wanted(piece(rule(source=Group("internet", ("0.0.0.0/0",)))), "add")
    assert (len(rules_of(table, "planned_v4")), len(rules_of(table, "planned_v6"))) == (1, 0)
    assert INTERNET.name == "internet"

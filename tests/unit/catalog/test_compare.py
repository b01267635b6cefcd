# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two selections side by side: what is the same connection, what differs, and what became of server roles."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.compare import compare
from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.migration import comparison, sides
from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.models import (
    Catalog,
    DynamicRange,
    End,
    Flow,
    FollowUp,
    Party,
    Product,
)
from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.query import Selection
from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.succession import (
    successions,
    successors,
    together,
)
from ansible_collections.msexchange.firewall.plugins.plugin_utils.problems import ProblemError
from fleet import SMALL_CATALOG

STEPS = successions(SMALL_CATALOG)
OLD, NEW = Selection(("1",), ("server",)), Selection(("2",), ("server",))
ONE, TWO = End(("server",), ("1",)), End(("server",), ("2",))
CLIENTS = End(("clients",))
ANY = Selection()
RPC = (FollowUp("rpc", "Service", "to_listener", "tcp", "rpc_dynamic"),)


def flow(name, listener, ports=(25,), initiator=CLIENTS, protocol="SMTP", **more):
    pairs = tuple((port, port) for port in ports)
    known = {"transport": "tcp", "sources": (), "confidence": "confirmed", "support": "supported", **more}
    return Flow(name, name, "", protocol, initiator, listener, ports=pairs, **known)


def compared(*flows, old=OLD, new=NEW, filters=ANY, became=None):
    """``became``: the server roles of the old version, with those of the new one that do their work."""
    became = became or {"server": ["server"]}
    roles = {"1": tuple(became), "2": tuple(sorted({name for names in became.values() for name in names}))}
    products = {
        version: Product(version, version, DynamicRange(((low, 9999),)), roles[version])
        for version, low in (("1", 1000), ("2", 2000))
    }
    known = frozenset({*roles["1"], *roles["2"]})
    kinds = {**dict.fromkeys(known, "server_role"), "clients": "peer"}
    parties = {name: Party(name, name, kind) for name, kind in kinds.items()}
    catalog = Catalog(products, {}, parties, {}, {}, {f.id: f for f in flows}, known)
    return compare(catalog, old, new, filters, became.__getitem__)


def changes(found):
    assert not found.before and not found.after and not found.unchanged
    (line,) = found.changed
    return line.changes


def test_equal_connections_of_other_ids_are_the_same():
    found = compared(flow("old", ONE), flow("new", TWO))
    (line,) = found.unchanged
    assert (line.direction, line.parties, line.ports, line.protocol) == ("in", ("clients",), ("25",), "SMTP")
    assert (line.old, line.new) == (("old",), ("new",))
    assert not (found.before or found.after or found.changed)


def test_what_only_one_side_has_is_opened_before_or_closed_after():
    found = compared(flow("old", ONE, protocol="POP3"), flow("new", TWO, ports=(443,), protocol="HTTPS"))
    assert [(line.new, line.old) for line in found.before] == [(("new",), ())]
    assert [(line.new, line.old) for line in found.after] == [((), ("old",))]


DIFFERENCES = {
    "encryption": ({}, {"encryption": "tls"}, ("encryption", "none", "tls")),
    "default": ({}, {"features": ("pop3",)}, ("opened", "by default", "with pop3")),
    "port": ({}, {"ports": (587,)}, ("port", "25", "587")),
    "protocol": ({}, {"protocol": "ESMTP"}, ("protocol", "SMTP", "ESMTP")),
    "the range that follows": (
        {"follows": RPC},
        {"follows": RPC},
        ("follows", "tcp 1000-9999 to the listener", "tcp 2000-9999 to the listener"),
    ),
}


@pytest.mark.parametrize("name", DIFFERENCES)
def test_a_difference_is_told_apart(name):
    before, after, expected = DIFFERENCES[name]
    first = flow("old", ONE, **{"encryption": "none", **before})
    second = flow("new", TWO, **{"encryption": "none", **after})
    found = compared(first, second, new=replace(NEW, features=("pop3",)))
    assert changes(found) == (expected,)


def test_a_connection_that_turned_round_is_told_as_that():
    found = compared(flow("old", ONE), flow("new", CLIENTS, initiator=TWO))
    assert changes(found) == (("direction", "in", "out"),)


def test_ports_and_parties_of_one_flow_are_one_line_and_a_shared_part_is_taken_out():
    both = End(("clients", "others"))
    found = compared(flow("old", ONE, ports=(110,)), flow("new", TWO, ports=(110, 143, 995), initiator=both))
    assert [(line.parties, line.ports) for line in found.unchanged] == [(("clients",), ("110",))]
    assert [(line.parties, line.ports) for line in found.before] == [
        (("clients",), ("143", "995")),
        (("others",), ("110", "143", "995")),
    ]


def test_ports_that_gave_way_to_all_traffic_are_one_line():
    """The support boundary: closing what is inside of it would be no way to close anything."""
    flows = [flow("mail", CLIENTS, initiator=ONE), flow("dns", CLIENTS, initiator=ONE, transport="udp", ports=(53,))]
    flows.append(flow("all", CLIENTS, initiator=TWO, transport="any", ports=(), protocol="any", boundary="whole"))
    assert changes(compared(*flows)) == (("port", "tcp 25; udp 53", "any"),)


def test_single_ports_beside_all_traffic_are_told_of_no_side():
    whole = flow("all", TWO, transport="any", ports=(), protocol="any", boundary="whole")
    found = compared(whole, flow("mail", TWO))
    assert [line.new for line in found.before] == [("all",)]


def test_names_of_protocols_are_no_second_connection():
    flows = [flow("one", ONE, protocol="HTTP"), flow("two", TWO, protocol="HTTP"), flow("three", TWO, protocol="HTTPS")]
    assert changes(compared(*flows)) == (("protocol", "HTTP", "HTTP or HTTPS"),)


def test_what_another_feature_adds_to_an_open_port_is_no_difference():
    both = {"old": replace(OLD, features=("x",)), "new": replace(NEW, features=("x",))}
    flows = [flow("old", ONE, encryption="tls"), flow("new", TWO, encryption="tls")]
    found = compared(*flows, flow("more", TWO, features=("x",), encryption="none", protocol="ESMTP"), **both)
    assert [(line.old, line.new) for line in found.unchanged] == [(("old",), ("more", "new"))] and not found.changed


SPLIT = {"back": ["store", "front"], "edge": ["edge"]}
EDGE = {"old": Selection(("1",), ("back", "edge")), "new": Selection(("2",), ("edge", "front", "store"))}


def test_the_servers_that_share_the_work_of_one_are_its_family():
    """What a server did is not closed at one successor because the other does it now."""
    found = compared(flow("old", End(("back",), ("1",))), flow("new", End(("front",), ("2",))), became=SPLIT, **EDGE)
    assert [(line.roles, line.parties) for line in found.unchanged] == [(("front",), ("clients",))]
    assert not (found.before or found.after or found.changed)


def test_a_port_of_one_kind_of_server_says_nothing_of_another_kind():
    found = compared(flow("old", End(("edge",), ("1",))), flow("new", End(("front",), ("2",))), became=SPLIT, **EDGE)
    assert [line.roles for line in found.after] == [("edge",)] and [line.roles for line in found.before] == [("front",)]


def test_a_connection_among_the_selected_servers_is_told_once():
    mail = flow("old", End(("back",), ("1",)), initiator=End(("edge",), ("1",)))
    for filters, direction in ((ANY, "among"), (Selection(direction="in"), "in"), (Selection(direction="out"), "out")):
        (line,) = compared(mail, became=SPLIT, filters=filters, **EDGE).after
        ends = (("edge",), ("back",)) if direction != "out" else (("back",), ("edge",))
        assert (line.direction, line.parties, line.roles) == (direction, *ends)


def test_what_follows_and_what_opens_is_told_of_every_line():
    (line,) = compared(flow("new", TWO, follows=RPC, features=("x",)), new=replace(NEW, features=("x",))).before
    assert (line.opened, line.follows) == ("with x", ("tcp 2000-9999 to the listener",))


def test_what_a_feature_would_open_on_the_other_side_is_said(real):
    """Whoever closes 80 after a move to 2016 has to know that published calendars use it."""
    found = comparison(real, successions(), Selection(versions=("2010",)), "2016", explain=False)
    told = {(*line["parties"], *line["ports"]): line["otherwise"] for line in found["close_after"]}
    assert told["internal_clients", "80"] == "with http" and told["internal_clients", "135"] == ""
    before = {(*line["parties"], *line["ports"]): line["otherwise"] for line in found["open_before"]}
    assert before["ip_gateway", "5061"] == "with um_secured"


def test_members_of_a_group_have_one_version_so_nothing_of_theirs_runs_between():
    both = {"initiator": End(("server",), ("1", "2")), "listener": End(("server",), ("1", "2"))}
    assert compared(flow("mail", **both)).between
    assert not compared(flow("dag", **both, scope="same_dag")).between


def test_the_replication_network_is_a_network_of_its_own():
    more = {"initiator": ONE, "ports": (64327,), "boundary": "inside"}
    found = compared(flow("old", ONE, **more, network="replication"), flow("new", TWO, initiator=TWO, ports=(64327,)))
    assert [line.network for line in (*found.after, *found.before)] == ["replication", ""]


def test_what_runs_between_both_versions_is_told_by_direction():
    found = compared(flow("up", TWO, initiator=ONE), flow("down", ONE, initiator=TWO), flow("same", ONE, initiator=ONE))
    assert [(one.flow.id, one.old_calls) for one in found.between] == [("up", True), ("down", False)]
    assert {line.old for line in found.after} == {("same",)}


def test_servers_that_stay_are_an_end_of_what_runs_between(real):
    """Whoever replaces Edge alone still has mail between the new Edge and the old Mailbox servers."""
    asked = Selection(versions=("2016",), server_roles=("edge_transport",))
    found = comparison(real, successions(), asked, "se", explain=False)["between"]
    ways = {(one["flow"], *one["initiators"], one["from_version"], *one["listeners"]) for one in found}
    assert ("edgesync-50636", "mailbox", "2016", "edge_transport") in ways
    assert ("edge-mailbox-25", "edge_transport", "se", "mailbox") in ways
    assert not any(one["flow"] == "boundary-servers" for one in found)


def test_what_runs_between_needs_its_feature_on_both_sides():
    chosen = {"old": replace(OLD, features=("x",)), "new": replace(NEW, features=("x",))}
    up = flow("up", TWO, initiator=ONE, features=("x",))
    assert [one.flow.id for one in compared(up, **chosen).between] == ["up"]
    assert not compared(up, old=chosen["old"]).between


NOT_COMPARED = {
    "unconfirmed": {"confidence": "unconfirmed"},
    "refused": {"support": "unsupported"},
    "inside": {"boundary": "inside"},
}


@pytest.mark.parametrize("name", NOT_COMPARED)
def test_what_opens_nothing_is_no_line(name):
    found = compared(flow("new", TWO, **NOT_COMPARED[name]), flow("up", TWO, initiator=ONE, **NOT_COMPARED[name]))
    assert not (found.before or found.after or found.changed or found.unchanged or found.between)
    assert bool(found.inside[1]) == (name == "inside")


def test_both_sides_are_narrowed_alike():
    flows = [flow("smtp", TWO), flow("out", CLIENTS, initiator=TWO, protocol="IMAP"), flow("pop", TWO, ports=(110,))]
    for filters, expected in (
        (Selection(ports=(110,)), {"pop"}),
        (Selection(protocols=("imap",)), {"out"}),
        (Selection(direction="in"), {"smtp", "pop"}),
        (Selection(parties=("server",)), set()),
    ):
        assert {name for line in compared(*flows, filters=filters).before for name in line.new} == expected


ROLES = [
    ("mailbox", "2003", "2010", ("hub_transport", "mailbox")),
    ("mailbox", "2003", "2019", ("mailbox",)),
    ("bridgehead", "2000", "se", ("mailbox",)),
    ("im_server", "2000", "2003", ()),
    ("edge_transport", "2019", "se", ("edge_transport",)),
    ("mailbox", "2019", "2003", ("bridgehead", "mailbox")),
    ("hub_transport", "2010", "2003", ("bridgehead", "mailbox")),
]


@pytest.mark.parametrize(("role", "old", "new", "becomes"), ROLES)
def test_what_became_of_a_server_role(small, role, old, new, becomes):
    assert successors(small, STEPS, role, old, new).becomes == becomes


def test_every_step_on_the_way_is_told(small):
    became = successors(small, STEPS, "bridgehead", "2003", "2019")
    assert became.reasons == ("bridgehead since 2010: Renamed.", "hub_transport since 2019: Joined.")


def test_every_server_role_of_the_real_catalog_leads_to_roles_of_every_later_version(real):
    order = list(real.products)
    for number, old in enumerate(order):
        for new in order[number:]:
            for role in real.products[old].server_roles:
                lost = set(successors(real, successions(), role, old, new).becomes) - set(
                    real.products[new].server_roles
                )
                assert not lost, f"{role} of {old} in {new}: successions.yml leads to {lost}, which {new} has not"


def test_the_other_side_takes_what_is_not_said_from_the_first(small):
    asked = Selection(versions=("2010",), features=("dag", "all"))
    old, new, became, features = sides(small, STEPS, asked, "2019")
    assert old.server_roles == ("hub_transport", "mailbox") and new.server_roles == ("mailbox",)
    assert [one.name for one in became] == ["hub_transport", "mailbox"] and not features
    assert old.features == ("dag",) and set(new.features) == {"dag", "hybrid", "pop3", "probes"}
    _old, new, became, features = sides(
        small, STEPS, Selection(versions=("2019",), features=("dag",)), {"features": []}
    )
    assert not new.features and not became and not features


def test_a_feature_that_is_gone_is_told(small):
    asked = Selection(versions=("2000",), server_roles=("im_server",), features=("callback",))
    found = comparison(small, STEPS, asked, {"version": "2003"}, explain=False)
    assert found["features_gone"] == ["callback"] and found["new"]["roles"] == []
    assert not found["open_before"] and found["close_after"]


FEATURES = [
    ("2010", {"features": ("um_secured",), "server_roles": ("unified_messaging",)}, "2016", ["unified_messaging"]),
    ("2010", {"server_roles": ("unified_messaging",)}, "2016", ["unified_messaging"]),  # the role's work needs it now
    ("2010", {"server_roles": ("unified_messaging",)}, "2019", []),
    ("2010", {"server_roles": ("mailbox",)}, "2016", []),
    ("2007", {"features": ("ccr", "pop3")}, "se", ["dag", "pop3"]),
    ("2016", {"features": ("dag",)}, "2010", ["dag"]),
    ("2010", {"features": ("rpc_over_http",)}, "2016", ["unified_messaging"]),
]


@pytest.mark.parametrize(("old", "asked", "new", "expected"), FEATURES)
def test_features_go_on_under_the_name_of_the_new_version(real, old, asked, new, expected):
    found = comparison(real, successions(), Selection(versions=(old,), **asked), new, explain=False)
    assert found["new"]["features"] == expected
    missing = set(asked.get("features", ())) - set(expected)
    told = {one["feature"]: one for one in found["features"]}
    assert missing <= set(told) and all(told[name]["reasons"] for name in missing)
    assert found["features_gone"] == [name for name, one in told.items() if not one["becomes"]]


def test_nothing_runs_between_versions_that_never_share_an_organization(real):
    asked = Selection(versions=("2007",))
    found = comparison(real, successions(), asked, "2016", False, together())
    assert not found["between"] and found["coexistence"]["possible"] is False
    assert found["coexistence"]["through"] == ["2010", "2013"] and "sysreq2016" in found["coexistence"]["sources"]
    found = comparison(real, successions(), asked, "2010", False, together())
    assert found["between"] and found["coexistence"] == {"possible": True, "through": [], "sources": []}


MISTAKES = [
    ({}, "2019", "version", "one version has to be named"),
    ({"versions": ("2010", "2019")}, "se", "version", "one version has to be named"),
    ({"versions": ("2010",)}, "2109", "compare_to", "did you mean '2019'?"),
    ({"versions": ("2010",)}, ["2019"], "compare_to", "neither a version nor a mapping"),
    ({"versions": ("2010",)}, {}, "compare_to", "neither another version nor roles nor features"),
    ({"versions": ("2010",)}, {"vresion": "2019"}, "compare_to", "did you mean 'version'?"),
    ({"versions": ("2010",)}, {"version": "2019,se"}, "compare_to", "several are named"),
    ({"versions": ("2010",)}, {"version": "2019", "roles": "hub_transport"}, "compare_to", "2019 has no server role"),
    ({"versions": ("2019",), "server_roles": ("bridgehead",)}, "se", "roles", "2019 has no server role bridgehead"),
    ({"versions": ("2019",)}, {"features": "dga"}, "compare_to", "did you mean 'dag'?"),
]


@pytest.mark.parametrize(("asked", "to", "option", "text"), MISTAKES)
def test_a_comparison_that_lacks_a_side_is_refused_with_the_way_out(small, asked, to, option, text):
    with pytest.raises(ProblemError) as caught:
        comparison(small, STEPS, Selection(**asked), to, explain=False)
    assert any(problem.variable == option and text in problem.text for problem in caught.value.problems)

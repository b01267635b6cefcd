# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions to the small catalog: what each option selects, and what a bad one says."""

from __future__ import annotations

import pytest
from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.answer import OPTIONS
from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.query import (
    Selection,
    enabled_by,
    explained,
    query,
    record,
    selection,
)
from ansible_collections.msexchange.firewall.plugins.plugin_utils.problems import ProblemError

EVERYTHING_BY_DEFAULT = [
    "balancer-443",
    "client-443",
    "edge-in-25",
    "edge-sync",
    "im-80",
    "inside-135",
    "inside-echo",
    "link-state",
    "mail-between-groups",
    "rpc-old",
    "rpc-old-servers",
    "updates-80",
    "video",
    "whole-servers",
    "whole-to-dc",
]
QUESTIONS = [
    ({}, EVERYTHING_BY_DEFAULT),
    ({"port": [994]}, ["chat-tls"]),
    ({"port": [2500]}, ["im-80", "video"]),  # inside ranges that follow
    ({"port": [6005]}, ["im-80", "video"]),  # RPC's range depends on hosts, so no port of it answers
    ({"port": [1023]}, []),
    ({"port": [25, 691]}, ["edge-in-25", "link-state", "mail-between-groups"]),
    ({"protocol": ["smtp/lsa"]}, ["link-state", "mail-between-groups"]),  # the article's name, whatever its case
    ({"protocol": ["POP3"]}, ["balancer-pop3", "client-pop3"]),
    ({"transport": ["icmp"]}, ["inside-echo"]),
    ({"transport": ["esp"]}, []),
    ({"transport": ["esp"], "features": ["ipsec"]}, ["ipsec-esp"]),
    ({"transport": ["udp"], "features": ["all"]}, ["dag-heartbeat"]),
    ({"flow": ["probe-1080"]}, ["probe-1080"]),
    # what nobody confirmed does not open by its feature, so it is no answer to what the feature opens
    ({"features": ["probes"], "party": ["internet"]}, ["edge-in-25", "updates-80"]),
    ({"port": [1090]}, ["guess-1090", "im-80", "video"]),
    ({"port": [1080]}, ["im-80", "probe-1080", "video"]),  # whoever names a port hears of every feature
    ({"version": ["2000"], "roles": ["im_server"]}, ["im-80", "video"]),
    ({"version": ["2003"], "roles": ["im_server"]}, []),  # the role was gone
    ({"roles": ["edge_transport"]}, ["edge-in-25", "edge-sync"]),
    ({"roles": ["edge_transport"], "direction": "in"}, ["edge-in-25", "edge-sync"]),
    ({"roles": ["edge_transport"], "direction": "out"}, []),
    ({"roles": ["edge_transport"], "direction": "in", "party": ["internet"]}, ["edge-in-25"]),
    ({"roles": ["mailbox"], "version": ["2019"], "direction": "out", "party": ["edge_transport"]}, ["edge-sync"]),
    ({"version": ["2003"], "party": ["domain_controller"]}, ["rpc-old"]),
    ({"party": ["internet"]}, ["edge-in-25", "updates-80"]),
    ({"party": ["internet"], "direction": "in"}, ["edge-in-25"]),
    ({"party": ["internet"], "direction": "out"}, ["updates-80"]),
    (
        {
            "version": ["se"],
            "roles": ["mailbox"],
            "direction": "in",
            "features": ["pop3"],
            "party": ["internal_clients"],
        },
        ["client-443", "client-pop3"],
    ),
    ({"version": ["2019"], "features": ["dag"], "party": ["witness"]}, ["witness-135"]),
    ({"version": ["2003", "se"], "protocol": ["MS-RPC"], "direction": "in"}, ["rpc-old-servers"]),
]


@pytest.mark.parametrize(("options", "expected"), QUESTIONS, ids=[str(options) for options, _expected in QUESTIONS])
def test_what_a_question_selects(small, options, expected):
    assert [flow.id for flow in query(small, selection(small, options))] == expected


BAD_OPTIONS = {
    "version": (["2109"], "'2109' is not known (did you mean '2019'?). Choices: 2000, 2003, 2010, 2019, se."),
    "roles": (["mailboxes"], "'mailboxes' is not known (did you mean 'mailbox'?)"),
    "features": (["dga"], "'dga' is not known (did you mean 'dag'?)"),
    "party": (["internets"], "(did you mean 'internet'?)"),
    "protocol": (["smtp/lsb"], "(did you mean 'smtp/lsa'?)"),
    "transport": (["tpc"], "(did you mean 'tcp'?)"),
    "flow": (["edge-sink"], "(did you mean 'edge-sync'?)"),
    "port": ([0], "0 is no port number from 1 to 65535"),
    "direction": ("up", "'up' is not known. Choices: in, out."),
}


@pytest.mark.parametrize("option", BAD_OPTIONS)
def test_one_unknown_word_is_named_with_its_option(small, option):
    value, text = BAD_OPTIONS[option]
    with pytest.raises(ProblemError) as caught:
        selection(small, {option: value})
    (problem,) = caught.value.problems
    assert problem.variable == option
    assert text in problem.text


def test_all_unknown_words_are_told_at_once(small):
    with pytest.raises(ProblemError) as caught:
        selection(small, {option: value for option, (value, _text) in BAD_OPTIONS.items()})
    assert {problem.variable for problem in caught.value.problems} == set(BAD_OPTIONS)
    assert caught.value.message().startswith("9 problems were found")


def test_words_may_be_numbers_and_any_case(small):
    assert selection(small, {"version": [2019, "SE"], "roles": ["Mailbox"]}) == Selection(
        versions=("2019", "se"), server_roles=("mailbox",)
    )


def test_every_record_has_the_same_keys_and_ports_as_text(small):
    records = [record(flow) for flow in small.flows.values()]
    assert len({tuple(entry) for entry in records}) == 1
    by_id = {entry["id"]: entry for entry in records}
    assert by_id["client-pop3"]["ports"] == ["110", "995"]
    assert by_id["rpc-old"]["follows"][0]["ports"] == "rpc_dynamic"
    assert by_id["im-80"]["follows"][0]["ports"] == ["1024-65535"]
    assert by_id["inside-echo"]["icmp_types"] == ["echo-request"]


def test_explain_tells_why_and_by_which_documents(small):
    found = explained(small, small.flows["rpc-old"])
    assert found["need"] == "Old servers call domain controllers."
    assert [source["id"] for source in found["sources"]] == ["paper", "book"]  # those of the second connection too
    assert found["sources"][0]["note"] == "Second edition."
    assert found["refused"] == {}


def test_explain_tells_why_a_flow_is_never_opened_and_what_serves_instead(small):
    found = explained(small, small.flows["chat-tls"])
    assert found["refused"] == {"reason": "Nothing listens there.", "alternative": "Chat on 6667."}
    assert found["openable"] is False


ENABLED_BY = [
    ("client-443", "On by default"),
    ("client-pop3", "exchange_features holds 'pop3'"),
    ("probe-1080", "Only its id: exchange_flow_overrides with 'probe-1080' and enabled: true"),
    ("guess-1090", "Only its id: exchange_flow_overrides with 'guess-1090' and enabled: true"),
    ("inside-135", "Only where the support boundary is narrowed"),
    ("chat-tls", "Nothing: no rule ever comes of it"),
]


@pytest.mark.parametrize(("flow", "text"), ENABLED_BY)
def test_what_enables_a_flow(small, flow, text):
    assert enabled_by(small, small.flows[flow]).startswith(text)


def test_the_spec_holds_every_option_of_a_selection():
    fields = "version roles features direction party protocol transport port flow compare_to explain as_text query"
    assert set(OPTIONS) == {*fields.split(), "about", "vendor"}

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers in words: who calls whom, why, what follows, what is never open, and what a number in a range means."""

from __future__ import annotations

import pytest
from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.answer import answer, whole_answer
from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.dynamic import ranges_of
from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.text import WIDTH, table
from ansible_collections.msexchange.firewall.plugins.plugin_utils.problems import ProblemError


def said(**options):
    """The whole text with single blanks, so that line ends do not matter."""
    return " ".join(" ".join(answer({**options, "as_text": True})).split())


# question, what its answer says
SAID = {
    "in and out": (
        {"version": ["2019"], "roles": ["mailbox"]},
        ["In: others call these servers", "Out: these servers call others", "tcp 443", "client-https-443 by default"],
    ),
    "which features there are": (
        {"version": ["2007"], "roles": ["mailbox"], "features": ["ccr"]},
        ["Features that add to this: ldaps, new_mail_udp, remote_administration, remote_backup, rpc_over_http, scr,"],
    ),
    "who may call 475": (
        {"port": [475]},
        ["tcp 475", "transport-475", "inside the support boundary", "Documents (read:", "https://learn.microsoft.com"],
    ),
    "why is 994 not open": (
        {"port": [994]},
        ["irc-ssl-994 never opened", "Why it is not open: Exchange does not support", "Instead: Chat on 6667"],
    ),
    "what is 135": (
        {"port": [135], "version": ["2003"]},
        ["tcp 135", "msrpc-135-dc-2000-2003", "Then:", "the listener's dynamic RPC range, which its version sets"],
    ),
    "what is 50000": (
        {"port": [50000]},
        [
            "50000 also lies in dynamic RPC ranges, by version:",
            "Exchange Server 2007 1025-60000 [kb929851]",
            "Exchange Server 2013 6005-65534, inferred [rpcrange2021]",
            "Windows Server 2022 49152-65535",
            "asks the endpoint mapper on 135",
            "witness-135",
        ],
    ),
    "nothing": ({"port": [1]}, ["No flow answers (port 1)."]),
    "what no such server has": (
        {"version": ["se"], "roles": ["client_access", "mailbox"], "features": ["um_fax", "irc_ssl"]},
        [
            "Exchange SE has no server role client_access; it has edge_transport and mailbox.",
            "um_fax is no feature of Exchange SE, mailbox.",
            "Nothing opens irc_ssl: Exchange does not support chat over SSL",
        ],
    ),
    "which versions": (
        {"port": [135], "features": ["all"], "party": ["backup_server"]},
        ["backup_server -> mailbox (2007) backup-135-2007", "backup_server -> mailbox (5.5-2003) backup-135-55-2003"],
    ),
    "one": ({"flow": ["edgesync-50636"]}, ["1 flow answers (flow edgesync-50636).", "edgesub: Edge Subscriptions"]),
    "versions that never met": (
        {"version": ["2007"], "roles": ["mailbox"], "compare_to": "2016"},
        ["nothing, since 2007 and 2016 never share an organization. The way leads over 2010 or 2013. [coexist2007,"],
    ),
    "a move": (
        {"version": ["2010"], "features": ["um_secured"], "compare_to": "2016"},
        [
            "unified_messaging becomes mailbox with unified_messaging in 2016.",
            "um_secured becomes unified_messaging in 2016.",
            "tcp 135 internal_clients -> client_access or MS-RPC [msrpc-135-outlook-2010,",
            "then tcp 6005-65534 to the listener",
            "2016 has it with http, not selected here",
            "New servers have addresses of their own",
            "of 2010 <-> mailbox of 2016",
            "opened: with um_secured -> by default",
        ],
    ),
    "a feature": (
        {"version": ["2019"], "roles": ["mailbox"], "compare_to": {"features": "pop3"}, "explain": True},
        [
            "Exchange 2019, mailbox to Exchange 2019, mailbox with pop3",
            "Opens, since only the second needs it: tcp 110, 995 internal_clients -> mailbox POP3 [client-pop3]",
            "Why:",
            "client-pop3:",
            "Documents (read:",
        ],
    ),
    "a migration": (
        {"version": ["2010"], "compare_to": {"version": "2016"}},
        [
            "hub_transport becomes mailbox in 2016.",
            "hub_transport since 2013: Client Access takes mail in",
            "Open before, since only 2016 needs it:",
            "Open while both are there, between servers of 2010 and 2016: any client_access",
            "Close after, since only 2010 needed it:",
            "Not listed: exact flows inside the support boundary",
        ],
    ),
}


@pytest.mark.parametrize("name", SAID)
def test_an_answer_in_words(name):
    options, expected = SAID[name]
    text = said(**options)
    assert [part for part in expected if part not in text] == []


def test_every_answer_fits_a_terminal_but_for_addresses():
    for options in ({"features": ["all"]}, {"port": [135, 50000]}, {"version": ["2003"], "compare_to": "se"}):
        lines = answer({**options, "explain": True, "as_text": True})
        assert not [line for line in lines if len(line) > WIDTH and "://" not in line]
        assert all(line == line.rstrip() and line.isprintable() for line in lines)


def test_only_server_roles_of_the_versions_asked_about_are_shown():
    assert "front_end" not in said(version=["2019"], protocol=["dns"]).partition("Why")[0]
    assert "front_end" in said(protocol=["dns"]).partition("Why")[0]


def test_a_table_has_columns_and_wraps_what_is_too_wide():
    wide = " ".join(["word"] * 25)
    first, *rest, last = table([("a", wide, "x"), ("bbb", "c", "y")])
    assert first.startswith("  a    word word") and first.endswith("x") and last.startswith("  bbb  c")
    assert len(rest) == 1 and set(rest[0].split()) == {"word"} and rest[0].startswith("       word")
    assert table([]) == []


def test_ranges_name_their_flows_and_only_versions_asked_about(small):
    found = {(one["kind"], one["version"]): one for one in ranges_of(small, [2000, 50000])}
    assert found["exchange", "2003"]["held"] == [2000] and found["windows", "2022"]["held"] == [50000]
    assert found["exchange", "2003"]["flows"] == ["rpc-old-servers"]
    assert found["windows", "2022"]["flows"] == ["inside-135", "rpc-old", "witness-135"]
    assert found["exchange", "2019"]["confidence"] == "inferred"
    only = ranges_of(small, [50000], ["se"])
    assert [one["version"] for one in only if one["kind"] == "exchange"] == ["se"]
    assert not ranges_of(small, [135])


def test_a_port_brings_its_ranges_into_the_data():
    assert "dynamic_ranges" not in whole_answer({"protocol": ["dns"]})
    assert whole_answer({"port": [135]})["dynamic_ranges"] == []
    assert {one["kind"] for one in whole_answer({"port": [50000]})["dynamic_ranges"]} == {"exchange", "windows"}


def test_text_and_query_exclude_each_other():
    with pytest.raises(ProblemError) as caught:
        answer({"port": [25], "query": "[].id", "as_text": True})
    assert [problem.code for problem in caught.value.problems] == ["bad-combination"]


def test_a_query_is_applied_to_a_comparison():
    options = {"version": ["2019"], "roles": ["mailbox"], "compare_to": {"features": ["imap4"]}}
    found = answer({**options, "query": "open_before[?contains(new, 'client-imap4')].ports"})
    assert found == [["143", "993"]]


def test_what_the_boundary_does_not_hold_says_what_opens_it():
    """Its own flow does not reach the replication network, so the exact one there comes with its feature."""
    apart, beside = (said(flow=[name]).partition("Why")[0] for name in ("dag-64327-replication", "dag-64327"))
    assert "with dag" in apart and "inside the support boundary" not in apart
    assert "inside the support boundary" in beside

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What lookup and module return, from the catalog that ships: plain records, explanations, JMESPath."""

from __future__ import annotations

import json
import sys

import pytest
from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.answer import answer, whole_answer
from ansible_collections.msexchange.firewall.plugins.plugin_utils.problems import ProblemError


def ids(**options):
    return [flow["id"] for flow in answer(options)]


def test_answers_are_plain_data():
    everything = answer({"features": ["all"], "explain": True})
    assert json.loads(json.dumps(everything)) == everything
    assert [flow["id"] for flow in everything] == sorted(flow["id"] for flow in everything)


def test_an_empty_option_is_the_same_as_none():
    assert answer({"port": [], "query": "", "direction": None}) == answer({})


def test_994_and_522_are_explained_and_never_openable():
    for port, flow in ((994, "irc-ssl-994"), (522, "uls-522")):
        (found,) = answer({"port": [port], "explain": True})
        assert found["id"] == flow
        assert not found["openable"]
        assert found["refused"]["reason"] and found["refused"]["alternative"]


QUERIES = [
    ({"port": [50636], "protocol": ["ldap"], "version": ["se"]}, "[].id", ["edgesync-50636"]),
    ({"port": [50636], "protocol": ["ldap"], "version": ["se"]}, "[0].listener.parties", ["edge_transport"]),
    ({"port": [691]}, "length(@)", 1),
    ({"port": [691]}, "[?transport=='udp']", []),
    ({"port": [691]}, "[0].nothing", None),
    ({"flow": ["irc-ssl-994"], "explain": True}, "[].refused.alternative | length(@)", 1),
]


@pytest.mark.parametrize(("options", "expression", "expected"), QUERIES)
def test_a_query_is_applied_to_the_flows(options, expression, expected):
    assert answer({**options, "query": expression}) == expected


BAD_QUERIES = ["[?", "length()", "nothing(@)", "foo bar", "sum([].id)", "\n", "{{ x }}"]


@pytest.mark.parametrize("expression", BAD_QUERIES)
def test_a_bad_query_is_one_problem_on_one_line(expression):
    with pytest.raises(ProblemError) as caught:
        answer({"query": expression})
    (problem,) = caught.value.problems
    assert problem.variable == "query"
    assert "is no JMESPath expression" in problem.text
    assert "\n" not in problem.text


def test_a_bad_query_and_a_bad_word_are_told_together():
    with pytest.raises(ProblemError) as caught:
        answer({"query": "[?", "roles": ["mailbx"], "port": [70000]})
    assert {problem.variable for problem in caught.value.problems} == {"query", "roles", "port"}


def test_changing_an_answer_does_not_change_the_next():
    options = {"flow": ["edgesync-50636"]}
    first = answer(options)
    first[0]["ports"].append("1")
    first.clear()
    assert answer(options)[0]["ports"] == ["50636"]


def test_a_list_in_a_list_is_what_a_lookup_makes_of_one_list():
    assert ids(flow=[["uls-522", "irc-ssl-994"]]) == ids(flow=["uls-522", "irc-ssl-994"]) == ["irc-ssl-994", "uls-522"]


def test_over_a_hundred_choices_are_counted_and_not_listed():
    with pytest.raises(ProblemError) as caught:
        answer({"flow": ["edgesync-50637"]})
    (problem,) = caught.value.problems
    assert "did you mean 'edgesync-50636'?" in problem.text
    assert "of them in catalog/flows" in problem.text and len(problem.text) < 140


def test_a_missing_jmespath_is_a_problem_and_only_where_it_is_needed(monkeypatch):
    monkeypatch.setitem(sys.modules, "jmespath", None)
    assert answer({"port": [994], "version": ["2000"]})
    with pytest.raises(ProblemError) as caught:
        answer({"port": [994], "version": ["2000"], "query": "[?missing_package]"})
    assert [problem.code for problem in caught.value.problems] == ["no-jmespath"]


def test_facts_answer_in_place_of_flows():
    found = whole_answer({"about": "services", "version": ["2019"], "roles": ["mailbox"], "port": [475]})
    assert set(found) == {"facts"} and found["facts"]
    assert answer({"about": "keywords"})[0]["id"] == "rpc"
    engines = answer({"about": "inspection", "vendor": "cisco_asa", "query": "[].engine"})
    assert "inspect dcerpc" in engines and "inspect esmtp" in engines


REFUSED_FACTS = {
    "unknown vendor": ({"about": "inspection", "vendor": ["cisco_aas"]}, "vendor: 'cisco_aas' is not known"),
    "an option that means nothing": ({"about": "keywords", "version": ["2019"]}, "version: is for flows"),
    "vendors of flows": ({"vendor": ["cisco_asa"]}, "vendor: flows know no vendors"),
    "text of facts": ({"about": "services", "as_text": True}, "as_text: is for flows"),
}


@pytest.mark.parametrize("case", REFUSED_FACTS)
def test_what_facts_cannot_answer_is_told(case):
    options, words = REFUSED_FACTS[case]
    with pytest.raises(ProblemError) as told:
        whole_answer(options)
    assert words in told.value.message()

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever stands in these variables, or in the file that one of them names: problems that name both, never a crash."""

from __future__ import annotations

import json

from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.build import build_plan
from ansible_collections.msexchange.firewall.plugins.plugin_utils.topology.read import read_topology
from fleet import PLATFORMS, inputs, mailbox, party
from hypothesis import given, settings
from hypothesis import strategies as st

WORDS = ["", "10.0.0.1", "10.0.1.1", "203.0.113.5", "::1", "2001:db8::9", "10.0.0.0/8", "x; drop", "$(id)", "{{ 7 }}"]
WORDS += ["a\nb", "endpoints.json", "2026-11-01", "Exchange", "\ud800", "yes"]
OWN_KEYS = ["file", "date", "version", "version_file", "service_areas", "ips", "serviceArea", "latest"]
KEYS = st.sampled_from([*WORDS, *OWN_KEYS])
PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(WORDS)
ANYTHING = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=6
)
VARIABLES = ["virtual_addresses", "published_addresses", "keeps_client_address"]
QUIET = settings(deadline=None, derandomize=True, max_examples=150)


@settings(QUIET)
@given(st.dictionaries(st.sampled_from(VARIABLES), ANYTHING), st.dictionaries(st.sampled_from(VARIABLES), ANYTHING))
def test_any_value_of_a_host(small, of_server, of_balancer):
    hosts = {"a": mailbox(1, **of_server), "lb": {**party("load_balancer", "10.0.1.1"), **of_balancer}}
    topology, problems = read_topology(inputs(hosts), small, PLATFORMS)
    build_plan(small, topology)
    for problem in problems:
        assert problem.host in hosts and problem.variable.removeprefix("exchange_") in VARIABLES
        assert "\n" not in problem.text


@settings(QUIET)
@given(ANYTHING, ANYTHING | st.lists(st.dictionaries(KEYS, ANYTHING)), st.binary(max_size=30))
def test_any_value_of_the_endpoints_and_any_file(small, said, content, junk):
    files = {"endpoints.json": json.dumps(content).encode(), "2026-11-01": junk}

    def read_file(name):
        if name not in files:
            raise FileNotFoundError(name)
        return files[name]

    dated = {"file": "endpoints.json", "date": "2026-11-01"}
    for value in (said, dated, {"file": "2026-11-01", "version": 2026110100}):
        given_now = inputs({"a": mailbox(1)}, {"online_endpoints": value})
        _topology, problems = read_topology(given_now, small, PLATFORMS, read_file=read_file)
        for problem in problems:
            assert (problem.host, problem.variable) == ("a", "exchange_online_endpoints")
            assert len(problem.text) < 1000 and "\n" not in problem.text

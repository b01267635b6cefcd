# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever stands in the variables of own flows: a sentence that names host and variable, and never a traceback."""

from __future__ import annotations

from datetime import date

from fleet import RELAY, mailbox, topology_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

TODAY = date(2030, 6, 15)
HOSTILE = ["", " ", "a\nb", '"; flush ruleset; {', "$(reboot)", "{{ x }}", "mailbox", "tcp", "2030-06-15", "25-1", "é"]
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-5, 70000), st.floats(), st.sampled_from(HOSTILE), st.text())
FIELDS = st.sampled_from([*RELAY, "follows", "features", "sources", "expiry", "boundary", "parties", "versions", "x"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(FIELDS, inner, max_size=3)),
    max_leaves=6,
)
FLOWS = st.dictionaries(FIELDS, VALUES, max_size=4).map(lambda more: {**RELAY, **more})
SETTINGS = st.dictionaries(st.sampled_from(["enabled", "ports", "reason", "owner", "expiry", "x"]), VALUES, max_size=4)
IDS = st.sampled_from(["client-443", "chat-tls", "whole-servers", "inside-135", "probe-1080", "", "x y"])
FLEETS = st.fixed_dictionaries(
    {},
    optional={
        "extra_flows": st.one_of(st.lists(st.one_of(FLOWS, VALUES), max_size=3), VALUES),
        "flow_overrides": st.one_of(st.dictionaries(IDS, st.one_of(SETTINGS, VALUES), max_size=3), VALUES),
        "expected_servers": VALUES,
    },
)
QUIET = settings(deadline=None, derandomize=True, max_examples=400, suppress_health_check=list(HealthCheck))


@settings(QUIET)
@given(FLEETS)
def test_a_sentence_and_never_a_traceback(fleet):
    topology, problems = topology_of({"a": mailbox(1)}, fleet, today=TODAY)
    for problem in problems:
        assert problem.host == "a" and problem.variable.removeprefix("exchange_") in fleet, problem
        assert problem.text.endswith((".", "!")) and "\n" not in problem.text and len(problem.text) < 4000, problem
    assert all("\n" not in warning for warning in topology.warnings)

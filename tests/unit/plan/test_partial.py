# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A part of an inventory is noticed where anything tells of it, and a slice of an AWX job never becomes a plan."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.awx import Job, job_of
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.fleet import compute
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.partial import (
    group_doubts,
    slice_problems,
    with_doubts,
)
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.store import Options
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms import nftables
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.shrink import Leave, shrink_problems
from ansible_collections.msexchange.firewall.plugins.plugin_utils.problems import ProblemError
from slices import closed, job_slice, job_slices, organization, smart

PLATFORMS = {"nftables": "nftables"}
AWX = {"awx_job_id": 7, "awx_job_template_id": 3, "awx_job_template_name": "Exchange", "awx_inventory_name": "all"}
SLICED = {**AWX, "awx_workflow_job_id": 6, "awx_workflow_job_name": "Exchange"}
IN_A_WORKFLOW = {**AWX, "awx_workflow_job_id": 6, "awx_workflow_job_name": "Every night"}


def plan(given, variables=None):
    return with_doubts(given, variables or {}, lambda: compute(given, Options(), PLATFORMS))


def problems(given, variables=None):
    with pytest.raises(ProblemError) as caught:
        plan(given, variables)
    return caught.value.problems


def test_a_job_is_known_by_either_prefix():
    assert job_of({}) is None and job_of({"awx_job_template_name": "x"}) is None
    old = {name.replace("awx_", "tower_"): value for name, value in SLICED.items()}
    assert job_of(SLICED) == job_of(old) == Job("Exchange", "Exchange")
    assert job_of(SLICED).is_slice and not job_of(IN_A_WORKFLOW).is_slice and not job_of(AWX).is_slice
    assert not job_of({"awx_job_id": 1}).is_slice


def test_of_a_hundred_slices_none_becomes_a_plan():
    would_close = 0
    for whole, part in job_slices(100):
        (before,) = plan(whole).slices
        found = problems(part, SLICED)
        assert "job-slice" in {problem.code for problem in found}
        try:
            after = plan(part).slices
        except ProblemError:
            continue  # nothing could be made of it anyway
        would_close += any(closed(before, cut) for cut in after)
    assert would_close >= 10, "these slices would have done no harm, so they prove nothing"


def sets(part):
    return nftables.address_sets(nftables.wanted(part.whole(), "enforce"))


def test_what_a_slice_would_close_the_gateway_refuses_also_outside_of_awx():
    refused = 0
    for whole, part in job_slices(100):
        (before,) = plan(whole).slices
        try:
            after = plan(part).slices
        except ProblemError:
            continue  # no plan, so nothing is closed
        for cut in after:
            lost = closed(before, cut)
            if lost:
                told = shrink_problems(cut, sets(before), sets(cut), Leave((), frozenset()), nftables.spoken)
                assert told, f"nobody would be told of {sorted(lost)[:3]}"
                refused += 1
    assert refused >= 10


def test_a_slice_is_every_nth_host_by_name_and_each_host_is_in_one():
    whole = organization(4)
    parts = [job_slice(whole, number, 3) for number in (1, 2, 3)]
    assert sorted(source.name for part in parts for source in part) == sorted(source.name for source in whole)
    assert [source.name for source in parts[0]] == sorted(source.name for source in whole)[::3]


def test_an_empty_list_and_one_of_another_organization_name_nobody():
    whole = organization(1)
    empty = [replace(s, variables={**s.variables, "exchange_expected_servers": []}) for s in whole]
    other = {"exchange_organization": "lab", "exchange_expected_servers": ["x1"]}
    lab = replace(whole[0], name="x1", variables={**whole[0].variables, **other})
    for given in (empty, [*whole, lab]):
        assert [problem.code for problem in slice_problems(given, Job("site", "site"))] == ["job-slice"]


def test_servers_that_are_named_decide_better_than_a_name_does():
    whole = organization(1)
    named = [replace(s, variables={**s.variables, "exchange_expected_servers": ["mbx1"]}) for s in whole]
    assert plan(named, SLICED).plan.warnings == plan(named).plan.warnings
    (problem,) = problems(whole, SLICED)
    assert "name all servers in exchange_expected_servers" in problem.text and "'Exchange'" in problem.text


def test_what_a_job_does_not_see_is_said_and_changes_no_digest():
    whole = organization(2)
    plain, job = plan(whole).plan, plan(whole, IN_A_WORKFLOW).plan
    assert job.digest == plain.digest and job.rules == plain.rules
    (said,) = set(job.warnings) - set(plain.warnings)
    assert f"AWX gave this job {len(whole)} hosts" in said and "7" not in said.replace(str(len(whole)), "")


def test_a_smart_inventory_has_no_groups():
    found = {problem.code: str(problem) for problem in problems(smart(organization(3)))}
    assert "no host of this inventory is in any group" in found["part-of-inventory"]
    assert found["part-of-inventory"].startswith("exchange_role_groups: it names edge_servers and mailbox_servers")


def test_a_group_that_lost_all_of_its_hosts_is_named():
    whole = [source for source in organization(5) if not source.name.startswith("edge")]
    (said,) = plan(whole).plan.warnings[-1:]
    assert said.startswith("exchange_role_groups: no host of this inventory is in the group edge_servers")
    assert not list(group_doubts(organization(5)))


@pytest.mark.parametrize("table", [None, [], "mailbox_servers", {"all": ["mailbox"]}, {1: ["mailbox"]}])
def test_tables_of_any_shape_can_be_looked_at(table):
    whole = [replace(s, variables={**s.variables, "exchange_role_groups": table}) for s in organization(6)]
    expected = ["1"] if table == {1: ["mailbox"]} else []
    assert [text.partition("the group ")[2].partition(";")[0] for _variable, text in group_doubts(whole)] == expected

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signs that the inventory holds only a part of the fleet: a plan of a part would take the others' rules away.

AWX and Automation Platform give a job only the hosts that are enabled, in a sliced job only every n-th of them, and in
a smart inventory no groups at all. None of this is told to the playbook; what is written here can be concluded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..problems import Problem, ProblemError
from ..topology.models import HostInput
from ..words import some_of
from .awx import Job, job_of
from .fleet import Fleet

GROUP_VARIABLES = ("exchange_role_groups", "exchange_feature_groups", "exchange_party_groups")
# names all servers, so that a missing one is a problem of its own
EXPECTED = "exchange_expected_servers"
_OF_EVERY_INVENTORY = {"all", "ungrouped"}


def slice_problems(inputs: Sequence[HostInput], job: Job | None) -> list[Problem]:
    """A slice is refused: no plan of it is right. Where all servers are named, that decides better than a name does."""
    if job is None or not job.is_slice or _names_servers(inputs):
        return []
    text = (
        f"this is taken for a slice of the job template {job.template!r}, since its workflow has the template's name; "
        "a slice has only a part of the hosts, and the rules of all others would go. Set job_slice_count of the "
        f"template to 1, or, where the workflow is your own, rename it or name all servers in {EXPECTED}."
    )
    return [Problem("job-slice", "", "awx_workflow_job_name", text)]


def _names_servers(inputs: Sequence[HostInput]) -> bool:
    """Whether every organization with a server names its servers; an empty list names none."""

    def organizations(variable: str) -> set[str]:
        having = [source.variables for source in inputs if source.variables.get(variable)]
        return {str(variables.get("exchange_organization") or "default") for variables in having}

    named = organizations(EXPECTED)
    return bool(named) and organizations("exchange_version") <= named


def group_doubts(inputs: Sequence[HostInput]) -> Iterable[tuple[str, str]]:
    """(variable, sentence) where groups are named that no host is in."""
    there = {group for source in inputs for group in source.groups} - _OF_EVERY_INVENTORY
    for variable in GROUP_VARIABLES:
        tables = [source.variables.get(variable) for source in inputs]
        named = {str(group) for table in tables if isinstance(table, dict) for group in table} - _OF_EVERY_INVENTORY
        lost = sorted(named - there)
        if lost and there:
            what = "group" if len(lost) == 1 else "groups"
            text = f"no host of this inventory is in the {what} {some_of(lost)}; is it whole, and is the name right?"
            yield variable, text
        elif lost:
            text = (
                f"it names {some_of(lost)}, but no host of this inventory is in any group; a smart inventory of AWX "
                "has none, so take the inventory that it is made of."
            )
            yield variable, text


def with_doubts(inputs: Sequence[HostInput], variables: Mapping[str, Any], make: Callable[[], Fleet]) -> Fleet:
    """The fleet with what makes its inventory doubtful as warnings; beside other problems the same as problems."""
    job = job_of(variables)
    refused, found = slice_problems(inputs, job), list(group_doubts(inputs))
    more = [Problem("part-of-inventory", "", variable, text) for variable, text in found]
    try:
        fleet = make()
    except ProblemError as error:
        known = {problem.variable for problem in error.problems}  # what is wrong with a table comes first
        beside = [problem for problem in more if problem.variable not in known]
        raise ProblemError([*error.problems, *refused, *beside]) from None
    if refused:
        raise ProblemError(refused)
    warnings = [str(problem) for problem in more]
    if job is not None and not _names_servers(inputs):
        warnings.append(
            f"AWX gave this job {len(inputs)} hosts, without those that are disabled there; only {EXPECTED}, which "
            "names all servers, could tell that one is missing."
        )
    return replace(fleet, plan=replace(fleet.plan, warnings=(*fleet.plan.warnings, *warnings)))

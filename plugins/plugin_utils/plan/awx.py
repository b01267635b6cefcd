# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWX and Automation Platform tell a job of itself, in extra variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: every job gets its variables with both prefixes; older releases know the second one only
PREFIXES = ("awx_", "tower_")


@dataclass(frozen=True)
class Job:
    """What a job of AWX or Automation Platform knows of itself."""

    template: str = ""
    workflow: str = ""

    @property
    def is_slice(self) -> bool:
        """AWX turns a sliced job template into a workflow of the slices, which has the template's name."""
        return bool(self.template) and self.template == self.workflow


def job_variable(variables: Mapping[str, Any], name: str) -> str:
    """``job_id`` of ``awx_job_id`` or ``tower_job_id``; empty outside of AWX."""
    found = (variables.get(prefix + name) for prefix in PREFIXES)
    return next((str(value) for value in found if value not in (None, "")), "")


def job_of(variables: Mapping[str, Any]) -> Job | None:
    """The job that runs this, None outside of AWX."""
    if not job_variable(variables, "job_id"):
        return None
    return Job(job_variable(variables, "job_template_name"), job_variable(variables, "workflow_job_name"))

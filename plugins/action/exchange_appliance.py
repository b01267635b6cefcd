# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders, compares, applies and confirms a device's slice of the plan; and the action for appliances."""

from __future__ import annotations

import socket
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible_collections.msexchange.firewall.plugins.action.exchange_plan import (
    PLAN_SPEC,
    PlanAction,
    run_of,
    standings,
)
from ansible_collections.msexchange.firewall.plugins.plugin_utils.edge.devices import DEVICES
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.models import Slice
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.serial import slice_from
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms import approval
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.applying import (
    CONFIRMED,
    Change,
    DeviceError,
    DeviceSilent,
    carry_out,
)
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.checks import checked, refuse_pending
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.models import MODES, Changes
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.options import option_problems
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.registry import driver, role_of
from ansible_collections.msexchange.firewall.plugins.plugin_utils.problems import Problem, ProblemError
from ansible_collections.msexchange.firewall.plugins.plugin_utils.report import records
from ansible_collections.msexchange.firewall.plugins.plugin_utils.report.files import write_file
from ansible_collections.msexchange.firewall.plugins.plugin_utils.report.unseen import not_compared, seen
from ansible_collections.msexchange.firewall.plugins.plugin_utils.words import word_list

#: what every device takes
DEVICE_SPEC = {
    **PLAN_SPEC,
    "state": {"type": "str", "choices": ["present", "absent", "rendered"], "default": "present"},
    "mode": {"type": "str", "choices": list(MODES), "default": "add"},
    "may_go": {"type": "list", "elements": "str", "default": []},
    "save_to": {"type": "path"},
    "approved_digest": {"type": "str"},
    "approved_directory": {"type": "path"},
    "record_directory": {"type": "path"},
}
SPEC = {
    **DEVICE_SPEC,
    "rollback_seconds": {"type": "int", "default": 60},
    "directory": {"type": "path", "default": "/var/lib/msexchange-firewall"},
    "boot_unit": {"type": "path", "default": "/etc/systemd/system/msexchange-firewall.service"},
}


class DeviceAction(PlanAction):
    """What it takes to bring a device to its slice, whatever its platform; the core decides, and this is its edge."""

    _supports_check_mode = True
    SPEC: Mapping[str, Any]
    SECONDS: str  # the option that says how long a device waits
    KIND: str  # what a sentence calls those that have rules of this kind
    NO_DEVICE: str  # why a host is skipped

    def owners(self, summary: Mapping[str, Any], host: str) -> Collection[str]:
        """Those that have rules of this kind, as far as they matter to this task."""
        raise NotImplementedError

    def part_of(self, mine: Mapping[str, Any], host: str) -> Slice | None:
        """The host's slice; None where it has none."""
        raise NotImplementedError

    def left_alone(self, _part: Slice, _arguments: Mapping[str, Any], _attempt: records.Attempt) -> dict[str, Any]:
        """The result for a device that nobody applies rules to; nothing where somebody does."""
        return {}

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _result, arguments = self.validate_argument_spec(dict(self.SPEC))
        host = task_vars["inventory_hostname"]
        options = self.plan_options(arguments, option_problems(host, arguments))
        summary, mine, first = self.ensure_plan(options, task_vars)
        if arguments["state"] != "rendered":
            self.refuse_elsewhere(self.owners(summary, host), self.KIND, task_vars)
        part = self.part_of(mine, host)
        if part is None:
            return {"changed": False, "skipped": True, "skip_reason": self.NO_DEVICE}
        attempt = self._attempt(part, arguments, task_vars)
        try:
            result = self._result(part, arguments, task_vars, attempt)
        except ProblemError as error:
            self._ended(attempt, records.REFUSED, error.message(), "the controller")
            raise AnsibleActionFail(error.message()) from None
        except DeviceError as error:
            self._ended(attempt, records.UNREADABLE, str(error))
            if isinstance(error.__cause__, AnsibleConnectionFailure):
                raise AnsibleConnectionFailure(str(error)) from None
            raise AnsibleActionFail(str(error), result=getattr(error.__cause__, "result", None)) from None
        result["warnings"] = [*(summary["warnings"] if first else ()), *result.get("warnings", ())]
        return {"changed": False, "digest": summary["digest"], "mode": arguments["mode"], **result}

    def _result(
        self, part: Slice, arguments: Mapping[str, Any], task_vars: Mapping[str, Any], attempt: records.Attempt
    ) -> dict[str, Any]:
        self._refuse_unapproved_plan(part, arguments)
        left = self.left_alone(part, arguments, attempt)
        if left:
            return left
        if arguments["state"] == "rendered":
            return self.rendered(part, arguments)
        return self._live(part, arguments, task_vars, attempt)

    def _attempt(self, part: Slice, arguments: Mapping[str, Any], task_vars: Mapping[str, Any]) -> records.Attempt:
        job, user = records.who_runs(task_vars)
        record = records.Record(
            device=part.host,
            platform=part.platform,
            **{name: arguments[name] for name in ("state", "mode", "may_go")},
            plan=part.digest,
            run=run_of(self._task),
            job=job,
            user=user or records.local_user(),
            controller=socket.gethostname(),
            approved={name: arguments[name] for name in ("approved_digest", "approved_directory") if arguments[name]},
        )
        directory = "" if self._task.check_mode else arguments["record_directory"] or ""
        return records.Attempt(record, directory, standings(), f"{role_of(part.platform)}_record_directory")

    def _ended(self, attempt: records.Attempt, *how: Any) -> None:
        if self._task.args.get("state") != "rendered":
            warning = attempt.end(*how)
            if warning:
                self._display.warning(warning)

    def _refuse_unapproved_plan(self, part: Slice, arguments: Mapping[str, Any]) -> None:
        """Before any device is asked: every one of them sees the same plan, and refuses it."""
        role = role_of(part.platform)
        problems = approval.plan_problems(part.host, part.digest, arguments["approved_digest"] or "", role)
        directories = (arguments["approved_directory"] or "", arguments["save_to"] or "")
        problems += approval.directory_problems(part.host, *directories, role)
        if problems:
            raise ProblemError(problems)

    def rendered(self, part: Slice, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The whole configuration as a file on the controller; no device is needed."""
        platform = driver(part.platform)
        ending, text = platform.rendered(platform.plan_for(part.whole(), arguments), part)
        path = Path(arguments["save_to"]) / f"{records.safe_name(part.host)}.{ending}"
        before = path.read_bytes().decode("utf-8") if path.exists() else ""
        if before != text and not self._task.check_mode:
            write_file(path, text)
        diff = {"before": before, "after": text, "before_header": str(path), "after_header": str(path)}
        return {"changed": before != text, "path": str(path), "diff": diff}

    def _live(
        self, part: Slice, arguments: Mapping[str, Any], task_vars: Mapping[str, Any], attempt: records.Attempt
    ) -> dict[str, Any]:
        platform = driver(part.platform)
        if part.platform not in DEVICES:
            text = f"{part.platform} can be rendered, not applied (that can {word_list(DEVICES)}); use state rendered."
            raise ProblemError([Problem("render-only", part.host, "exchange_platform", text)])
        device = DEVICES[part.platform](self, arguments, task_vars)
        present = arguments["state"] == "present"
        wanted = platform.plan_for(part.whole(), arguments) if present else platform.ABSENT
        try:
            facts = device("read", **platform.to_read(wanted))
        except DeviceSilent as error:  # who answers and only cannot run a module is not out of reach
            if not self._task.check_mode or not isinstance(error.__cause__, AnsibleConnectionFailure):
                raise
            self._ended(attempt, records.NOT_COMPARED, str(error))
            _ending, text = platform.rendered(wanted, part)
            return not_compared(part.host, platform, wanted, text, arguments["save_to"], str(error))
        attempt.saw(facts)
        refuse_pending(part, facts)
        warnings = []
        if present:
            wanted = platform.plan_for(part.whole(), arguments, facts)
        changes = platform.compared(facts, wanted)
        if present:
            warnings = checked(part, platform, facts, wanted, changes, arguments["mode"], arguments["may_go"])
        lines = platform.script(changes.operations)
        self._review(part, arguments, facts, changes, lines)
        result = _described(part, changes)
        result["changed"] = bool(changes) or facts["persisted"] != (facts["fingerprint"] if present else "")
        held = {"before": attempt.held, "after": attempt.held if changes else part.digest if present else ""}
        result |= {"holds": held, "warnings": [*facts["notices"], *warnings]}
        if self._task.check_mode or not result["changed"]:
            self._ended(attempt, records.COMPARED if changes else records.UNCHANGED)
            return result
        attempt.begin(result["counts"], lines)
        change = Change(platform, changes, wanted, facts, part.managed, arguments[self.SECONDS], part.digest)
        notices = self._apply(change, device, attempt)
        held["after"] = part.digest if present else ""
        return {**result, "confirmed": True, "warnings": [*result["warnings"], *notices]}

    def _review(
        self, part: Slice, arguments: Mapping[str, Any], facts: Mapping[str, Any], changes: Changes, lines: str
    ) -> None:
        """Refuses what nobody approved, and keeps what somebody may approve."""
        name = records.safe_name(part.host)
        intent = approval.Intent(
            *(part.host, part.platform, arguments["state"], arguments["mode"], part.digest),
            *(facts["fingerprint"], approval.text_digest(lines)),
        )
        if arguments["approved_directory"] and (changes or (intent.state == "absent" and facts["persisted"])):
            path = Path(arguments["approved_directory"]) / f"{name}{approval.ENDING}"
            problems = approval.intent_problems(intent, path)
            if problems:
                raise ProblemError(problems)
        if not arguments["save_to"]:
            return
        folder = Path(arguments["save_to"])
        write_file(folder / f"{name}.send", lines)
        undo = "" if changes.undo is None else driver(part.platform).script(changes.undo)
        write_file(folder / f"{name}.undo", undo)
        seen(part.host, arguments["save_to"])
        if self._task.check_mode:
            write_file(folder / f"{name}{approval.ENDING}", approval.approval_text(intent, records.utc_now()))

    def _apply(self, change: Change, device: Any, attempt: records.Attempt) -> tuple[str, ...]:
        """The core does it; afterwards the task goes on over the connection that it began with."""
        used = self._connection
        try:
            ending = carry_out(change, device)
        finally:
            self._connection = used
        if not ending.reachable:
            used._shell.tmpdir = None  # nobody can tidy up there now, and trying would hide what is said here
        self._ended(attempt, ending.outcome, ending.text, ending.by, ending.fingerprint)
        if ending.outcome != CONFIRMED:
            raise AnsibleActionFail(ending.text)
        return ending.notices


class ActionModule(DeviceAction):
    SPEC = SPEC
    SECONDS = "rollback_seconds"
    KIND = "gateway"
    NO_DEVICE = "The host has no exchange_zones, so it is no appliance."

    def owners(self, summary: Mapping[str, Any], host: str) -> Collection[str]:
        return summary["gateways"]

    def part_of(self, mine: Mapping[str, Any], host: str) -> Slice | None:
        return slice_from(mine["slice"]) if "slice" in mine else None


def _described(part: Slice, changes: Changes) -> dict[str, Any]:
    """The difference for people, the counts for machines."""
    name = f"{part.host} {part.platform}"
    return {
        "compared": True,
        "counts": {"add": len(changes.add), "change": len(changes.change), "remove": len(changes.remove)},
        "diff": {
            "before": changes.before,
            "after": changes.after,
            "before_header": f"{name} (now)",
            "after_header": f"{name} (plan)",
        },
    }

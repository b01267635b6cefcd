# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders, compares, applies and confirms an appliance's slice of the plan."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure, AnsibleError
from ansible.plugins.loader import connection_loader
from ansible_collections.msexchange.firewall.plugins.action.exchange_plan import (
    PLAN_SPEC,
    PlanAction,
    run_of,
    standings,
)
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.models import Slice
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.serial import slice_from
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms import approval
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.applying import (
    CONFIRMED,
    Change,
    DeviceError,
    DeviceSilent,
    Ending,
    carry_out,
)
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.checks import checked, refuse_pending
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.models import MODES, Changes
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.options import option_problems
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.registry import driver
from ansible_collections.msexchange.firewall.plugins.plugin_utils.problems import Problem, ProblemError
from ansible_collections.msexchange.firewall.plugins.plugin_utils.report import records
from ansible_collections.msexchange.firewall.plugins.plugin_utils.report.files import write_file
from ansible_collections.msexchange.firewall.plugins.plugin_utils.report.unseen import not_compared, seen
from ansible_collections.msexchange.firewall.plugins.plugin_utils.words import word_list

SPEC = {
    **PLAN_SPEC,
    "state": {"type": "str", "choices": ["present", "absent", "rendered"], "default": "present"},
    "mode": {"type": "str", "choices": list(MODES), "default": "add"},
    "may_go": {"type": "list", "elements": "str", "default": []},
    "save_to": {"type": "path"},
    "approved_digest": {"type": "str"},
    "approved_directory": {"type": "path"},
    "record_directory": {"type": "path"},
    "rollback_seconds": {"type": "int", "default": 60},
    "directory": {"type": "path", "default": "/var/lib/msexchange-firewall"},
    "boot_unit": {"type": "path", "default": "/etc/systemd/system/msexchange-firewall.service"},
}
# no connection of before may be used, and one that is cut in the middle is noticed within ten seconds
_FRESH_SSH = (
    "-o ControlMaster=no -o ControlPath=none -o ConnectTimeout=5 -o ServerAliveInterval=3 -o ServerAliveCountMax=2"
)


class NftablesDevice:
    """A Linux gateway, reached by whatever connection its host has, through the module nftables_table."""

    def __init__(self, action: ActionModule, arguments: Mapping[str, Any], task_vars: Mapping[str, Any]) -> None:
        self.action = action
        self.first = action._connection
        self.task_vars = task_vars
        self.files = {name: arguments[name] for name in ("directory", "boot_unit")}

    def __call__(self, operation: str, **options: Any) -> dict[str, Any]:
        with _device_errors():
            result = self.action._execute_module(
                module_name="msexchange.firewall.nftables_table",
                module_args={"operation": operation, **self.files, **options},
                task_vars=self.task_vars,
            )
            if result.get("unreachable"):
                raise AnsibleConnectionFailure(result.get("msg", "unreachable"))
            if result.get("failed"):
                raise AnsibleActionFail(result.get("msg", f"{operation} failed"), result=result)
            return result

    def renew(self) -> None:
        with _device_errors():
            self.action._connection = self.action._fresh_connection(self.first)

    def drop(self) -> None:
        """A master connection that was cut would let every later step of this task wait for minutes."""
        with _device_errors():
            self.first.reset()


@contextmanager
def _device_errors() -> Iterator[None]:
    """Ansible's errors as the core knows them; the first ones stay their cause."""
    try:
        yield
    except AnsibleConnectionFailure as error:
        raise DeviceSilent(str(error)) from error
    except AnsibleError as error:
        result = getattr(error, "result", None) or {}
        # a module that was ended in the middle leaves its raw output instead of a result
        unsure = "module_stdout" in result or result.get("still_loaded")
        raise (DeviceSilent if unsure else DeviceError)(str(error)) from error


#: platforms that can be applied, not only rendered
DEVICES: dict[str, Callable[..., Any]] = {"nftables": NftablesDevice}


class ActionModule(PlanAction):
    _supports_check_mode = True

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _result, arguments = self.validate_argument_spec(SPEC)
        options = self.plan_options(arguments, option_problems(task_vars["inventory_hostname"], arguments))
        summary, mine, first = self.ensure_plan(options, task_vars)
        if arguments["state"] != "rendered":
            self._refuse_elsewhere(summary["gateways"], task_vars)
        if "slice" not in mine:
            return {
                "changed": False,
                "skipped": True,
                "skip_reason": "The host has no exchange_zones, so it is no appliance.",
            }
        part = slice_from(mine["slice"])
        attempt = self._attempt(part, arguments, task_vars)
        try:
            self._refuse_unapproved_plan(part, arguments)
            if arguments["state"] == "rendered":
                result = self._rendered(part, arguments)
            else:
                result = self._live(part, arguments, task_vars, attempt)
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
        return records.Attempt(record, directory, standings())

    def _ended(self, attempt: records.Attempt, *how: Any) -> None:
        if self._task.args.get("state") != "rendered":
            warning = attempt.end(*how)
            if warning:
                self._display.warning(warning)

    def _refuse_unapproved_plan(self, part: Slice, arguments: Mapping[str, Any]) -> None:
        """Before any device is asked: every one of them sees the same plan, and refuses it."""
        problems = approval.plan_problems(part.host, part.digest, arguments["approved_digest"] or "")
        directories = (arguments["approved_directory"] or "", arguments["save_to"] or "")
        problems += approval.directory_problems(part.host, *directories)
        if problems:
            raise ProblemError(problems)

    def _rendered(self, part: Slice, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The whole configuration as a file on the controller; no device is needed."""
        platform = driver(part.platform)
        text = platform.render(platform.wanted(part.whole(), arguments["mode"]))
        path = Path(arguments["save_to"]) / f"{records.safe_name(part.host)}.{part.platform}"
        before = path.read_text(encoding="utf-8") if path.exists() else ""
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
        try:
            facts = device("read")
        except DeviceSilent as error:  # who answers and only cannot run a module is not out of reach
            if not self._task.check_mode or not isinstance(error.__cause__, AnsibleConnectionFailure):
                raise
            self._ended(attempt, records.NOT_COMPARED, str(error))
            wanted = platform.wanted(part.whole(), arguments["mode"]) if present else platform.ABSENT
            return not_compared(part.host, platform, wanted, arguments["save_to"], str(error))
        attempt.saw(facts)
        wanted, warnings = platform.ABSENT, []
        refuse_pending(part, facts)
        if present:
            wanted, warnings = checked(part, platform, facts, arguments["mode"], arguments["may_go"])
        changes = platform.changes(platform.parse(facts["table"]), wanted)
        lines = platform.script(changes.operations)
        self._review(part, arguments, facts, changes, lines)
        result = _described(part, platform, changes)
        result["changed"] = bool(changes) or facts["persisted"] != (facts["fingerprint"] if present else "")
        held = {"before": attempt.held, "after": attempt.held if changes else part.digest if present else ""}
        result |= {"holds": held, "warnings": [*facts["notices"], *warnings]}
        if self._task.check_mode or not result["changed"]:
            self._ended(attempt, records.COMPARED if changes else records.UNCHANGED)
            return result
        attempt.begin(result["counts"], lines)
        change = Change(platform, changes, wanted, facts, part.managed, arguments["rollback_seconds"], part.digest)
        ending = self._apply(change, device)
        self._ended(attempt, ending.outcome, ending.text, ending.by, ending.fingerprint)
        if ending.outcome != CONFIRMED:
            raise AnsibleActionFail(ending.text)
        held["after"] = part.digest if present else ""
        return {**result, "confirmed": True, "warnings": [*result["warnings"], *ending.notices]}

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

    def _apply(self, change: Change, device: NftablesDevice) -> Ending:
        """The core does it; afterwards the task goes on over the connection that it began with."""
        used = self._connection
        try:
            ending = carry_out(change, device)
        finally:
            self._connection = used
        if not ending.reachable:
            used._shell.tmpdir = None  # nobody can tidy up there now, and trying would hide what is said here
        return ending

    def _fresh_connection(self, old: Any) -> Any:
        """A new connection with a new login: nothing that was open before the change may carry the confirmation."""
        connection = connection_loader.get(
            old._load_name,
            self._play_context,
            new_stdin=None,
            task_uuid=self._task._uuid,
            ansible_playbook_pid=str(os.getppid()),
        )
        connection._options = dict(old._options)
        connection._shell = copy(old._shell)
        connection._shell.tmpdir = None
        connection.set_become_plugin(old.become)
        if old._load_name.rsplit(".", 1)[-1] == "ssh":
            # the first of two equal options counts for ssh, so these go ahead of what the user has
            connection.set_option("ssh_args", f"{_FRESH_SSH} {old.get_option('ssh_args') or ''}".strip())
            # one login for a module instead of four; with sudo that depends on the gateway's settings
            connection.set_option("pipelining", bool(old.get_option("pipelining") or old.become is None))
        return connection


def _described(part: Slice, platform: Any, changes: Changes) -> dict[str, Any]:
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

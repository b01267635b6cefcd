# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders, compares, applies and confirms an appliance's slice of the plan."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure, AnsibleError
from ansible.plugins.loader import connection_loader
from ansible_collections.msexchange.firewall.plugins.action.exchange_plan import PLAN_SPEC, PlanAction
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.lockout import lockout_problems
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.models import Slice
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.serial import slice_from
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.applying import (
    CONFIRMED,
    Change,
    DeviceError,
    DeviceSilent,
    Ending,
    carry_out,
)
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.models import MODES, Changes
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.registry import driver
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.shrink import read_leave, shrink_problems
from ansible_collections.msexchange.firewall.plugins.plugin_utils.problems import Problem, ProblemError
from ansible_collections.msexchange.firewall.plugins.plugin_utils.report.files import write_file
from ansible_collections.msexchange.firewall.plugins.plugin_utils.words import word_list

SPEC = {
    **PLAN_SPEC,
    "state": {"type": "str", "choices": ["present", "absent", "rendered"], "default": "present"},
    "mode": {"type": "str", "choices": list(MODES), "default": "add"},
    "may_go": {"type": "list", "elements": "str", "default": []},
    "save_to": {"type": "path"},
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
        # a module that was ended in the middle leaves its raw output instead of a result
        raw = "module_stdout" in (getattr(error, "result", None) or {})
        raise (DeviceSilent if raw else DeviceError)(str(error)) from error


#: platforms that can be applied, not only rendered
DEVICES: dict[str, Callable[..., Any]] = {"nftables": NftablesDevice}


class ActionModule(PlanAction):
    _supports_check_mode = True

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _result, arguments = self.validate_argument_spec(SPEC)
        options = self.plan_options(arguments)
        summary, mine, first = self.ensure_plan(options, task_vars)
        if "slice" not in mine:
            return {
                "changed": False,
                "skipped": True,
                "skip_reason": "The host has no exchange_zones, so it is no appliance.",
            }
        part = slice_from(mine["slice"])
        try:
            result = (
                self._rendered(part, arguments)
                if arguments["state"] == "rendered"
                else self._live(part, arguments, task_vars)
            )
        except ProblemError as error:
            raise AnsibleActionFail(error.message()) from error
        except DeviceError as error:
            raise error.__cause__ or AnsibleActionFail(str(error)) from None
        result["warnings"] = [*(summary["warnings"] if first else ()), *result.get("warnings", ())]
        return {"changed": False, "digest": summary["digest"], "mode": arguments["mode"], **result}

    def _rendered(self, part: Slice, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The whole configuration as a file on the controller; no device is needed."""
        platform = driver(part.platform)
        text = platform.render(platform.wanted(part.whole(), arguments["mode"]))
        if not arguments["save_to"]:
            problem = Problem(
                "nowhere", part.host, "save_to", "state rendered writes a file; say into which directory."
            )
            raise ProblemError([problem])
        path = Path(arguments["save_to"]) / f"{part.host}.{part.platform}"
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        if before != text and not self._task.check_mode:
            write_file(path, text)
        diff = {"before": before, "after": text, "before_header": str(path), "after_header": str(path)}
        return {"changed": before != text, "path": str(path), "diff": diff}

    def _live(self, part: Slice, arguments: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        platform = driver(part.platform)
        if part.platform not in DEVICES:
            text = f"{part.platform} can be rendered, not applied (that can {word_list(DEVICES)}); use state rendered."
            raise ProblemError([Problem("render-only", part.host, "exchange_platform", text)])
        device = DEVICES[part.platform](self, arguments, task_vars)
        facts = device("read")
        present = arguments["state"] == "present"
        warnings = [*facts["notices"]]
        if present:
            wanted = platform.wanted(part.whole(), arguments["mode"], facts["helpers"])
            warnings += _checked(part, platform, facts, arguments, wanted)
        else:
            wanted = platform.ABSENT
        changes = platform.changes(platform.parse(facts["table"]), wanted)
        result = _described(part, platform, changes, arguments)
        result["warnings"] = warnings
        stale_files = not changes and facts["persisted"] != (facts["fingerprint"] if present else "")
        result["changed"] = bool(changes) or stale_files
        if self._task.check_mode or not result["changed"]:
            return result
        change = Change(platform, changes, wanted, facts, part.managed, arguments["rollback_seconds"])
        ending = self._apply(change, device)
        return {**result, "confirmed": True, "warnings": [*warnings, *ending.notices]}

    def _apply(self, change: Change, device: NftablesDevice) -> Ending:
        """The core does it; afterwards the task goes on over the connection that it began with."""
        used = self._connection
        try:
            ending = carry_out(change, device)
        finally:
            self._connection = used
        if not ending.reachable:
            used._shell.tmpdir = None  # nobody can tidy up there now, and trying would hide what is said here
        if ending.outcome != CONFIRMED:
            raise AnsibleActionFail(ending.text)
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


def _checked(
    part: Slice, platform: Any, facts: Mapping[str, Any], arguments: Mapping[str, Any], wanted: Any
) -> list[str]:
    """Raises what stands against applying; returns what is worth a warning."""
    mode = arguments["mode"]
    warnings = []
    leave, problems = read_leave(arguments["may_go"], part.host, platform.spoken)
    held, after = platform.address_sets(platform.parse(facts["table"])), platform.address_sets(wanted)
    problems += shrink_problems(part, held, after, leave, platform.spoken)
    for finding in platform.foreign_findings(facts["ruleset"]):
        if finding.severity == "error":
            problems.append(Problem(finding.code, part.host, "exchange_appliance_mode", f"{finding.text}."))
        elif finding.severity == "warning" or mode == "add":
            warnings.append(f"{part.host}: {finding.text}.")
    if mode == "enforce":
        problems += lockout_problems(part, _peer(facts["peer"]))
    if problems:
        raise ProblemError(problems)
    return warnings


def _peer(text: str) -> str:
    """The controller's address as the gateway sees it, as a prefix of full length; "" where it was not seen."""
    if not text:
        return ""
    address = ipaddress.ip_address(text.split("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    return str(ipaddress.ip_network(mapped or address))


def _described(part: Slice, platform: Any, changes: Changes, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The difference for people, the counts for machines, and the files for whoever must approve every line."""
    name = f"{part.host} {part.platform}"
    if arguments["save_to"]:
        folder = Path(arguments["save_to"])
        write_file(folder / f"{part.host}.send", platform.script(changes.operations))
        write_file(folder / f"{part.host}.undo", "" if changes.undo is None else platform.script(changes.undo))
    return {
        "counts": {"add": len(changes.add), "change": len(changes.change), "remove": len(changes.remove)},
        "diff": {
            "before": changes.before,
            "after": changes.after,
            "before_header": f"{name} (now)",
            "after_header": f"{name} (plan)",
        },
    }

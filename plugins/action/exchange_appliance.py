# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders, compares, applies and confirms an appliance's slice of the plan."""

from __future__ import annotations

import ipaddress
import os
import secrets
import time
from collections.abc import Callable, Mapping
from copy import copy
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure, AnsibleError
from ansible.plugins.loader import connection_loader
from ansible_collections.msexchange.firewall.plugins.action.exchange_plan import PLAN_SPEC, PlanAction
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.lockout import lockout_problems
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.models import Slice
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.reach import answering_hosts, silent_hosts
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.serial import slice_from
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.models import MODES, Changes
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.options import option_problems
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.registry import driver
from ansible_collections.msexchange.firewall.plugins.plugin_utils.problems import Problem, ProblemError, coded
from ansible_collections.msexchange.firewall.plugins.plugin_utils.report.files import write_file
from ansible_collections.msexchange.firewall.plugins.plugin_utils.words import word_list

SPEC = {
    **PLAN_SPEC,
    "state": {"type": "str", "choices": ["present", "absent", "rendered"], "default": "present"},
    "mode": {"type": "str", "choices": list(MODES), "default": "add"},
    "save_to": {"type": "path"},
    "rollback_seconds": {"type": "int", "default": 60},
    "directory": {"type": "path", "default": "/var/lib/msexchange-firewall"},
    "boot_unit": {"type": "path", "default": "/etc/systemd/system/msexchange-firewall.service"},
}
# how much longer than the timer the controller waits before it looks whether the gateway went back
_MARGIN_SECONDS = 3
# no connection of before may be used, and one that is cut in the middle is noticed within ten seconds
_FRESH_SSH = (
    "-o ControlMaster=no -o ControlPath=none -o ConnectTimeout=5 -o ServerAliveInterval=3 -o ServerAliveCountMax=2"
)


class _Unconfirmed(AnsibleError):
    """The change is on the gateway and must not stay there."""


class NftablesDevice:
    """A Linux gateway, reached by whatever connection its host has, through the module nftables_table."""

    def __init__(self, action: ActionModule, arguments: Mapping[str, Any], task_vars: Mapping[str, Any]) -> None:
        self.action = action
        self.task_vars = task_vars
        self.files = {name: arguments[name] for name in ("directory", "boot_unit")}

    def __call__(self, operation: str, **options: Any) -> dict[str, Any]:
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


#: platforms that can be applied, not only rendered
DEVICES: dict[str, Callable[..., Any]] = {"nftables": NftablesDevice}


class ActionModule(PlanAction):
    _supports_check_mode = True

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _result, arguments = self.validate_argument_spec(SPEC)
        options = self.plan_options(arguments, option_problems(task_vars["inventory_hostname"], arguments))
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
            raise AnsibleActionFail(error.message()) from None
        result["warnings"] = [*(summary["warnings"] if first else ()), *result.get("warnings", ())]
        return {"changed": False, "digest": summary["digest"], "mode": arguments["mode"], **result}

    def _rendered(self, part: Slice, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The whole configuration as a file on the controller; no device is needed."""
        platform = driver(part.platform)
        text = platform.render(platform.wanted(part.in_mode(arguments["mode"]), arguments["mode"]))
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
            warnings += _checked(part, platform, facts, arguments["mode"])
            wanted = platform.wanted(part.in_mode(arguments["mode"]), arguments["mode"], facts["helpers"])
        else:
            wanted = platform.ABSENT
        changes = platform.changes(platform.parse(facts["table"]), wanted)
        result = _described(part, platform, changes, arguments)
        result["warnings"] = warnings
        stale_files = not changes and facts["persisted"] != (facts["fingerprint"] if present else "")
        result["changed"] = bool(changes) or stale_files
        if self._task.check_mode or not result["changed"]:
            return result
        applied = self._apply(part, platform, device, changes, facts, arguments, wanted)
        return {**result, **applied, "warnings": [*warnings, *applied["warnings"]]}

    def _apply(
        self,
        part: Slice,
        platform: Any,
        device: Any,
        changes: Changes,
        facts: Mapping[str, Any],
        arguments: Mapping[str, Any],
        wanted: Any,
    ) -> dict[str, Any]:
        """Arm the rollback, apply, look again over a fresh connection, confirm; or go back."""
        answering = answering_hosts(part.managed)
        token = secrets.token_hex(16)
        seconds = arguments["rollback_seconds"]
        used = self._connection
        try:
            # a new login before the change too: one that cannot be had now could not confirm later either
            self._connection = self._fresh_connection(used)
            deadline = time.monotonic() + seconds
            try:
                device(
                    "apply",
                    script=platform.script(changes.operations),
                    expected_fingerprint=facts["fingerprint"],
                    rollback_seconds=seconds,
                    token=token,
                )
                self._connection = self._fresh_connection(used)
                self._look_again(platform, device, wanted, answering)
                confirmed = device("confirm", token=token)
            except (AnsibleConnectionFailure, _Unconfirmed) as error:
                # a master connection that was cut would let every later step of this task wait for minutes
                used.reset()
                raise AnsibleActionFail(self._went_back(device, used, facts, token, deadline, error)) from None
        finally:
            self._connection = used
        return {"confirmed": True, "warnings": list(confirmed["notices"])}

    def _look_again(self, platform: Any, device: Any, wanted: Any, answering: list[tuple[str, str, int]]) -> None:
        """Whether the gateway holds what was sent, and hosts behind it that answered before still do."""
        found = device("read")
        if platform.changes(platform.parse(found["table"]), wanted):
            raise _Unconfirmed("what the gateway shows after the change differs from what was sent")
        silent = silent_hosts(answering)
        if silent:
            raise _Unconfirmed(f"{word_list(silent)} answered before the change and no longer does")

    def _went_back(
        self, device: Any, used: Any, facts: Mapping[str, Any], token: str, deadline: float, why: AnsibleError
    ) -> str:
        """Send the gateway back at once where it can be reached, else wait for its own timer; say what is known."""
        reason = f"The change was not confirmed: {' '.join(str(why).split())}."
        try:
            device("rollback", token=token)
            return coded(f"{reason} The gateway was told to go back, and holds the former rules again.", "went-back")
        except AnsibleError as error:
            self._display.vv(f"rollback could not be sent: {error}")
        time.sleep(max(0.0, deadline - time.monotonic()) + _MARGIN_SECONDS)
        try:
            self._connection = self._fresh_connection(used)
            state = device("read")
        except AnsibleError:
            used._shell.tmpdir = None  # nobody can tidy up there now, and trying would hide what is said here
            text = "The gateway is out of reach; its own timer takes the change back, unseen from here."
            return coded(f"{reason} {text}", "out-of-reach")
        if state["fingerprint"] == facts["fingerprint"]:
            text = "The gateway went back by its own timer, and holds the former rules again."
            return coded(f"{reason} {text}", "went-back-by-timer")
        text = "The gateway's timer has run out and it does not hold the former rules; look at it at once."
        return coded(f"{reason} {text}", "not-gone-back")

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


def _checked(part: Slice, platform: Any, facts: Mapping[str, Any], mode: str) -> list[str]:
    """Raises what stands against applying; returns what is worth a warning."""
    problems = []
    warnings = []
    for finding in platform.foreign_findings(facts["ruleset"]):
        if finding.severity == "error":
            problems.append(Problem(finding.code, part.host, "exchange_appliance_mode", f"{finding.text}."))
        elif finding.severity == "warning" or mode == "add":
            warnings.append(coded(f"{part.host}: {finding.text}.", finding.code))
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

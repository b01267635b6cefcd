# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Says how the devices of a run stand: which hold the new plan, which the former one, of which nobody knows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.msexchange.firewall.plugins.action.exchange_plan import standings
from ansible_collections.msexchange.firewall.plugins.plugin_utils.report.records import (
    UNTOUCHED,
    Standing,
    rollout_text,
)


class ActionModule(ActionBase):
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        spec = {"step": {"type": "str", "choices": ["begin", "failed", "end"], "default": "end"}}
        _result, arguments = self.validate_argument_spec(spec)
        kept, host = standings(), task_vars["inventory_hostname"]
        failed = kept.failed()
        if arguments["step"] == "begin":
            return {"changed": False, "go_on": not failed, "failed_before": failed}
        if arguments["step"] == "failed":
            found = kept.get(host) or Standing(host, UNTOUCHED, text="the run failed before the device was asked")
            kept.put(replace(found, failed=True))
            return {"changed": False}
        return self._told(kept, host, failed, task_vars["ansible_play_hosts_all"])

    def _told(self, kept: Any, host: str, failed: list[str], hosts: list[str]) -> dict[str, Any]:
        """The report once, and for each host how it stands; a host on which the run failed fails here."""
        mine = kept.get(host) or Standing(host, UNTOUCHED)
        if failed and kept.once():
            found = [kept.get(name) or Standing(name, UNTOUCHED) for name in hosts]
            self._display.display(rollout_text(found))
        result = {"changed": False, "holds": mine.holds, "plan": mine.plan}
        if mine.failed:
            return {**result, "failed": True, "msg": f"This device was not brought to the plan: {mine.text}"}
        return result

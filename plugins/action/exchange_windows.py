# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders, compares, applies and confirms the rules of a Windows host's own firewall."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ansible_collections.msexchange.firewall.plugins.action.exchange_appliance import DEVICE_SPEC, DeviceAction
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.models import Slice
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.points import slice_from_pieces
from ansible_collections.msexchange.firewall.plugins.plugin_utils.problems import ProblemError, coded
from ansible_collections.msexchange.firewall.plugins.plugin_utils.report import records

SPEC = {
    **DEVICE_SPEC,
    # narrowing needs to switch off rules of others, which no run does yet
    "mode": {"type": "str", "choices": ["add"], "default": "add"},
    "rollback_timeout": {"type": "int", "default": 60},
    "outbound": {"type": "bool", "default": False},
}


class ActionModule(DeviceAction):
    SPEC = SPEC
    SECONDS = "rollback_timeout"
    KIND = "Windows host"
    NO_DEVICE = (
        "The host gets no rules of its own: it is no Exchange server and no witness, or exchange_enforcement says so."
    )

    def owners(self, summary: Mapping[str, Any], host: str) -> Collection[str]:
        """Of thousands of hosts only the two that a task can mean."""
        return [
            name for name in dict.fromkeys((host, self._task.delegate_to or host)) if "point" in self.store.host(name)
        ]

    def part_of(self, mine: Mapping[str, Any], host: str) -> Slice | None:
        if "point" not in mine:
            return None
        return slice_from_pieces(host, mine["point"], self.store.pieces(mine).__getitem__)

    def left_alone(self, part: Slice, arguments: Mapping[str, Any], attempt: records.Attempt) -> dict[str, Any]:
        """A host that Ansible cannot manage gets a file where a directory was named, and never fails a run."""
        if not part.by_hand:
            return {}
        self._ended(attempt, records.LEFT_TO_HANDS, part.by_hand)
        result: dict[str, Any] = {"changed": False, "by_hand": part.by_hand, "warnings": []}
        if not arguments["save_to"] or arguments["state"] == "absent":
            text = f"{part.host}: {part.by_hand}; nothing was done there."
            return {**result, "warnings": [coded(text, "by-hand")]}
        try:
            return {**result, **self.rendered(part, arguments)}
        except ProblemError as error:
            return {**result, "warnings": error.message().splitlines()}

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks the port catalog as a task, on the controller."""

from __future__ import annotations

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.answer import OPTIONS, whole_answer
from ansible_collections.msexchange.firewall.plugins.plugin_utils.problems import ProblemError


class ActionModule(ActionBase):
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        _result, options = self.validate_argument_spec(OPTIONS)
        try:
            found = whole_answer(options)
        except ProblemError as error:
            raise AnsibleActionFail(error.message()) from None
        if "lines" in found:
            self._display.display("\n".join(found["lines"]))
        for name in ("flows", "facts"):
            if name in found:
                found["count"] = len(found[name])
        return {"changed": False, **found}

# SPDX-License-Identifier: GPL-3.0-or-later
"""Does nothing, in the way that costs least."""

from __future__ import annotations

from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        return {"changed": False}

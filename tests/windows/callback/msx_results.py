# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes each result of a play as a line of JSON, whole, to the file that MSX_RESULTS names."""

from __future__ import annotations

import json
import os

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: msx_results
type: aggregate
short_description: results for tests
description: Each result is a line of JSON in the file that MSX_RESULTS names.
"""


class CallbackModule(CallbackBase):
    """Nothing but the results."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "msx_results"

    def _keep(self, result):
        with open(os.environ["MSX_RESULTS"], "a", encoding="utf-8") as file:
            file.write(json.dumps(result._result, default=str) + "\n")

    def v2_runner_on_ok(self, result):
        """Keep it."""
        self._keep(result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        """Keep it too."""
        self._keep(result)

# SPDX-License-Identifier: GPL-3.0-or-later
"""A lookup that returns a constant: what any lookup costs."""

from __future__ import annotations

from ansible.plugins.lookup import LookupBase

DOCUMENTATION = """
name: bench_constant
author: msexchange.firewall contributors
short_description: Returns a constant
description: Returns the same short list whatever is asked.
"""


class LookupModule(LookupBase):
    def run(self, terms, variables=None, **kwargs):
        return [["constant"]]

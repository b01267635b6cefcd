# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of a device: what is taken, and what is refused, everything at once."""

from __future__ import annotations

import pytest
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.options import MOST_SECONDS, option_problems

GOOD = {
    "state": "present",
    "save_to": None,
    "rollback_seconds": 60,
    "directory": "/var/lib/msexchange-firewall",
    "boot_unit": "/etc/systemd/system/msexchange-firewall.service",
}
TAKEN = [
    {},
    {"rollback_seconds": 1},
    {"rollback_seconds": MOST_SECONDS},
    {"directory": "/var/lib/x/"},
    {"directory": "/srv/a..b"},
    {"state": "rendered", "save_to": "out"},
]


@pytest.mark.parametrize("changed", TAKEN, ids=str)
def test_what_is_taken(changed):
    assert option_problems("gw1", {**GOOD, **changed}) == []


def test_everything_that_is_wrong_is_told_at_once():
    wrong = {
        "state": "rendered",
        "save_to": "",
        "rollback_seconds": MOST_SECONDS + 1,
        "directory": "/a\n",
        "boot_unit": "/a/..",
    }
    found = option_problems("gw1", {**GOOD, **wrong})
    assert [(p.code, p.host, p.variable) for p in sorted(found)] == [
        ("bad-path", "gw1", "boot_unit"),
        ("bad-path", "gw1", "directory"),
        ("bad-seconds", "gw1", "rollback_seconds"),
        ("nowhere", "gw1", "save_to"),
    ]

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every problem that this collection can report, by code. A new code is one entry in the part where it is raised.

Nothing here is needed while a plan is made, so no plugin imports it. tests/unit/test_known_problems.py holds that what
is raised and what is known are the same, and tools/problems.py writes docs/problems.md from it.
"""

from __future__ import annotations

from . import gateway, inventory, options, platforms, windows_host

#: in the order of the page; each has TITLE, ABOUT and KINDS
PARTS = (inventory, options, platforms, gateway, windows_host)

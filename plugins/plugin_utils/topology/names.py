# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inventory names of hosts: what they may hold, since they become parts of file names, comments and messages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..problems import Problem
from .models import Host

LONGEST = 200  # a file name takes 255 bytes, and gets an ending


def name_problems(hosts: Iterable[Host]) -> Iterator[Problem]:
    """Hosts of the topology whose names could leave a directory, or a line."""
    for host in hosts:
        found = _found(host)
        if found:
            text = f"the inventory name {found}; rename the host and put the name it is reached by into ansible_host."
            yield Problem("bad-host-name", host.name, "inventory_hostname", text)


def _found(host: Host) -> str:
    if not host.name.isprintable():
        return "holds characters that cannot be printed"
    if not host.zones:
        return ""
    if "/" in host.name:
        return "holds a slash, and a gateway's name becomes a part of file names"
    too_long = len(host.name.encode()) > LONGEST
    return f"has more than {LONGEST} bytes, and a gateway's name becomes a part of file names" if too_long else ""

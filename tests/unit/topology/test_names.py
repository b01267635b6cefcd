# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inventory names that could leave a directory or a line."""

from __future__ import annotations

import pytest
from fleet import mailbox, topology_of

GATEWAY = {"platform": "nftables", "zones": {"a": ["10.0.0.0/24"], "b": ["10.1.0.0/24"]}}
REFUSED = {
    "a line break": ("mbx\n1", mailbox(1), "cannot be printed"),
    "a terminal's codes": ("mbx\x1b[2J", mailbox(1), "cannot be printed"),
    "half a character": ("mbx\ud800", mailbox(1), "cannot be printed"),
    "a gateway's way out of the directory": ("../../etc/gw", GATEWAY, "holds a slash"),
    "a gateway's name that no file can have": ("ü" * 101, GATEWAY, "more than 200 bytes"),
}
ALLOWED = {
    "a server's slash": ("site/mbx1", mailbox(1)),
    "letters of the world": ("größe-大", mailbox(1)),
    "what a shell would run": ("$(id);`id`|'x\"{}#", mailbox(1)),
    "a gateway like a folder": ("..", GATEWAY),
}


@pytest.mark.parametrize("name", REFUSED)
def test_names_that_are_refused(name):
    host, said, text = REFUSED[name]
    _topology, problems = topology_of({"other": mailbox(2), host: said})
    assert [(p.code, p.host, p.variable) for p in problems] == [("bad-host-name", host, "inventory_hostname")]
    assert text in problems[0].text


@pytest.mark.parametrize("name", ALLOWED)
def test_names_that_are_not(name):
    host, said = ALLOWED[name]
    topology, problems = topology_of({"other": mailbox(2), host: said})
    assert not problems and host in topology.hosts

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible's own connection variables: ports that are taken, and those that are none."""

from __future__ import annotations

import pytest
from fleet import mailbox, topology_of

TAKEN = {22: (22,), "2222": (2222,), " 5986 ": (5986,), "": (22,), None: (22,)}
REFUSED = [0, -1, 65536, "99999", "ssh", "22-23", ["22"], {"a": 22}, True, "9" * 5000, "²²"]


@pytest.mark.parametrize("variable", ["ansible_port", "ansible_ssh_port"])
@pytest.mark.parametrize("value", TAKEN)
def test_a_port_is_the_one_that_is_managed(variable, value):
    topology, problems = topology_of({"a": mailbox(1, **{variable: value})})
    assert not problems
    assert topology.hosts["a"].connection_ports == TAKEN[value]


@pytest.mark.parametrize("variable", ["ansible_port", "ansible_ssh_port"])
@pytest.mark.parametrize("value", REFUSED, ids=lambda value: repr(value)[:20])
def test_a_port_that_is_none_is_told(variable, value):
    _topology, problems = topology_of({"a": mailbox(1, **{variable: value})})
    assert [(p.code, p.host, p.variable) for p in problems] == [("bad-value", "a", variable)]


def test_the_ports_of_hosts_that_are_no_part_of_it_do_not_matter():
    _topology, problems = topology_of({"a": mailbox(1), "web": {"ansible_port": "none"}})
    assert not problems

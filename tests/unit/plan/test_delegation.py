# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of one host never go to another machine by a keyword of the play."""

from __future__ import annotations

import pytest
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.delegation import delegation_problems

GATEWAYS = ["gw1", "gw2"]
FINE = {
    "not delegated": ("gw1", "", False, False),
    "delegated to itself": ("gw1", "gw1", False, False),
    "delegated to another name of the gateway": ("gw1", "gw1-by-its-console", False, False),
    "Ansible runs on the gateway": ("gw1", "", True, True),
    "no gateway, and none is meant": ("mbx1", "localhost", True, False),
}


@pytest.mark.parametrize("case", FINE)
def test_ways_that_lead_to_the_gateway(case):
    host, target, local, said = FINE[case]
    assert delegation_problems(host, target, GATEWAYS, local, said) == []


def test_a_windows_hosts_rules_are_told_apart():
    (problem,) = delegation_problems("dc1", "mbx1", ["mbx1"], kind="Windows host")
    assert "to the Windows host mbx1" in str(problem) and "dc1, which gets no rules of its own" in str(problem)
    (problem,) = delegation_problems("mbx2", "mbx1", ["mbx1", "mbx2"], kind="Windows host")
    assert "that is mbx2, another Windows host" in str(problem)


REFUSED = {
    "a server's task on a gateway": ("mbx1", "gw1", False, False, "which has no exchange_zones; run it for gw1 itself"),
    "the controller's task on a gateway": ("localhost", "gw1", False, False, "run it for gw1 itself (hosts: gw1)"),
    "a gateway's task on another": ("gw1", "gw2", False, False, "that is gw1, another gateway; run it for gw2 itself"),
    "to the controller": ("gw1", "localhost", True, False, "since it is delegated to localhost; take that away"),
    "to the controller, from a local one": ("gw1", "localhost", True, True, "since it is delegated to localhost"),
    "connection of the play": ("gw1", "", True, False, "the play or the command line says so; take that away"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_ways_that_lead_elsewhere(case):
    host, target, local, said, text = REFUSED[case]
    (problem,) = delegation_problems(host, target, GATEWAYS, local, said)
    assert text in str(problem) and str(problem).startswith(f"{host}: ")

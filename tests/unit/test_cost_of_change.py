# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an addition may cost: a flow is one data file, a platform that renders is one module and one registry row."""

from __future__ import annotations

import shutil
import sys

from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.load import CATALOG, load
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.build import build_plan
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.slicing import slice_for
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms import nftables, registry
from ansible_collections.msexchange.firewall.plugins.plugin_utils.topology.models import HostInput
from ansible_collections.msexchange.firewall.plugins.plugin_utils.topology.read import read_topology

FLOW = """
flows:
  - id: made-up-7777
    title: Something new
    need: Shows that a flow is data alone.
    protocol: Made up
    initiator: {parties: [internal_clients]}
    listener: {parties: [mailbox], versions: ['2019']}
    transport: tcp
    ports: [7777]
    encryption: none
    support: supported
    sources: [article]
    confidence: confirmed
"""
DRIVER = '''
"""A platform that renders one line a rule."""
NAME = "toy"
def wanted(piece, mode, available_helpers=None):
    return sorted(f"{rule.id} {rule.source.name} {rule.destination.name}" for rule in piece.rules)
def render(lines):
    return "".join(f"allow {line}\\n" for line in lines)
'''


def fleet(platform: str) -> list[HostInput]:
    networks = {"exchange_networks": {"internal_clients": ["10.9.0.0/16"]}}
    server = {"exchange_version": "2019", "exchange_roles": ["mailbox"], "exchange_addresses": ["10.1.0.1"]}
    zones = {"exchange_zones": {"lan0": ["10.1.0.0/16"], "cli0": ["10.9.0.0/16"]}, "exchange_platform": platform}
    return [HostInput("mbx1", ("all",), {**networks, **server}), HostInput("gw1", ("all",), {**networks, **zones})]


def sliced(platform: str, catalog):
    topology, problems = read_topology(fleet(platform), catalog, registry.platform_names())
    plan, more = build_plan(catalog, topology)
    assert not problems and not more
    return slice_for(plan, topology.hosts["gw1"])


def test_a_flow_is_one_file(tmp_path):
    shutil.copytree(CATALOG, tmp_path / "catalog")
    (tmp_path / "catalog/flows/made_up.yml").write_text(FLOW, encoding="utf-8")
    piece = sliced("nftables", load(tmp_path / "catalog"))
    assert "made-up-7777" in [rule.id for rule in piece.rules]
    assert "tcp dport 7777" in nftables.render(nftables.wanted(piece, "add"))


def test_a_platform_is_one_module_and_one_row(tmp_path, monkeypatch):
    (tmp_path / "toy_platform.py").write_text(DRIVER, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(registry.PLATFORMS, "toy", ("toy_platform", ("made.up.os",)))
    toy = registry.driver("toy")
    text = toy.render(toy.wanted(sliced("made.up.os", load()), "add"))
    sys.modules.pop("toy_platform")
    assert "allow client-https-443 internal_clients mailbox\n" in text

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file with the addresses of Exchange Online in real plays: where it is looked for, and that its age is told."""

from __future__ import annotations

import datetime
import json

import pytest

RECORDS = [
    {"id": 1, "serviceArea": "Exchange", "ips": ["198.51.100.0/24"], "tcpPorts": "80,443", "required": True},
    {"id": 31, "serviceArea": "SharePoint", "ips": ["192.0.2.0/24"], "tcpPorts": "80,443", "required": True},
]
INVENTORY = """\
all:
  vars:
    exchange_online_endpoints: {{file: {file}, date: {date}}}
  hosts:
    mbx1:
      exchange_version: se
      exchange_roles: [mailbox]
      exchange_features: [hybrid]
      exchange_addresses: [10.0.0.1]
"""
PLAY = [{"hosts": "all", "gather_facts": False, "roles": ["msexchange.firewall.exchange_plan"]}]


def say(player, place, date="2001-01-01", file="online.json"):
    """An inventory in a folder of its own, a playbook in another, and the file in one of the two or anywhere."""
    folders = {name: player.folder / name for name in ("inventory", "playbooks", "elsewhere")}
    for folder in folders.values():
        folder.mkdir()
    (folders[place] / "online.json").write_text(json.dumps(RECORDS), encoding="utf-8")
    (folders["playbooks"] / "site.yml").write_text(json.dumps(PLAY), encoding="utf-8")
    text = INVENTORY.format(file=file.format(**folders), date=date)
    return player.write("inventory/hosts.yml", text), str(folders["playbooks"] / "site.yml")


def online(run):
    assert run.rc == 0, run.text
    return run.plan()["groups"]["exchange_online"]["members"]


WAYS = [
    ("inventory", "online.json"),
    ("playbooks", "online.json"),
    ("elsewhere", "{elsewhere}/online.json"),
    ("inventory", "'{{{{ inventory_dir }}}}/online.json'"),
]


@pytest.mark.parametrize(("place", "file"), WAYS)
def test_a_file_is_found(player, place, file):
    inventory, playbook = say(player, place, file=file)
    assert online(player.save(inventory, playbook=playbook)) == ["198.51.100.0/24"]


def test_it_is_found_from_the_collections_own_playbook(player):
    inventory, _playbook = say(player, "inventory")
    assert online(player.save(inventory)) == ["198.51.100.0/24"]


def test_an_old_file_is_told_and_a_new_one_is_not(player):
    inventory, playbook = say(player, "inventory")
    old = player.save(inventory, playbook=playbook)
    assert "are of 2001-01-01" in " ".join(old.plan()["warnings"])
    fresh = INVENTORY.format(file="online.json", date=datetime.date.today())
    player.write("inventory/hosts.yml", fresh)
    new = player.save(inventory, playbook=playbook)
    assert not [text for text in new.plan()["warnings"] if "Exchange Online" in text]
    assert old.plan()["digest"] == new.plan()["digest"]

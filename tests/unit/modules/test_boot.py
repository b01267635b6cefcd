# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The boot unit: its text, its links, and what systemd is told when."""

from __future__ import annotations

import configparser
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from ansible_collections.msexchange.firewall.plugins.module_utils.gateway import boot, nft, store

TABLE = {"nftables": [{"table": {"family": "inet", "name": nft.TABLE, "handle": 1}}]}
FOLLOWED = "nftables.service"


class Machine:
    """A folder of units, a folder of ours, and every command that would have run."""

    def __init__(self, root: Path, fails: str = "") -> None:
        self.units, self.commands, self.fails = root / "units", [], fails
        self.units.mkdir()
        self.unit = self.units / "msexchange-firewall.service"
        self.store = store.Store(str(root / "state"))
        self.store.prepare()
        self.boot = boot.Boot(nft.Nft("/usr/sbin/nft", self.run), self.store, str(self.unit))

    def run(self, command: list[str], **_more: object) -> tuple[int, str, str]:
        if command[0] != "systemctl":
            return 0, json.dumps(TABLE) if "-j" in command else f"table {nft.OURS} {{\n}}\n", ""
        # what boots has to be there before systemd is asked to load it
        ready = self.store.read(store.CONFIRMED) is not None
        self.commands.append((" ".join(command[1:]), ready))
        return int(command[1] == self.fails), "", "no"


def keep(machine: Machine) -> list[str]:
    """The files of a confirmation, in its order."""
    notices = machine.boot.enable()
    machine.store.write(store.CONFIRMED, "a script")
    kept = {"fingerprint": nft.fingerprint(json.dumps(TABLE)), "sha256": store.digest("a script")}
    machine.store.write_record(store.CONFIRMED_RECORD, kept)
    return notices + machine.boot.start()


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """As if systemd ran, with its units in a folder of the test."""
    monkeypatch.setattr(boot, "SYSTEMD_RUNS", str(tmp_path))
    monkeypatch.setattr(boot, "UNIT_FOLDER", str(tmp_path / "units"))
    return tmp_path


def unit_text(tmp_path: Path) -> str:
    return Machine(tmp_path).boot.text()


def test_the_unit_names_the_script_and_no_folder_means_no_unit(tmp_path: Path) -> None:
    found = boot.Boot(nft.Nft("/usr/sbin/nft", None), store.Store("/var/lib/x"), str(tmp_path / "none" / "x.service"))
    assert "ExecStart=/usr/sbin/nft -f /var/lib/x/confirmed.nft\n" in found.text()
    assert found.persisted() == ""


def test_the_unit_follows_a_start_a_restart_and_a_reload_of_what_flushes_all_tables(tmp_path: Path) -> None:
    parsed = configparser.ConfigParser(strict=False, interpolation=None)
    parsed.optionxform = str
    parsed.read_string(unit_text(tmp_path))
    unit, install, service = parsed["Unit"], parsed["Install"], parsed["Service"]
    assert FOLLOWED in install["WantedBy"].split() and "sysinit.target" in install["WantedBy"].split()
    assert unit["PartOf"] == unit["ReloadPropagatedFrom"] == FOLLOWED
    # without the order the flush may come last
    assert FOLLOWED in unit["After"].split()
    # a reload reaches only a unit that stays up, and only one that knows what to do
    assert service["RemainAfterExit"] == "yes" and service["ExecReload"] == service["ExecStart"]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.unit.write_text(machine.boot.text().replace("/usr/sbin/nft", "/bin/true"))
    command = ["systemd-analyze", "verify", "--man=no", str(machine.unit)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert machine.unit.name not in done.stderr and done.returncode == 0, done.stderr


def test_a_confirmed_table_is_enabled_and_the_unit_is_up_at_once(systemd: Path) -> None:
    machine = Machine(systemd)
    assert keep(machine) == []
    assert machine.commands == [("daemon-reload", False), ("start msexchange-firewall.service", True)]
    for other in ("sysinit.target", FOLLOWED):
        assert os.readlink(machine.units / f"{other}.wants" / machine.unit.name) == f"../{machine.unit.name}"
    assert machine.boot.persisted() == nft.fingerprint(json.dumps(TABLE))


def test_a_unit_of_an_earlier_version_counts_as_incomplete_and_is_mended(systemd: Path) -> None:
    machine = Machine(systemd)
    keep(machine)
    (machine.units / f"{FOLLOWED}.wants" / machine.unit.name).unlink()
    assert machine.boot.persisted() == "incomplete"
    keep(machine)
    assert machine.boot.persisted() != "incomplete"


def test_a_unit_that_does_not_start_is_said(systemd: Path) -> None:
    (notice,) = keep(Machine(systemd, fails="start"))
    assert "could not be started" in notice and FOLLOWED in notice


def test_forgetting_stops_the_unit_and_leaves_others_links(systemd: Path) -> None:
    machine = Machine(systemd)
    keep(machine)
    theirs = machine.units / f"{FOLLOWED}.wants" / "theirs.service"
    theirs.symlink_to("../theirs.service")
    machine.commands.clear()
    machine.boot.forget()
    assert [command for command, _ready in machine.commands] == ["stop msexchange-firewall.service", "daemon-reload"]
    assert list(machine.units.rglob("*")) == [theirs.parent, theirs]
    assert not Path(machine.store.directory).exists()


def test_a_unit_in_another_folder_is_no_business_of_systemd(systemd: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boot, "UNIT_FOLDER", "/etc/systemd/system")
    machine = Machine(systemd)
    assert keep(machine) == []
    machine.boot.forget()
    assert machine.commands == []

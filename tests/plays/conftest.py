# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real runs of ansible-playbook, with the Ansible of the Python that runs the tests, in a folder of their own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
# "ok: [host] => {...}" and "fatal: [host]: FAILED! => {...}", as the default callback prints them on one line
RESULT = re.compile(r"^(ok|changed|fatal): \[([^\]]+)\](?:: FAILED!)? => (\{.*\})$", re.MULTILINE)


@dataclass(frozen=True)
class Run:
    """What one run printed, and where it ran."""

    rc: int
    text: str
    folder: Path

    def results(self, status="fatal"):
        """(host, result) of each line with a result; needs ``verbose`` for those that went well."""
        found = RESULT.findall(self.text)
        return [(host, json.loads(body)) for word, host, body in found if word == status]

    def plan(self):
        return json.loads((self.folder / "plan" / "plan.json").read_text(encoding="utf-8"))


class Player:
    """Runs playbooks in one folder."""

    def __init__(self, folder):
        self.folder = folder

    def environment(self, more):
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
        return {
            **kept,
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".work" / "collections"),
            "ANSIBLE_HOME": str(self.folder / "home"),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_DEPRECATION_WARNINGS": "0",
            "ANSIBLE_LOCALHOST_WARNING": "0",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "0",
            "LC_ALL": "C.UTF-8",
            **more,
        }

    def __call__(self, inventory, *arguments, playbook="msexchange.firewall.plan", program="ansible-playbook", **env):
        """``inventory``: a path, or the data of one; ``playbook``: a name, or the plays of one."""
        if not isinstance(inventory, (str, Path)):
            inventory = self.write("inventory.yml", inventory)
        if not isinstance(playbook, str):
            playbook = self.write("play.yml", playbook)
        command = [str(BIN / program), "-i", str(inventory), *([str(playbook)] if playbook else []), *arguments]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment(env),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Run(done.returncode, done.stdout + done.stderr, self.folder)

    def save(self, inventory, *arguments, **more):
        """A run of the plan's playbook that keeps its files in ``plan``."""
        return self(inventory, "-e", f"exchange_plan_directory={self.folder / 'plan'}", *arguments, **more)

    def write(self, name, data):
        path = self.folder / name
        path.write_text(data if isinstance(data, str) else yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
        return path


@pytest.fixture
def player(tmp_path):
    return Player(tmp_path)


@pytest.fixture(scope="session")
def player_in():
    """For fixtures that outlive a test: a player in a folder of the caller's choice."""
    return Player


@pytest.fixture(scope="session")
def examples():
    return ROOT / "examples"

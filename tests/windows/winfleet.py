# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several emulated hosts in one inventory, and playbooks that run on them with a real Ansible."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import EMULATED, HERE, ROOT, Host

SITE = "msexchange.firewall.site"
ROLE = "msexchange.firewall.exchange_windows"
NETWORKS = {"internal_clients": ["10.9.0.0/16"]}
PEER = "10.99.0.7"  # where hosts see the controller


@dataclass(frozen=True)
class Run:
    """What a playbook printed, and the results of our action by host, in order."""

    rc: int
    text: str
    results: tuple[dict[str, Any], ...]

    @property
    def words(self) -> str:
        return " ".join(self.text.split())

    def recap(self, host: str) -> dict[str, int]:
        line = re.search(rf"^{host}\s+:(.*)$", self.text, re.MULTILINE)
        assert line, self.text
        return {word: int(number) for word, number in re.findall(r"(\w+)=(\d+)", line.group(1))}


class Fleet:
    """Mailbox servers that are folders."""

    def __init__(self, folder: Path, pwsh: str, *names: str, rules: dict[str, str] | None = None) -> None:
        self.folder = folder
        self.hosts = {name: Host(folder / name, rules) for name in names}
        self.shared: dict[str, Any] = {
            "exchange_networks": NETWORKS,
            "exchange_management_networks": ["10.99.0.0/24"],
            "ansible_connection": "msx_recorded",
            "ansible_host": "127.0.0.1",
            "ansible_port": 1,  # where nobody listens
        }
        self.own = {name: self._server(pwsh, name, place) for place, name in enumerate(names, 1)}

    def _server(self, pwsh: str, name: str, place: int) -> dict[str, Any]:
        """An engine of its own tells a host's processes which folder they are on."""
        engine = self.folder / name / "pwsh"
        settings = {
            "MSX_WINDOWS_STATE": self.hosts[name].folder,
            "ProgramFiles": self.hosts[name].programs,
            "SSH_CONNECTION": f"{PEER} 50000 10.0.0.{place} 22",
        }
        exports = "".join(f"export {key}='{value}'\n" for key, value in settings.items())
        engine.write_text(f'#!/bin/sh\n{exports}exec {pwsh} "$@"\n')
        engine.chmod(0o755)
        return {
            "exchange_version": "se",
            "exchange_roles": ["mailbox"],
            "exchange_addresses": [f"10.0.0.{place}"],
            "ansible_pwsh_interpreter": str(engine),
        }

    def play(self, *words: str, playbook: Any = SITE, cut: str = "", **options: Any) -> Run:
        """``options``: of the role. ``playbook``: a name, or plays."""
        inventory = self.folder / "inventory.json"
        inventory.write_text(json.dumps({"all": {"vars": self.shared, "hosts": self.own}}), encoding="utf-8")
        if not isinstance(playbook, str):
            book = self.folder / "play.json"
            book.write_text(json.dumps(playbook), encoding="utf-8")
            playbook = str(book)
        command = [sys.executable, "-m", "ansible", "playbook", "-i", str(inventory), playbook, *words]
        command += ["-e", json.dumps({f"exchange_windows_{name}": value for name, value in options.items()})]
        results = self.folder / "results.json"
        results.unlink(missing_ok=True)
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            env=self._environment(results, cut),
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=300,
        )
        lines = results.read_text(encoding="utf-8").splitlines() if results.exists() else []
        ours = (found for found in map(json.loads, lines) if "compared" in found or "confirmed" in found)
        return Run(done.returncode, done.stdout + done.stderr, tuple(ours))

    def _environment(self, results: Path, cut: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
        (self.folder / "logins.txt").unlink(missing_ok=True)
        return {
            **kept,
            **EMULATED,
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".work" / "collections"),
            "ANSIBLE_CONNECTION_PLUGINS": str(HERE / "connection"),
            "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback"),
            "ANSIBLE_CALLBACKS_ENABLED": "msx_results",
            "ANSIBLE_HOME": str(self.folder / "home"),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_LOCALHOST_WARNING": "0",
            "MSX_RESULTS": str(results),
            "MSX_LOGINS": str(self.folder / "logins.txt"),
            "MSX_CUT": cut,
            "LC_ALL": "C.UTF-8",
        }

    def logins(self) -> list[tuple[str, str]]:
        """(number of the login, become) of each command of the last run."""
        lines = (self.folder / "logins.txt").read_text(encoding="utf-8").splitlines()
        return [(line.split()[0], line.split()[1]) for line in lines]

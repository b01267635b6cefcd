# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds a pwsh, and runs the Windows module on the emulated firewall: many times in one process, or through Ansible."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
EMULATOR = HERE / "emulator"
#: what runs the module: the emulated COM objects, and cmdlets that PowerShell has on Windows only
EMULATED = {"PWSH_LAB_COM": str(EMULATOR), "PSModulePath": str(EMULATOR / "cmdlets")}
UTILS = ROOT / "plugins" / "module_utils"
GROUP = "msexchange.firewall"
#: the first ansible-core that runs PowerShell modules on Linux
NEEDED_CORE = (2, 21)


def cached_engines() -> list[Path]:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return sorted(cache.glob("pwsh-lab/*/pwsh"))


def installed_by(script: Path) -> str:
    done = subprocess.run([str(script)], capture_output=True, text=True, check=False)
    return done.stdout.strip().splitlines()[-1] if done.returncode == 0 and done.stdout.strip() else ""


def find_pwsh() -> str:
    """The lab's engine, with emulated COM objects; empty where there is none."""
    named = os.environ.get("MSX_PWSH")
    if named:
        return named
    candidates = [shutil.which("pwsh") or ""]
    for folder in (ROOT, *ROOT.parents):
        script = folder.parent / "shared" / "pwsh" / "install"
        if script.is_file():
            candidates.append(installed_by(script))
            break
    candidates += [str(path) for path in reversed(cached_engines())]
    return next((name for name in candidates if name and _emulates(name)), "")


def _emulates(pwsh: str) -> bool:
    """Only the lab's engine makes COM objects of scripts."""
    command = [pwsh, "-NoProfile", "-Command", "New-Object -ComObject HNetCfg.FWRule | Out-Null; 'emulates'"]
    environment = {**os.environ, **EMULATED, "MSX_WINDOWS_STATE": str(EMULATOR)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    return "emulates" in done.stdout


def why_no_ansible() -> str:
    """Why modules for Windows cannot run here through Ansible; empty where they can."""
    from ansible.release import __version__ as version

    core = tuple(int(part) for part in version.split(".")[:2])
    if core < NEEDED_CORE:
        return f"ansible-core {version} runs no PowerShell modules on Linux, 2.21 does"
    return ""


class Host:
    """An emulated Windows host: its rules, its settings, and what was done to it."""

    def __init__(self, folder: Path, rules: dict[str, str] | None = None, **settings: object):
        self.folder = folder
        self.programs = folder / "Program Files"
        self.kept = self.programs / GROUP
        self.programs.mkdir(parents=True, exist_ok=True)
        self.set_rules(rules or {})
        self.set(**settings)

    def set_rules(self, rules: dict[str, str], name: str = "rules.txt") -> None:
        lines = [f"{key}\t{text}\n" for key, text in rules.items()]
        (self.folder / name).write_text("".join(lines), encoding="utf-8")

    def set(self, **settings: object) -> None:
        lines = [f"{key}={value}\n" for key, value in settings.items()]
        (self.folder / "settings.txt").write_text("".join(lines), encoding="utf-8")

    def rules(self) -> dict[str, str]:
        lines = (self.folder / "rules.txt").read_text(encoding="utf-8").splitlines()
        return dict(line.split("\t", 1) for line in lines)

    def ours(self) -> dict[str, str]:
        return {key: text for key, text in self.rules().items() if f"|EmbedCtxt={GROUP}|" in text}

    def foreign(self) -> dict[str, str]:
        return {key: text for key, text in self.rules().items() if f"|EmbedCtxt={GROUP}|" not in text}

    def take_log(self) -> list[list[str]]:
        """What was done since the last call: words a line."""
        path = self.folder / "log.txt"
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        path.unlink(missing_ok=True)
        return [line.split() for line in text.splitlines()]


class Refused(Exception):
    """What the module told the user."""

    def __init__(self, text: str, still_loaded: bool = False):
        super().__init__(text)
        self.still_loaded = still_loaded


class Died(Exception):
    """The process was ended in the middle of a call."""


class Driver:
    """The module's code in one process of pwsh."""

    def __init__(self, pwsh: str, folder: Path):
        environment = {**os.environ, **EMULATED}
        pipe = folder / "requests"
        os.mkfifo(pipe)
        command = [pwsh, "-NoProfile", "-NonInteractive", "-File", str(HERE / "drive.ps1"), str(UTILS), str(pipe)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, encoding="utf-8", env=environment
        )
        self.requests = pipe.open("w", encoding="utf-8")

    def close(self) -> None:
        assert self.process.stdout
        self.requests.close()
        self.process.wait(timeout=30)
        self.process.stdout.close()

    def call(self, function: str, host: Host | None = None, **call: Any) -> Any:
        assert self.process.stdout
        request = {"function": function, "state": str(host.folder) if host else "", "call": call}
        self.requests.write(json.dumps(request) + "\n")
        self.requests.flush()
        line = self.process.stdout.readline()
        if not line:
            raise Died(f"{function} was ended")
        answer = json.loads(line)
        if "error" in answer:
            assert answer["known"], f"{answer['error']}\n{answer['place']}"
            raise Refused(answer["error"], answer["still_loaded"])
        return answer

    def read(self, host: Host, rules: list[dict[str, Any]] | None = None) -> dict[str, Any]:
        return self.call("Invoke-RuleOperation", host, Operation="read", Wanted=rules)

    def apply(
        self, host: Host, rules: list[dict[str, Any]], check: bool = False, fingerprint: str | None = None
    ) -> dict[str, Any]:
        """A change that nothing takes back."""
        return self.arm(host, rules, seconds=0, check=check, fingerprint=fingerprint)

    def arm(
        self,
        host: Host,
        rules: list[dict[str, Any]],
        token: str = "one",
        seconds: int = 60,
        check: bool = False,
        fingerprint: str | None = None,
    ) -> dict[str, Any]:
        options = {"Operation": "apply", "Wanted": rules, "Fingerprint": fingerprint, "CheckMode": check}
        return self.call("Invoke-RuleOperation", host, RollbackSeconds=seconds, Token=token, **options)

    def confirm(self, host: Host, token: str = "one", plan: str = "p1", check: bool = False) -> dict[str, Any]:
        return self.call("Invoke-RuleOperation", host, Operation="confirm", Token=token, Plan=plan, CheckMode=check)

    def rollback(self, host: Host, token: str = "one", check: bool = False) -> dict[str, Any]:
        return self.call("Invoke-RuleOperation", host, Operation="rollback", Token=token, CheckMode=check)


def play(pwsh: str, host: Host, tasks: list[dict[str, Any]], *options: str) -> list[dict[str, Any]]:
    """Results of tasks of the module in one real play, in order."""
    lines = [
        {"name": f"task {number}", f"{GROUP}.windows_rules": task, "ignore_errors": True}
        for number, task in enumerate(tasks)
    ]
    book = host.folder / "play.json"
    book.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": lines}]), encoding="utf-8")
    command = [sys.executable, "-m", "ansible", "playbook", "-i", "winhost,", "-c", "local", str(book), *options]
    command += ["-e", f"ansible_pwsh_interpreter={pwsh}"]
    environment = {
        **os.environ,
        **EMULATED,
        "MSX_WINDOWS_STATE": str(host.folder),
        "ProgramFiles": str(host.programs),
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".work" / "collections"),
        "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default",
        "ANSIBLE_CALLBACK_RESULT_FORMAT": "json",
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_LOCAL_TEMP": str(host.folder / "tmp"),
        "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback"),
        "ANSIBLE_CALLBACKS_ENABLED": "msx_results",
        "MSX_RESULTS": str(host.folder / "results.json"),
    }
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment, check=False, stdin=subprocess.DEVNULL
    )
    found = (host.folder / "results.json").read_text(encoding="utf-8").splitlines()
    assert len(found) == len(tasks), done.stdout + done.stderr
    (host.folder / "results.json").unlink()
    return [json.loads(line) for line in found]

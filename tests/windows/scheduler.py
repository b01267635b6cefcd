# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time on an emulated host: it passes, the host is restarted, its clock is set; tasks run when their triggers say so.

The module reads a clock that begins anew with each start of the host. Here that clock stays, and the times in the
record of the pending change are moved against it instead, which is the same.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import time
import xml.etree.ElementTree as ET
from datetime import datetime

from harness import EMULATED, Driver, Host, Refused

NAMESPACE = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
TASK = "msexchange.firewall rollback"
#: what no document settles, each way; the first is what is assumed
SWITCHES = {
    "past_repetition": ("fires", "never"),  # a repetition whose start was before the registration
    "skipped": ("late", "lost"),  # a start that a jump of the clock went over: made up for after ten minutes, or not
    "boot_trigger": ("fires", "never"),
}


class Scheduler:
    """The Task Scheduler of one host, with the time that it sees."""

    def __init__(self, host: Host, driver: Driver, **switches: str):
        self.host, self.driver = host, driver
        self.switches = {key: values[0] for key, values in SWITCHES.items()} | switches
        self.ahead = 0.0  # the host's time of day against ours
        self.made_up_for = float("inf")
        self.waits = False  # the task runs, and waits for the time

    def task(self) -> ET.Element | None:
        path = self.host.folder / "tasks" / f"{TASK}.xml"
        return ET.fromstring(path.read_text(encoding="utf-8")) if path.exists() else None

    def pass_time(self, seconds: float) -> None:
        before = time.time() + self.ahead
        self.ahead += seconds
        self._move_record(-1000 * seconds)
        if self._fires(before, before + seconds) or before <= self.made_up_for < before + seconds:
            self.made_up_for = float("inf")
            self.waits = True
        self._run_if_due()

    def set_clock(self, seconds: float) -> None:
        """Somebody sets the time of day; no time passes."""
        before = time.time() + self.ahead
        self.ahead += seconds
        if self.task() is not None and self._one_shot(before, before + seconds) and self.switches["skipped"] == "late":
            self.made_up_for = before + seconds + 600

    def restart(self) -> None:
        self.waits = False
        self._move_record(10**9)
        task = self.task()
        if task is not None and task.find(f".//{NAMESPACE}BootTrigger") is not None:
            self.waits = self.switches["boot_trigger"] == "fires"
        self._run_if_due()

    def run_really(self, pwsh: str) -> subprocess.CompletedProcess[str]:
        """The task's own command line, in a process of its own."""
        task = self.task()
        assert task is not None
        return self._run(pwsh, *shlex.split(task.findtext(f".//{NAMESPACE}Arguments") or ""))

    def run_by_hand(self, pwsh: str) -> subprocess.CompletedProcess[str]:
        """What an administrator types who does not want to wait."""
        return self._run(pwsh, "-NoProfile", "-File", str(self.host.kept / "restore.ps1"), "-Now")

    def _run(self, *command: str) -> subprocess.CompletedProcess[str]:
        state = {"MSX_WINDOWS_STATE": str(self.host.folder), "ProgramFiles": str(self.host.programs)}
        environment = {**os.environ, **EMULATED, **state}
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)

    def _run_if_due(self) -> None:
        if not self.waits or self.task() is None or not self._due():
            return
        self.waits = False
        try:
            self.driver.call("Complete-Rollback", self.host)
        except Refused:
            return  # the next trigger brings it again

    def _record(self) -> dict | None:
        path = self.host.kept / "pending.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None

    def _move_record(self, milliseconds: float) -> None:
        record = self._record()
        if record is not None:
            for key in ("armed", "deadline"):
                record[key] = str(int(record[key]) + int(milliseconds))
            (self.host.kept / "pending.json").write_text(json.dumps(record), encoding="utf-8")

    def _due(self) -> bool:
        record = self._record()
        now = time.monotonic() * 1000
        return (
            record is None
            or "confirmed" in record
            or now < int(record["armed"]) - 1000
            or now >= int(record["deadline"])
        )

    def _fires(self, begin: float, end: float) -> bool:
        task = self.task()
        if task is None:
            return False
        return self._one_shot(begin, end) or (self.switches["past_repetition"] == "fires" and _minute(task, begin, end))

    def _one_shot(self, begin: float, end: float) -> bool:
        task = self.task()
        starts = [t for t in task.iter(f"{NAMESPACE}TimeTrigger") if t.find(f"{NAMESPACE}Repetition") is None]
        return any(begin <= _start(trigger) < end for trigger in starts)


def _start(trigger: ET.Element) -> float:
    return datetime.fromisoformat(trigger.findtext(f"{NAMESPACE}StartBoundary") or "").timestamp()


def _minute(task: ET.Element, begin: float, end: float) -> bool:
    """Whether a repetition comes in this time: each minute from its start on."""
    for trigger in task.iter(f"{NAMESPACE}TimeTrigger"):
        if trigger.find(f"{NAMESPACE}Repetition") is None:
            continue
        start = _start(trigger)
        if end > start and int((end - start) // 60) > int((begin - start) // 60):
            return True
    return False

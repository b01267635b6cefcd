# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run did to a device, kept for those who ask later: one file a device and run, and how the fleet stands."""

from __future__ import annotations

import getpass
import json
import os
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from ..atomic import replace_file
from ..plan.awx import job_variable
from ..problems import Problem, ProblemError
from ..words import word_list

#: what a device holds after a run
NEW, NOTHING, FORMER, UNKNOWN, UNTOUCHED, CHECKED = "new", "nothing", "former", "unknown", "untouched", "checked"
BY_HAND = "by_hand"
_HEADS = {
    NEW: "hold the new plan",
    NOTHING: "hold nothing of this collection any more",
    FORMER: "hold what they held before",
    UNKNOWN: "nobody can say what they hold",
    BY_HAND: "get their rules by hand, from files",
    UNTOUCHED: "were not touched by this run",
    CHECKED: "were only compared",
}
# owner and group: whoever audits gets the group of the directory, and nobody else needs the rules of a firewall
_MODE = 0o640


def utc_now() -> str:
    """2026-11-24T12:42:33.123456Z; sorts by time."""
    now = time.time_ns()
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now // 10**9))}.{now // 1000 % 10**6:06d}Z"


def safe_name(host: str) -> str:
    """A file name of its own for each host, whatever the inventory calls it."""
    if re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}", host):
        return host
    return f"{re.sub('[^A-Za-z0-9_-]', '_', host)[:60]}~{sha256(host.encode()).hexdigest()[:12]}"


@dataclass(frozen=True)
class Standing:
    """How a device stands after a run."""

    host: str
    holds: str  # one of the words above
    plan: str = ""  # digest of what it holds, where that is known
    text: str = ""  # why it is not the new one
    failed: bool = False


class Standings:
    """The standings of one run: a small file a device, in the run's own temporary directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._failed = directory / "failed"

    def put(self, standing: Standing) -> None:
        """Those that failed once more apart, since every device of thousands asks for them."""
        mine = self._path(standing.host)
        failed = self._failed / mine.name
        self._failed.mkdir(mode=0o700, parents=True, exist_ok=True)
        text = json.dumps(asdict(standing))
        replace_file(mine, text)
        if standing.failed:
            replace_file(failed, text)
        else:
            failed.unlink(missing_ok=True)

    def get(self, host: str) -> Standing | None:
        path = self._path(host)
        return Standing(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None

    def failed(self) -> list[str]:
        """The devices on which this run failed."""
        return sorted(json.loads(path.read_text(encoding="utf-8"))["host"] for path in self._failed.glob("*.json"))

    def once(self) -> bool:
        """True for the first caller of the run."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            (self.directory / "told").touch(mode=0o600, exist_ok=False)
        except FileExistsError:
            return False
        return True

    def _path(self, host: str) -> Path:
        return self.directory / f"{sha256(host.encode()).hexdigest()[:32]}.json"


def rollout_text(standings: Iterable[Standing]) -> str:
    """Which devices hold the new plan, which the former one, of which nobody knows."""
    found = sorted(standings, key=lambda one: one.host)
    lines = ["How the devices stand after this run:"]
    for kind, head in _HEADS.items():
        mine = [one for one in found if one.holds == kind]
        if kind in (NEW, NOTHING, CHECKED, BY_HAND) and mine:
            lines.append(f"  {head}: {word_list(one.host for one in mine)}")
        elif mine:
            lines.append(f"  {head}:")
            lines += [f"    {one.host}{_plan(one)}{': ' if one.text else ''}{_first_lines(one.text)}" for one in mine]
    if any(one.failed for one in found):
        lines.append(
            "Mend the cause and run again: who holds the new plan stays as it is, the others are brought to it."
        )
    return "\n".join(lines)


def _plan(one: Standing) -> str:
    return f" (plan {one.plan[:12]})" if one.plan else ""


def _first_lines(text: str) -> str:
    return " ".join(text.split())[:400]


@dataclass
class Record:
    """One attempt to change one device.

    It is written when it begins and again when it ended: a run that is killed leaves a record without an end.
    """

    device: str
    platform: str
    state: str
    mode: str
    plan: str
    run: str
    job: str = ""
    user: str = ""
    controller: str = ""
    peer: str = ""  # where the device sees the controller
    approved: dict[str, str] = field(default_factory=dict)
    may_go: list[str] = field(default_factory=list)
    started: str = field(default_factory=utc_now)
    ended: str = ""
    outcome: str = "begun"
    why: str = ""
    decided_by: str = ""
    fingerprint_before: str | None = None  # None: nobody knows
    fingerprint_after: str | None = None
    counts: dict[str, int] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)  # what was sent

    def name(self) -> str:
        stamp = re.sub(r"[-:]", "", self.started)
        return f"{stamp}-{safe_name(self.device)}-{self.run}.json"

    def write(self, directory: str) -> Path:
        """In one step, over what the same attempt wrote before."""
        folder = Path(directory)
        folder.mkdir(mode=0o750, parents=True, exist_ok=True)
        path = folder / self.name()
        replace_file(path, json.dumps(asdict(self), indent=2, sort_keys=True, ensure_ascii=False) + "\n", _MODE)
        return path


#: how an attempt can end, and what the device holds then
CONFIRMED, UNCHANGED, COMPARED, REFUSED = "confirmed", "unchanged", "compared", "refused"
WENT_BACK, LOST, UNREADABLE, NOT_COMPARED = "went back", "unknown", "unreadable", "not compared"
LEFT_TO_HANDS = "left to hands"
_AFTER = {
    CONFIRMED: NEW,
    UNCHANGED: NEW,
    COMPARED: CHECKED,
    REFUSED: FORMER,
    WENT_BACK: FORMER,
    LOST: UNKNOWN,
    UNREADABLE: UNKNOWN,
    NOT_COMPARED: UNKNOWN,
    LEFT_TO_HANDS: BY_HAND,
}
#: nothing was tried, so there is nothing to keep
_UNRECORDED = (UNCHANGED, COMPARED, UNREADABLE, NOT_COMPARED, LEFT_TO_HANDS)
#: that a check run cannot see a device is told there, and is no failure of a run
_FAILURES = (REFUSED, WENT_BACK, LOST, UNREADABLE)


class Attempt:
    """What a run does to one device: its record, where one is kept, and how the device stands afterwards."""

    def __init__(self, record: Record, directory: str, standings: Standings, option: str) -> None:
        self.record = record
        self.directory = directory  # "" keeps no record
        self.option = option  # what names the directory
        self.standings = standings
        self.held = ""  # digest of the plan that the device held before

    def saw(self, facts: Mapping[str, Any]) -> None:
        """What the device said of itself."""
        self.record.peer = facts.get("peer", "")
        self.record.fingerprint_before = self.record.fingerprint_after = facts["fingerprint"]
        self.held = facts.get("holds", "")

    def begin(self, counts: dict[str, int], text: str) -> None:
        """Before anything is sent; what cannot be recorded is not done."""
        self.record.counts, self.record.lines = counts, text.splitlines()
        if not self.directory:
            return
        try:
            self.record.write(self.directory)
        except OSError as error:
            said = f"no record can be written to {self.directory} ({error.strerror}); name a directory that can be."
            problem = Problem("no-record", self.record.device, self.option, said)
            raise ProblemError([problem]) from error

    def end(self, outcome: str, why: str = "", by: str = "", fingerprint: str | None = None) -> str:
        """Keeps how it ended; a warning where the record could not be kept, else nothing."""
        gone = outcome in (CONFIRMED, UNCHANGED) and self.record.state == "absent"
        holds = NOTHING if gone else _AFTER[outcome]
        plan = {NEW: self.record.plan, FORMER: self.held, CHECKED: self.held}.get(holds, "")
        self.standings.put(Standing(self.record.device, holds, plan, why, outcome in _FAILURES))
        if outcome in _UNRECORDED or not self.directory:
            return ""
        self.record.outcome, self.record.why, self.record.decided_by, self.record.ended = outcome, why, by, utc_now()
        self.record.fingerprint_after = self.record.fingerprint_before if outcome == REFUSED else fingerprint
        try:
            self.record.write(self.directory)
        except OSError as error:
            return f"{self.record.device}: its record could not be written to {self.directory} ({error.strerror})."
        return ""


def local_user() -> str:
    """Who runs Ansible on the controller; a container may know only the number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


def who_runs(variables: Mapping[str, Any]) -> tuple[str, str]:
    """(job, user) as AWX says them in a job's extra variables; empty elsewhere."""
    return job_variable(variables, "job_id"), job_variable(variables, "user_name")

# SPDX-License-Identifier: GPL-3.0-or-later
"""How much memory a command and all that it starts hold at their peak; what they share counts once."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

PAUSE = 0.25


def peak(command: list[str], environment: Mapping[str, str]) -> tuple[float, int]:
    """(megabytes, processes) at the fullest moment; RuntimeError with the output where the command fails."""
    best, processes = 0.0, 0
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        streams = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": subprocess.STDOUT}
        started = subprocess.Popen(command, env=environment, **streams)
        while started.poll() is None:
            family = tree(started.pid)
            held = sum(map(proportional, family)) / 1024
            if held > best:
                best, processes = held, len(family)
            time.sleep(PAUSE)
        output.seek(0)
        if started.returncode:
            raise RuntimeError(f"{' '.join(command)} failed:\n{output.read()[-3000:]}")
    return best, processes


def tree(pid: int) -> list[int]:
    """A process and all that descend from it."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        return []
    return [pid, *(below for child in children for below in tree(int(child)))]


def proportional(pid: int) -> int:
    """Kilobytes of a process; a page that n processes share counts one n-th for each."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)

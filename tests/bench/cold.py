# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalog read cold, in a process of its own, against ansible-core's own start; both as CPU time."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

CATALOG = Path(__file__).resolve().parents[2] / "catalog"
#: so many flows at least, so that the figure still holds when the catalog has grown
FLOWS = 400
#: what a process does that asks one question, imports included
READ = """
from pathlib import Path
from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.load import load
print(len(load(Path({folder!r})).flows))
"""


def enlarged(folder: Path) -> Path:
    """A catalog of at least ``FLOWS`` flows in ``folder``: the present one, its entries repeated under other ids."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(CATALOG, folder)
    flows = sorted(folder.glob("flows/*.yml"))
    others = [*folder.glob("features/*.yml"), *folder.glob("sources/*.yml")]
    counts = [len(yaml.safe_load(path.read_text(encoding="utf-8"))["flows"]) for path in flows]
    total, number = sum(counts), 0
    while total < FLOWS:
        number += 1
        for path, more in [*zip(flows, counts, strict=True), *((path, 0) for path in others)]:
            if total < FLOWS or not more:
                copy = path.with_name(f"{path.stem}_{number}.yml")
                text = _renamed(path.read_text(encoding="utf-8"), path.parent.name, f"x{number}")
                copy.write_text(text, encoding="utf-8")
                total += more
    return folder


def _renamed(text: str, kind: str, suffix: str) -> str:
    """Only the ids of the entries change, so that every file is as much work to read as its original."""
    lines = []
    for line in text.splitlines():
        if kind == "sources" and line.startswith("  ") and line[2] not in " #" and line.rstrip().endswith(":"):
            line = f"{line.rstrip()[:-1]}_{suffix}:"
        elif line.startswith("  - id: "):
            line = line.rstrip() + (f"-{suffix}" if kind == "flows" else f"_{suffix}")
        lines.append(line)
    return "\n".join(lines) + "\n"


def cpu_of(command: list[str], environment: dict[str, str]) -> tuple[float, str]:
    """(CPU seconds of a command and all that it waited for, what it printed)"""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def rounds(
    folder: Path, start: list[str], environment: dict[str, str], count: int
) -> tuple[list[tuple[float, float]], int]:
    """((CPU of ansible-core's start, CPU of a process that reads the catalog) by turns, how many flows it read)"""
    reader = [sys.executable, "-c", READ.format(folder=str(enlarged(folder)))]
    ours = environment | {"PYTHONPATH": os.environ.get("PYTHONPATH", "")}
    both = [(cpu_of(start, ours)[0], cpu_of(reader, ours)) for _number in range(count + 1)]
    # the first round brings files into memory and bytecode to disk
    return [(base, mine) for base, (mine, _printed) in both[1:]], int(both[0][1][1])

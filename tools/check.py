# SPDX-License-Identifier: GPL-3.0-or-later
"""All checks of the project, a line each: check.py [newest|oldest|matrix]. Output of each goes to .work/log/."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import build
import environments
import system_packages
import tree

ROOT = environments.ROOT
LOG = environments.WORK / "log"
# what a reader of a failure needs; the rest stands in the log
TAIL = 60
# parts of the lab that mostly wait for timers and logins, so that they can run beside each other and the rest
LAB_PARTS = {
    "ways": ("test_appliance", "test_ways", "test_rollout", "test_guard"),
    "faults": ("test_kills", "test_controller_kills", "test_reboots"),
}


@dataclass(frozen=True)
class Step:
    """One check. ``where`` is the directory it runs in; steps of one lane run one after the other."""

    name: str
    command: tuple[str, ...]
    where: Path = ROOT
    environment: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Outcome:
    step: Step
    passed: bool
    seconds: float
    summary: str


def tool(environment: str, name: str) -> str:
    return str(environments.bin_directory(environment) / name)


def pytest(environment: str, folder: str, *options: str) -> Step:
    """Tests with the Python and the ansible-core of an environment; why something was skipped is printed."""
    cache = ("ANSIBLE_LOCAL_TEMP", str(environments.WORK / "tmp"))
    command = (tool(environment, "python"), "-m", "pytest", "-q", "-rs", f"tests/{folder}", *options)
    return Step(f"{folder} {environment}", command, environment=(cache,))


def lab_lanes(newest: str, oldest: str) -> list[list[Step]]:
    """The lab with the newest core, and with the oldest the role's own tests."""
    files = {part: [f"tests/lab/{name}.py" for name in names] for part, names in LAB_PARTS.items()}
    others = [f"--ignore={file}" for part in files.values() for file in part]
    lanes = [[pytest(newest, "lab", *others)]]
    for part, (first, *more) in files.items():
        step = pytest(newest, first.removeprefix("tests/"), *more)
        lanes.append([replace(step, name=f"lab {part} {newest}")])
    lanes[-1].append(pytest(oldest, "lab/test_appliance.py"))  # beside the longest lane
    return lanes


def core_steps(environment: str) -> list[Step]:
    """What is checked for an ansible-core: units with the cases, real plays, and ansible-test sanity."""
    sanity = Step(f"sanity {environment}", (sys.executable, "tools/sanity.py", environment))
    return [pytest(environment, "unit", "tests/cases"), pytest(environment, "plays"), sanity]


def windows_lane(newest: str) -> list[Step]:
    """What runs on Windows hosts, by a real PowerShell on an emulated firewall; it says so where there is none."""
    return [pytest(newest, "windows")]


def style_steps(copies: Path) -> list[Step]:
    """Formatters and linters; those that write or walk everything get a copy of the tree."""
    path = (("ANSIBLE_COLLECTIONS_PATH", str(copies.parents[2])),)
    lint = (tool("lint", "ansible-lint"), "--offline", "--profile", "production", "--nocolor")
    docs = (tool("docs", "antsibull-docs"), "lint-collection-docs", "--plugin-docs", "--skip-rstcheck", ".")
    importer = (tool("importer", "python"), "-m", "galaxy_importer.main", build.tarball().name)
    return [
        Step("ruff check", (tool("dev", "ruff"), "check", ".")),
        Step("ruff format", (tool("dev", "ruff"), "format", "--check", ".")),
        Step("ansible-lint", lint, copies, path),
        Step("antsibull-docs lint", docs, copies, path),
        Step("antsibull-changelog lint", (tool("docs", "antsibull-changelog"), "lint"), copies),
        Step("site", (sys.executable, "tools/docs.py")),
        Step("build", (sys.executable, "tools/build.py")),
        Step("galaxy-importer", importer, build.FOLDER),
        Step("execution environment", (sys.executable, "tools/execution_environment.py")),
    ]


def run(step: Step) -> Outcome:
    started = time.monotonic()
    # tools call each other by name; a virtual environment that is not active is not on PATH
    path = os.pathsep.join([str(Path(step.command[0]).parent), system_packages.system_path()])
    environment = {**os.environ, "PATH": path, **dict(step.environment)}
    done = subprocess.run(
        step.command,
        cwd=step.where,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    log = LOG / f"{re.sub('[^A-Za-z0-9.]+', '-', step.name)}.log"
    log.write_text(done.stdout, encoding="utf-8")
    outcome = Outcome(step, done.returncode == 0, time.monotonic() - started, _summary(done.stdout))
    _report(outcome, done.stdout, log)
    return outcome


def _summary(text: str) -> str:
    """The counting line of pytest, where there is one."""
    counted = [line for line in text.splitlines() if re.search(r"\d+ (passed|failed|skipped|error)", line)]
    return counted[-1].strip("= ") if counted else ""


def _report(outcome: Outcome, text: str, log: Path) -> None:
    word = "ok  " if outcome.passed else "FAIL"
    lines = [f"{word} {outcome.step.name:34} {outcome.seconds:5.0f} s  {outcome.summary}".rstrip()]
    lines += [f"     {line}" for line in text.splitlines() if line.startswith("SKIPPED")]
    if not outcome.passed:
        lines += [f"     | {line}" for line in text.splitlines()[-TAIL:]]
        lines += [f"     (all of it: {log.relative_to(ROOT)})"]
    print("\n".join(lines), flush=True)


def run_lanes(lanes: list[list[Step]]) -> Iterator[Outcome]:
    """Lanes side by side, the steps of each in order; a failure stops nothing."""
    with ThreadPoolExecutor(len(lanes)) as pool:
        for outcomes in pool.map(lambda lane: [run(step) for step in lane], lanes):
            yield from outcomes


def chosen_cores(which: str) -> list[str]:
    cores = environments.cores()
    return {"newest": cores[:1], "oldest": cores[-1:], "matrix": cores}.get(which, [cores[0], cores[-1]])


def main() -> int:
    which = sys.argv[1] if len(sys.argv) > 1 else ""
    cores = list(dict.fromkeys(chosen_cores(which)))
    extra = [] if which else [n for n in ("core-2.21-python3.12",) if environments.python_of(n)]
    styles = [] if which else ["dev", "lint", "docs", "importer", "builder"]
    chosen = (f"{environments.core_version(name)} on Python {environments.python_of(name)[1]}" for name in cores)
    print("ansible-core " + ", ".join(chosen), flush=True)
    try:
        environments.ensure([*cores, *extra, *styles])
    except (environments.EnvironmentMissing, system_packages.PackageMissing) as error:
        print(error, file=sys.stderr)
        return 1
    for folder in (LOG, environments.WORK / "tmp"):
        folder.mkdir(parents=True, exist_ok=True)
    everything = [core_steps(name) for name in cores]
    tests = [step for steps in everything for step in steps[:2]] + [pytest(name, "unit") for name in extra]
    others = [steps[2] for steps in everything] + (style_steps(tree.copy("checked")) if styles else [])
    outcomes = list(run_lanes([tests, others, windows_lane(cores[0])]))
    if styles:
        # after the others: its timers and its sample of packets want the machine for themselves
        problem = system_packages.lab_problem()
        if problem:
            print(f"without real packets, since {problem}", flush=True)
        outcomes += run_lanes(lab_lanes(cores[0], cores[-1]))
    failed = sum(not outcome.passed for outcome in outcomes)
    print(f"{len(outcomes) - failed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

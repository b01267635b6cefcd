# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures what the project promises: bench.py [calls|plan|lookup|core|pairs ...]; exit code 1 when a bar is not met.

Both sides of a ratio run in turn within one call, three times, and the middle of the three ratios counts, so that a
busy machine slows both. The core is measured in a process of its own, catalog and imports included.
"""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import cold
import fleet
import memory

HERE = Path(__file__).resolve().parent
WORK = HERE.parents[1] / ".work"
STAND_INS = WORK / "bench" / "collections"
ROLE = HERE.parents[1] / "roles" / "exchange_plan"
ROUNDS = 3
SERVERS = 1000
MANY_SERVERS = 10_000
PAIRS = (10, 10_000)
RATE_ROUNDS = 7
COLD_ROUNDS = 7


class Figure(NamedTuple):
    what: str
    measured: float
    unit: str
    limit: float | None
    how: str


def environment() -> dict[str, str]:
    """Nobody's own settings of Ansible, and the bench's."""
    return {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")} | {
        "ANSIBLE_COLLECTIONS_PATH": f"{WORK / 'collections'}:{STAND_INS}",
        "ANSIBLE_LOOKUP_PLUGINS": str(HERE / "plays" / "lookup_plugins"),
        "ANSIBLE_LOCALHOST_WARNING": "false",
    }


def run(command: list[str]) -> str:
    """Output of a command; what it printed is shown when it fails, since a figure of a failed run is none."""
    done = subprocess.run(
        command, env=environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout


def playbook(name: str, *options: str) -> list[str]:
    executable = Path(sys.executable).parent / "ansible-playbook"
    return [str(executable), str(HERE / "plays" / f"{name}.yml"), *options]


def seconds_of(name: str, inventory: Path) -> float:
    begin = time.monotonic()
    run(playbook(name, "-i", str(inventory)))
    return time.monotonic() - begin


def stand_ins() -> None:
    """The collection ``bench.nothing``: our role with an empty task in place of its own, with and without options."""
    collection = STAND_INS / "ansible_collections" / "bench" / "nothing"
    shutil.rmtree(collection, ignore_errors=True)
    (collection / "plugins" / "action").mkdir(parents=True)
    shutil.copy(HERE / "stand_ins" / "nothing.py", collection / "plugins" / "action")
    for name, parts, tasks in (("checked", ("defaults", "meta"), 1), ("empty", ("defaults",), 2)):
        for part in parts:
            shutil.copytree(ROLE / part, collection / "roles" / name / part)
        task = {"bench.nothing.nothing": {}, "register": "exchange_plan_result"}
        (collection / "roles" / name / "tasks").mkdir()
        (collection / "roles" / name / "tasks" / "main.yml").write_text(json.dumps([task] * tasks))


def plan() -> Iterator[Figure]:
    stand_ins()
    inventory = WORK / "bench" / "inventory.json"
    inventory.parent.mkdir(parents=True, exist_ok=True)
    inventory.write_text(json.dumps(fleet.inventory(SERVERS)), encoding="utf-8")
    sides = ("empty", "checked", "plan")
    empty, checked, ours = zip(
        *([seconds_of(name, inventory) for name in sides] for number in range(ROUNDS)), strict=True
    )
    what = f"play with the plan, {SERVERS:,} servers"
    yield ratio(what, "the same play without the plan", list(zip(checked, ours, strict=True)), 1.15)
    # what a role with options costs before it does anything is Ansible's own, and shown so that nobody need guess
    yield ratio(what, "no plan and no check of arguments", list(zip(empty, ours, strict=True)), None)
    megabytes, processes = memory.peak(playbook("plan", "-i", str(inventory)), environment())
    how = f"all {processes} processes at their peak; what they share counts once"
    yield Figure(f"memory of that play, {SERVERS:,} servers", megabytes, "MB", None, how)


def lookup() -> Iterator[Figure]:
    """The first round loads plugins and catalog and is left out."""
    printed = re.findall(r"seconds ([0-9.]+) ([0-9.]+)", run(playbook("lookups", "-i", "localhost,")))
    rounds = [(float(constant), float(ours)) for constant, ours in printed][-ROUNDS:]
    yield ratio("1,000 lookups in one template", "a lookup that returns a constant", rounds, 1.5)


def catalog() -> Iterator[Figure]:
    """All of it counts on both sides, the start of Python included."""
    start = playbook("start", "-i", "localhost,")
    rounds, flows = cold.rounds(WORK / "bench" / "catalog", start, environment(), COLD_ROUNDS)
    yield ratio(f"reading a catalog of {flows} flows, cold", "the start of ansible-core, CPU", rounds, 0.2)


def ratio(what: str, against: str, rounds: list[tuple[float, float]], limit: float | None) -> Figure:
    base, ours = (statistics.median(side) for side in zip(*rounds, strict=True))
    middle = statistics.median(mine / theirs for theirs, mine in rounds)
    return Figure(what, middle, "times", limit, f"{ours:.2f} s against {base:.2f} s for {against}")


def core() -> Iterator[Figure]:
    rounds = [(_core_of(SERVERS), _core_of(MANY_SERVERS)) for number in range(ROUNDS)]
    few, many = (sorted(side, key=lambda one: one["cpu"])[ROUNDS // 2] for side in zip(*rounds, strict=True))
    for servers, measured, limit in ((SERVERS, few, None), (MANY_SERVERS, many, 2.0)):
        yield Figure(f"plan core, {servers:,} servers", measured["cpu"], "s CPU", limit, f"{measured['rules']:,} rules")
    yield Figure(f"its memory, {MANY_SERVERS:,} servers", many["megabytes"], "MB", 300.0, "resident at its peak")
    growth = statistics.median(more["cpu"] / less["cpu"] for less, more in rounds)
    how = f"CPU against that of {SERVERS:,} servers; linear is {MANY_SERVERS // SERVERS}"
    yield Figure(f"its growth, {MANY_SERVERS:,} servers", growth, "times", float(MANY_SERVERS // SERVERS), how)


def _core_of(servers: int) -> dict[str, float]:
    return json.loads(run([sys.executable, __file__, "measure-core", str(servers)]))


def pairs() -> Iterator[Figure]:
    """The bar leaves a twentieth to chance."""
    import rate

    if rate.missing_tools():
        print(f"connection rate: not measured, it needs {', '.join(rate.missing_tools())}")
        return
    few, many = PAIRS
    rounds = list(rate.rates(few, many, RATE_ROUNDS))
    middle = statistics.median(less / more for less, more in rounds)
    less, more = (statistics.median(side) for side in zip(*rounds, strict=True))
    how = f"{more:,.0f} connections a second against {less:,.0f} with {few} pairs"
    yield Figure(f"time of a connection, {many:,} pairs", middle, "times", 1.05, how)


def _inputs(servers: int) -> list[Any]:
    from ansible_collections.msexchange.firewall.plugins.plugin_utils.topology.models import HostInput

    groups = ("all", "mailbox_servers")
    return [
        HostInput(name, groups if name.startswith("mbx") else groups[:1], {**fleet.FLEET_VARIABLES, **own})
        for name, own in fleet.fleet(servers).items()
    ]


def measure_core(servers: int) -> None:
    """CPU from the start of this process, less what making up the inventory takes."""
    from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.fleet import compute
    from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.store import Options
    from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.registry import platform_names

    imports = time.process_time()
    inputs = _inputs(servers)
    before = time.process_time()
    computed = compute(inputs, Options(), platform_names())
    used = resource.getrusage(resource.RUSAGE_SELF)
    figures = {
        "cpu": imports + time.process_time() - before,
        "megabytes": used.ru_maxrss / 1024,
        "rules": len(computed.plan.rules),
    }
    print(json.dumps(figures))


def hosts() -> Iterator[Figure]:
    """What the task of one Windows host costs the controller: its part of the plan off the disk, and its rules."""
    import tempfile

    from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.fleet import compute, contents
    from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.points import slice_from_pieces
    from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.store import Options, PlanStore
    from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms import windows
    from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.registry import platform_names

    inputs = _inputs(SERVERS)
    computed = compute(inputs, Options(), platform_names())
    taken = []
    with tempfile.TemporaryDirectory() as directory:
        store = PlanStore(Path(directory) / "plan")
        store.ensure(lambda: contents(computed, inputs, {}))
        for name in sorted(computed.points.hosts):
            begin = time.perf_counter()
            part = store.host(name)
            piece = slice_from_pieces(name, part["point"], store.pieces(part).__getitem__)
            windows.wanted(piece.whole(), "add")
            taken.append(1000 * (time.perf_counter() - begin))
    how = f"median of {len(taken):,} hosts in one process; the first one {taken[0]:.1f} ms"
    yield Figure(f"rules of a Windows host, {SERVERS:,} servers", statistics.median(taken), "ms", None, how)


def calls() -> Iterator[Figure]:
    """One call against a task a rule, on an emulated host; needs the ansible-core that runs such modules here."""
    import tempfile

    python = WORK / "core-2.21" / "bin" / "python"
    if not python.exists():
        print("calls to a Windows host: not measured, it needs the environment core-2.21 (make test makes it)")
        return
    with tempfile.TemporaryDirectory() as folder:
        found = json.loads(run([str(python), str(HERE / "calls.py"), folder]).splitlines()[-1])
    if "missing" in found:
        print(f"calls to a Windows host: not measured, it needs {found['missing']}")
        return
    how = f"{found['one']:.1f} s for all in one call, {found['tasks']:.1f} s for a task a rule"
    yield Figure("100 rules in one call, of the time of 100", found["one"] / found["tasks"], "times", 1 / 30, how)
    how = f"{found['foreign']:.1f} s beside 1,100 rules of others, {found['one']:.1f} s beside none"
    yield Figure("that call beside 1,100 rules of others", found["growth"], "times", 1.1, how)


def line(figure: Figure) -> str:
    limit = f"<= {figure.limit:g}" if figure.limit else "-"
    verdict = "" if figure.limit is None else "met" if figure.measured <= figure.limit else "MISSED"
    return f"{figure.what:38} {figure.measured:7.2f} {figure.unit:6} {limit:8} {verdict:7} {figure.how}"


PARTS = {
    "calls": calls,
    "lookup": lookup,
    "catalog": catalog,
    "core": core,
    "hosts": hosts,
    "pairs": pairs,
    "plan": plan,
}


def main() -> int:
    if sys.argv[1:2] == ["measure-core"]:
        measure_core(int(sys.argv[2]))
        return 0
    print(f"{'what':38} {'measured':14} {'bar':8} {'':7} how")
    missed = False
    for name in sys.argv[1:] or PARTS:
        for figure in PARTS[name]():
            print(line(figure), flush=True)
            missed |= figure.limit is not None and figure.measured > figure.limit
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())

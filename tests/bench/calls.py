# SPDX-License-Identifier: GPL-3.0-or-later
"""How long plays take that bring 100 rules to an emulated Windows host; run for bench.py by an ansible-core that can.

calls.py FOLDER prints JSON: seconds of one call for 100 rules, of 100 tasks of one rule each, and of one call on a host
without and with 1,100 rules of others.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "windows"))
import harness
import samples

RULES = 100
FOREIGN = 1100
ROUNDS = 5


def task(rules: list[dict]) -> dict:
    """Nothing takes it back, so that a side has no second task for each change."""
    return {"operation": "apply", "rules": rules, "rollback_seconds": 0, "token": "bench"}


def seconds(pwsh: str, host: harness.Host, tasks: list[dict], expected: int) -> float:
    begin = time.monotonic()
    results = harness.play(pwsh, host, tasks)
    taken = time.monotonic() - begin
    if any(result.get("failed") for result in results) or len(host.ours()) != expected:
        sys.exit(f"a call failed: {results[-1]}")
    return taken


def main(folder: Path) -> None:
    pwsh = harness.find_pwsh()
    if not pwsh or harness.why_no_ansible():
        print(json.dumps({"missing": harness.why_no_ansible() or "a pwsh of the lab"}))
        return
    rules = [samples.rule(number) for number in range(RULES)]
    few, many = [], []
    for number in range(ROUNDS):
        for side, foreign in ((few, 0), (many, FOREIGN)):
            host = harness.Host(folder / f"host-{number}-{foreign}", samples.foreign_rules(foreign))
            side.append(seconds(pwsh, host, [task(rules)], RULES))
    # a task holds one rule, and the next one puts another in its place: as much work for the host as one rule can be
    single = seconds(pwsh, harness.Host(folder / "single"), [task([rule]) for rule in rules], 1)
    figures = {"one": statistics.median(few), "tasks": single}
    figures["growth"] = statistics.median(more / less for less, more in zip(few, many, strict=True))
    print(json.dumps({**figures, "foreign": statistics.median(many)}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

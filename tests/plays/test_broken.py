# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Named broken inventories through a real run: every problem in the one error, no other, and nothing changed.

A file of ``broken/`` holds an inventory and, for each problem in it, host, variable and a piece of the sentence.
"""

from __future__ import annotations

import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

BROKEN = Path(__file__).parent / "broken"
NAMES = sorted(path.stem for path in BROKEN.glob("*.yml"))
TOLD = re.compile(r"^(1 problem was|\d+ problems were) found; nothing was changed:$")


def test_there_are_enough_of_them_and_several_hold_more_than_one_problem():
    expected = [yaml.safe_load((BROKEN / f"{name}.yml").read_text(encoding="utf-8"))["expect"] for name in NAMES]
    assert len(NAMES) >= 48
    assert sum(len(problems) > 1 for problems in expected) >= 16


@pytest.fixture(scope="module")
def runs(request, tmp_path_factory, player_in):
    """name -> future of its run; two at a time, only those that were selected."""
    selected = sorted({item.callspec.params["name"] for item in request.session.items if takes_a_run(item)})
    with ThreadPoolExecutor(max_workers=2) as pool:
        yield {name: pool.submit(play, player_in(tmp_path_factory.mktemp(name)), name) for name in selected}


def takes_a_run(item):
    return item.path == Path(__file__) and "runs" in item.fixturenames


def files(folder):
    """What lies in the folder, Ansible's own home left out."""
    return sorted(
        str(Path(base, name).relative_to(folder))
        for base, _folders, names in os.walk(folder)
        for name in names
        if Path(base, name).relative_to(folder).parts[0] != "home"
    )


def play(player, name):
    """(run, files before, files after)"""
    case = yaml.safe_load((BROKEN / f"{name}.yml").read_text(encoding="utf-8"))
    inventory = player.write("inventory.yml", case["inventory"])
    before = files(player.folder)
    return player.save(inventory), before, files(player.folder)


def problems_of(run):
    """The lines of the error that tells the problems; there is exactly one such error."""
    messages = [str(result.get("msg", "")) for _host, result in run.results()]
    found = [lines for lines in (message.split("\n") for message in messages) if any(map(TOLD.match, lines))]
    assert len(found) == 1, run.text
    lines = found[0]
    start = next(number for number, line in enumerate(lines) if TOLD.match(line))
    assert all(line.startswith("  - ") for line in lines[start + 1 :]), lines
    return [line.removeprefix("  - ") for line in lines[start + 1 :]]


@pytest.mark.parametrize("name", NAMES)
def test_every_problem_is_told_at_once_and_nothing_else_happens(runs, name):
    run, before, after = runs[name].result()
    expected = yaml.safe_load((BROKEN / f"{name}.yml").read_text(encoding="utf-8"))["expect"]
    assert run.rc != 0
    for word in ("Traceback", "nexpected exception", "nexpected Exception", "object at 0x"):
        assert word not in run.text, run.text
    told = problems_of(run)
    for host, variable, text in expected:
        place = f"{host}: {variable}: " if host else f"{variable}: "
        fitting = [line for line in told if line.startswith(place) and text in line]
        assert len(fitting) == 1, f"{place}{text}\nis not told once by\n" + "\n".join(told)
    assert len(told) == len(expected), "\n".join(told)
    assert after == before
    assert "changed=1" not in run.text

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The process is ended after any write, of a rule, a file or the task: the host ends up old or new, never between.

MSX_WINDOWS_KILLS says how many deaths are tried.
"""

from __future__ import annotations

import json
import os
import random
import re

import pytest
from harness import Died, Driver, Refused
from samples import changed_rules, foreign_rules, random_rules
from scheduler import Scheduler

KILLS = int(os.environ.get("MSX_WINDOWS_KILLS", "20"))
#: more writes than any of the calls makes; a death that is not reached is a call that came to its end
MOST = {"apply": 45, "confirm": 14, "rollback": 40, "task": 40, "absent": 14}
AFTERWARDS = ("time passes", "restart", "next reading", "next apply")


class Mortal:
    """A driver that is there again after it was ended."""

    def __init__(self, pwsh, tmp_path):
        self.pwsh, self.tmp_path, self.lives, self.driver = pwsh, tmp_path, 0, None

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        if self.driver:
            self.driver.close()

    def __getattr__(self, name):
        if self.driver is None:
            folder = self.tmp_path / f"life {self.lives}"
            folder.mkdir()
            self.lives += 1
            self.driver = Driver(self.pwsh, folder)
        return getattr(self.driver, name)

    def until_death(self, host, number, call):
        """Whether it died."""
        host.set(die_after=number)
        try:
            call()
        except Died:
            self.driver.process.wait()
            self.driver = None
            return True
        finally:
            host.set()
        return False


def nameless(host):
    """What is open: while a rule is written it has a name of its own, and descriptions open nothing."""
    return {re.sub(r"\|(Name|Desc)=[^|]*", "", text) for text in host.ours().values()}


def texts(host):
    return sorted(sorted(text.split("|")) for text in host.ours().values())


def killed_call(mortal, host, victim, new):
    time = Scheduler(host, mortal)
    if victim in ("apply",):
        return lambda: mortal.arm(host, new)
    mortal.arm(host, new)
    if victim == "task":
        time._move_record(-61000)
        return lambda: mortal.call("Complete-Rollback", host)
    return {"rollback": lambda: mortal.rollback(host)}.get(victim, lambda: mortal.confirm(host))


def go_on(mortal, host, afterwards, new):
    time = Scheduler(host, mortal)
    if afterwards == "restart":
        time.restart()
    elif afterwards == "next reading":
        time._move_record(-61000)
    elif afterwards == "next apply":
        try:
            mortal.arm(host, new, token="two")
        except Refused as error:
            assert "[change-pending]" in str(error)
            time.pass_time(61)
            mortal.read(host)
        else:
            mortal.rollback(host, token="two")
    if afterwards != "restart":
        time.pass_time(61)
        time.pass_time(61)
    return mortal.read(host)


@pytest.mark.parametrize("seed", range(KILLS))
def test_after_any_death_the_host_is_old_or_new_and_the_next_run_mends_it(pwsh, new_host, tmp_path, seed):
    chance = random.Random(seed)
    victim = list(MOST)[seed % len(MOST)]
    host = new_host(foreign_rules(7))
    with Mortal(pwsh, tmp_path) as mortal:
        old = random_rules(seed, 4)
        new = [] if victim == "absent" else changed_rules(old, seed + 1)
        mortal.apply(host, new)
        after, open_after = texts(host), nameless(host)
        mortal.apply(host, old)
        before, open_before = texts(host), nameless(host)
        call = killed_call(mortal, host, victim, new)
        number = chance.randint(1, MOST[victim] if chance.random() < 0.5 else MOST[victim] // 3)
        died = mortal.until_death(host, number, call)
        where = f"{victim}, write {number}, {'died' if died else 'came to its end'}"
        assert open_before & open_after <= nameless(host) <= open_before | open_after, where
        decided = victim in ("confirm", "absent") and (_confirmed(host) or not died)
        afterwards = chance.choice(AFTERWARDS)
        found = go_on(mortal, host, afterwards, new)
        where += f", then {afterwards}"
        assert texts(host) == (after if decided else before) and host.foreign() == foreign_rules(7), where
        assert not found["pending"] and not list((host.folder / "tasks").glob("*")), where
        mortal.arm(host, old, token="three")
        mortal.confirm(host, token="three", plan="p3")
        assert mortal.read(host, old)["holds"] == ("p3" if old else "") and texts(host) == before, where
        mortal.arm(host, [], token="four")
        mortal.confirm(host, token="four")
        assert host.rules() == foreign_rules(7) and not host.kept.exists(), where


def _confirmed(host):
    """Whether the one step that decides is done: it stands in the record, or the record has gone after that."""
    path = host.kept / "pending.json"
    return not path.exists() or "confirmed" in json.loads(path.read_text(encoding="utf-8"))


def test_two_jobs_at_once(pwsh, new_host, tmp_path):
    """One of them changes the host; the other is told, and neither does harm to the other's way back."""
    from threading import Thread

    host = new_host(foreign_rules(7))
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    drivers = [Driver(pwsh, folder) for folder in folders]
    try:
        wanted = [random_rules(seed, 6) or random_rules(seed + 100, 6) for seed in (1, 2)]
        for driver in drivers:
            driver.read(host)
        told: list[object] = [None, None]

        def run(number):
            try:
                told[number] = drivers[number].arm(host, wanted[number], token=f"job {number}")
            except Refused as error:
                told[number] = error

        threads = [Thread(target=run, args=(number,)) for number in (0, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        refused = [isinstance(one, Refused) for one in told]
        assert sorted(refused) == [False, True], told
        loser = refused.index(True)
        assert "[change-pending]" in str(told[loser]) or "[lock-held]" in str(told[loser])
        drivers[1 - loser].confirm(host, token=f"job {1 - loser}")
        assert not drivers[loser].read(host, wanted[1 - loser])["differs"]
        assert host.foreign() == foreign_rules(7)
    finally:
        for driver in drivers:
            driver.close()

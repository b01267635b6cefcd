# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills of the module on a gateway: every place where one can fall, and what must be true afterwards."""

from __future__ import annotations

import random
from dataclasses import dataclass

from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms import nftables
from ansible_collections.msexchange.firewall.tests.unit.platforms.samples import MAILBOX, piece, rule

from .box import Box
from .faults import Fault

ABSENT = nftables.ABSENT
FIRST = nftables.wanted(piece(rule()), "add")
SECOND = nftables.wanted(piece(rule(), rule("r2", flow="pop", ports=((110, 110),), destination=MAILBOX)), "enforce")
TABLES = {"nothing": ABSENT, "first": FIRST, "second": SECOND}
# a change of each kind: the first one ever, one of rules, and the last one; a round ends where it began
ROUND = (("nothing", "first"), ("first", "second"), ("second", "nothing"))
SOON = 1  # seconds until the timer acts


@dataclass(frozen=True)
class Kill:
    """Where a change from one table to another is cut: in apply (or the timer that follows), confirm or rollback."""

    before: str
    after: str
    within: str
    fault: Fault

    def __str__(self) -> str:
        return f"{self.before} to {self.after}, {self.within}, {self.fault}"


def every_kill(box: Box) -> list[Kill]:
    """All steps of all operations, each killed before it; all loads, killed before and after; found by counting."""
    found = []
    for before, after in ROUND:
        for within, (steps, loads) in _counted(box, before, after).items():
            faults = [Fault("step", number + 1) for number in range(steps)]
            faults += [Fault("nft", number + 1, when) for number in range(loads) for when in ("before", "after")]
            found += [Kill(before, after, within, fault) for fault in faults]
    return found


def _counted(box: Box, before: str, after: str) -> dict[str, tuple[int, int]]:
    """(steps, loads) of each operation; those of the timer are counted with the apply that started it."""
    box.bring(TABLES[before])
    given_up = box.call("apply", **box.change_to(TABLES[after]))
    back = box.call("rollback", token=f"change-{box.changes}")
    box.call("apply", **box.change_to(TABLES[after]))
    kept = box.call("confirm", token=f"change-{box.changes}")
    of_timer = back.steps - 1  # it does the same, but for the signal to itself
    return {
        "apply": (given_up.steps + of_timer, given_up.loads + back.loads),
        "rollback": (back.steps, back.loads),
        "confirm": (kept.steps, kept.loads),
    }


def chosen_kills(box: Box, number: int, seed: int) -> list[Kill]:
    """A sample of every kill; where more are asked for than there are, the rest falls at random moments."""
    dice = random.Random(seed)
    every = every_kill(box)
    found = dice.sample(every, min(number, len(every)))
    while len(found) < number:
        before, after = dice.choice(ROUND)
        within = dice.choice(["apply", "confirm", "rollback"])
        found.append(Kill(before, after, within, Fault("seconds", round(dice.uniform(0, 0.2), 4))))
    return found


def suffer(box: Box, kill: Kill) -> None:
    """One kill and its consequences; every state on the way is looked at."""
    before, after = TABLES[kill.before], TABLES[kill.after]
    box.bring(before)
    foreign = box.foreign()
    options = box.change_to(after, SOON if kill.within == "apply" else SOON + 1)
    if kill.within == "apply":
        box.call("apply", kill.fault, **options)
    else:
        box.answer("apply", **options)
        box.call(kill.within, kill.fault, token=options["token"])
    assert box.live() in (before, after), "the table is something between"
    assert box.boots() in (before, after), "what would boot is something between"
    box.wait()
    if box.waits():  # the timer was killed too: whoever looks next makes up for it
        box.answer("read")
        box.wait()
    if box.waits():
        box.answer("read")
    assert not box.waits()
    assert box.live() in (before, after), "the table is something between after the rollback"
    assert box.boots() == box.live(), "the gateway would boot with something else than it holds"
    box.bring(after)
    assert box.boots() == after
    assert box.foreign() == foreign, "a foreign table changed"
    if after == ABSENT:
        assert box.files() == {"units": "40755"}, "something of ours stayed on the disk"

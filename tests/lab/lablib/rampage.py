# SPDX-License-Identifier: GPL-3.0-or-later
"""What may happen to a gateway in a company, in any order: the events of the soak, and what must be true after each."""

from __future__ import annotations

import random
from collections.abc import Callable

from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.models import Group
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms import nftables
from ansible_collections.msexchange.firewall.tests.unit.platforms.samples import INTERNET, MAILBOX, piece, rule

from .box import Box
from .calls import call_tcp
from .faults import Fault, kill_timer
from .namespaces import Namespace

SOON = 1
MAIL = rule("mail", destination=MAILBOX)
POP = rule("pop", flow="pop", ports=((110, 110),), destination=MAILBOX)
CROWD = Group("crowd", tuple(f"10.20.{third}.{fourth}/32" for third in range(4) for fourth in range(100)))
# each permits mail, which the traffic is; whether POP passes tells them apart
TABLES = tuple(
    nftables.wanted(piece(*rules), mode)
    for rules in ((MAIL,), (MAIL, POP), (MAIL, rule("more", source=INTERNET, destination=CROWD)))
    for mode in ("add", "enforce")
)
KILLED = [Fault("step", number) for number in range(1, 31)] + [Fault("nft", 1, when) for when in ("before", "after")]


def change(box: Box, dice: random.Random) -> None:
    box.bring(dice.choice(TABLES))


def unconfirmed(box: Box, dice: random.Random) -> None:
    before = box.live()
    box.answer("apply", **box.change_to(dice.choice(TABLES), SOON))
    box.wait()
    assert box.live() == before, "an unconfirmed change stayed"


def killed(box: Box, dice: random.Random) -> None:
    before, after = box.live(), dice.choice(TABLES)
    within = dice.choice(["apply", "confirm", "rollback"])
    fault = dice.choice([dice.choice(KILLED), Fault("seconds", dice.uniform(0, 0.2))])
    options = box.change_to(after, SOON if within == "apply" else SOON + 1)
    if within == "apply":
        box.call("apply", fault, **options)
    else:
        box.answer("apply", **options)
        box.call(within, fault, token=options["token"])
    if dice.random() < 0.2:
        box.gateway.call(kill_timer, str(box.directory))
    assert box.live() in (before, after), "a kill left a table between"
    assert box.boots() in (before, after), "a kill left files between"
    ended(box)
    assert box.live() in (before, after), "after a kill the gateway ended on a table between"


def rebooted(box: Box, dice: random.Random) -> None:
    before = box.live()
    if dice.random() < 0.5:
        box.answer("apply", **box.change_to(dice.choice(TABLES)))
    box.reboot()
    assert box.live() == before, "a reboot came up with something that was not confirmed"


def two_jobs(box: Box, dice: random.Random) -> None:
    first, second = dice.sample(TABLES, 2)
    plans = [box.change_to(first), box.change_to(second)]
    answers = box.at_once(*(box.arguments("apply", **options) for options in plans))
    good = [number for number, answer in enumerate(answers) if not answer.get("failed")]
    assert len(good) == 1, f"of two jobs {len(good)} won"
    box.answer("confirm", token=plans[good[0]]["token"])
    assert box.live() == (first, second)[good[0]], "the winner's table is not there"


EVENTS: list[tuple[str, Callable[[Box, random.Random], None]]] = [
    ("changes", change),
    ("unconfirmed changes", unconfirmed),
    ("kills", killed),
    ("kills", killed),
    ("reboots", rebooted),
    ("pairs of jobs", two_jobs),
]


def ended(box: Box) -> None:
    """Nothing is pending any more: by the timer, or by the next reads where the timer was killed."""
    for _attempt in range(10):
        box.wait()
        if not box.waits():
            return
        box.answer("read")
    raise AssertionError("a change is pending for ever")


def check(box: Box, callers: Namespace, client: str, server: str) -> None:
    """Between events: what boots is what is there, and packets pass as that says."""
    ended(box)
    live = box.live()
    assert live in TABLES, "the table is none of those that were asked for"
    assert box.boots() == live, "the gateway would boot with something else"
    open_ = live not in TABLES[1::2] or live == TABLES[3]
    found = callers.call(call_tcp, client, server, 110)
    assert (found == "open") == open_, f"POP is {found}"

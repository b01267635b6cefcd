# SPDX-License-Identifier: GPL-3.0-or-later
"""A change on a device that can be told what goes wrong: however it ends, the answer is true."""

from __future__ import annotations

import pytest
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms import applying, nftables
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.applying import (
    CONFIRMED,
    REFUSED,
    UNKNOWN,
    WENT_BACK,
    Change,
    DeviceError,
    DeviceSilent,
    carry_out,
)
from ansible_collections.msexchange.firewall.tests.unit.platforms.model import Model
from ansible_collections.msexchange.firewall.tests.unit.platforms.samples import piece, rule

WANTED = nftables.wanted(piece(rule()), "add")


class Device:
    """Holds a table, and a list of (operation, error) that it meets one after the other."""

    def __init__(self, *trouble, timer=True):
        self.model, self.trouble, self.timer = Model(), list(trouble), timer
        self.calls = []

    def __call__(self, operation, **options):
        self.calls.append(operation)
        if self.trouble and self.trouble[0][0] == operation:
            _operation, error = self.trouble.pop(0)
            if operation == "apply" and isinstance(error, DeviceSilent):
                self.model.load(options["script"])
            raise error
        if operation == "apply":
            self.model.load(options["script"])
        if operation == "rollback":
            self.model = Model()
        return {"table": self.model.listing(), "fingerprint": self.fingerprint(), "notices": ["noted"]}

    def fingerprint(self):
        return "full" if self.model.tables else ""

    def renew(self):
        self.calls.append("renew")

    def drop(self):
        self.calls.append("drop")

    def wait(self, _seconds):
        """The time of the timer passes."""
        self.calls.append("wait")
        if self.timer:
            self.model = Model()


def carried(device, monkeypatch):
    monkeypatch.setattr(applying.time, "sleep", device.wait)
    changes = nftables.changes(nftables.ABSENT, WANTED)
    return carry_out(Change(nftables, changes, WANTED, {"fingerprint": ""}, (), 60), device)


def test_a_confirmed_change(monkeypatch):
    device = Device()
    ending = carried(device, monkeypatch)
    assert (ending.outcome, ending.fingerprint, ending.notices) == (CONFIRMED, "full", ("noted",))
    assert device.calls == ["renew", "apply", "renew", "read", "confirm"]


SILENT, NO = DeviceSilent("connection timed out"), DeviceError("the table changed")
UNHEARD = [("confirm", SILENT)] * 2  # a confirmation is asked twice
TROUBLE = {
    "refused before anything was loaded": ([("apply", NO)], True, REFUSED, "", "the table changed"),
    "cut while it was loaded": ([("apply", SILENT)], True, WENT_BACK, "", "was told to go back"),
    "cut before the look": ([("read", SILENT)], True, WENT_BACK, "", "was told to go back"),
    "refused to confirm": ([("confirm", NO)], True, WENT_BACK, "", "was told to go back"),
    "cut for a while": (
        [*UNHEARD, ("rollback", SILENT)],
        True,
        WENT_BACK,
        "",
        "by its own timer",
    ),
    "cut off": (
        [*UNHEARD, ("rollback", SILENT), ("read", SILENT)],
        True,
        UNKNOWN,
        None,
        "out of reach",
    ),
    "its timer is dead": ([*UNHEARD, ("rollback", NO)], False, UNKNOWN, "full", "look at it at once"),
}


@pytest.mark.parametrize("case", TROUBLE)
def test_a_change_that_is_not_confirmed(case, monkeypatch):
    trouble, timer, outcome, fingerprint, words = TROUBLE[case]
    device = Device(*trouble, timer=timer)
    ending = carried(device, monkeypatch)
    assert (ending.outcome, ending.fingerprint) == (outcome, fingerprint)
    assert words in ending.text
    assert ending.reachable is (case != "cut off")
    assert (outcome == UNKNOWN and timer) or device.fingerprint() == fingerprint
    assert device.calls.count("confirm") <= 2


def test_a_confirmation_whose_answer_was_lost_is_repeated_over_a_new_connection(monkeypatch):
    device = Device(("confirm", SILENT))
    ending = carried(device, monkeypatch)
    assert (ending.outcome, ending.fingerprint) == (CONFIRMED, "full")
    assert device.calls == ["renew", "apply", "renew", "read", "confirm", "renew", "confirm"]


def test_a_removal_whose_answer_was_lost_is_known_by_what_is_left(monkeypatch):
    """Nothing is: also nobody who could confirm a second time."""
    device = Device(("confirm", SILENT), ("confirm", NO))
    device.model.load(nftables.script(nftables.changes(nftables.ABSENT, WANTED).operations))
    answer = device.__class__.__call__
    monkeypatch.setattr(Device, "__call__", lambda self, *a, **o: {**answer(self, *a, **o), "persisted": ""})
    monkeypatch.setattr(Device, "fingerprint", lambda self: "full" if self.model.tables else "")
    changes = nftables.changes(WANTED, nftables.ABSENT)
    monkeypatch.setattr(nftables, "parse", lambda text: nftables.ABSENT)
    monkeypatch.setattr(device.model, "listing", lambda: "")
    ending = carry_out(Change(nftables, changes, nftables.ABSENT, {"fingerprint": "full"}, (), 60), device)
    assert ending.outcome == CONFIRMED and device.calls.count("confirm") == 1


def test_a_timer_that_began_later_than_the_clock_here_is_waited_for(monkeypatch):
    device = Device(*UNHEARD, ("rollback", SILENT), timer=False)
    answer, waits = Device.__call__, []

    def read(self, operation, **options):
        found = answer(self, operation, **options)
        return {**found, "pending": not waits or len(waits) < 2, "seconds_left": 7}

    def wait(seconds):
        waits.append(seconds)
        if len(waits) == 2:
            device.model = Model()

    monkeypatch.setattr(Device, "__call__", read)
    monkeypatch.setattr(device, "wait", wait)
    ending = carried(device, monkeypatch)
    assert (ending.outcome, ending.fingerprint) == (WENT_BACK, "") and waits[1] >= 7


def test_another_table_than_was_sent_is_not_confirmed(monkeypatch):
    device = Device()
    load = device.model.load
    device.model.load = lambda script: load(script.replace("10.", "11.").replace("dport 25", "dport 26"))
    ending = carried(device, monkeypatch)
    assert ending.outcome == WENT_BACK and "differs from what was sent" in ending.text
    assert "confirm" not in device.calls


def test_a_server_that_no_longer_answers_takes_the_change_back(monkeypatch):
    monkeypatch.setattr(applying, "answering_hosts", lambda managed: [("mbx1", "192.0.2.1", 5986)])
    monkeypatch.setattr(applying, "silent_hosts", lambda targets: [name for name, _address, _port in targets])
    ending = carried(Device(), monkeypatch)
    assert ending.outcome == WENT_BACK and "mbx1 answered before the change and no longer does" in ending.text


def test_a_login_that_cannot_be_had_again_begins_nothing(monkeypatch):
    device = Device()
    monkeypatch.setattr(device, "renew", lambda: (dummy for dummy in ()).throw(SILENT))
    ending = carried(device, monkeypatch)
    assert (ending.outcome, ending.fingerprint, device.calls) == (REFUSED, "", [])
    assert "Nothing was changed" in ending.text and "[no-new-login]" in ending.text


def test_a_change_that_never_arrived_is_known_at_once(monkeypatch):
    """The gateway answers that nothing waits: nobody has to sit out a timer that never began."""
    device = Device(("apply", SILENT), ("rollback", NO))
    device.model.load = lambda script: None
    ending = carried(device, monkeypatch)
    assert (ending.outcome, ending.fingerprint) == (WENT_BACK, "") and "wait" not in device.calls


def test_a_gateway_that_kept_the_change_although_nobody_heard_it(monkeypatch):
    device = Device(*UNHEARD, ("rollback", DeviceError("this change is confirmed already [confirmed-already]")))
    ending = carried(device, monkeypatch)
    assert (ending.outcome, ending.fingerprint) == (CONFIRMED, "full")
    assert "the answer to the confirmation was lost" in ending.notices[0] and "wait" not in device.calls


def test_a_kept_change_is_told_also_where_the_device_then_falls_silent(monkeypatch):
    kept = DeviceError("this change is confirmed already [confirmed-already]")
    device = Device(*UNHEARD, ("rollback", kept), ("read", SILENT), ("read", SILENT))
    ending = carried(device, monkeypatch)
    assert (ending.outcome, ending.fingerprint) == (CONFIRMED, None)

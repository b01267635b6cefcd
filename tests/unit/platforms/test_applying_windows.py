# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Windows host by the steps that all devices share: what it is told, and what its answers mean."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.models import Group, Managed, OwnAddresses
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms import applying, windows
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.applying import (
    CONFIRMED,
    UNKNOWN,
    WENT_BACK,
    Change,
    DeviceError,
    DeviceSilent,
    carry_out,
)
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.checks import checked
from ansible_collections.msexchange.firewall.plugins.plugin_utils.problems import ProblemError
from ansible_collections.msexchange.firewall.tests.unit.platforms.samples import EDGE, MAILBOX, piece, rule

OWN = OwnAddresses(("192.0.2.10/32", "2001:db8::10/128"))
PART = replace(
    piece(rule("r", source=EDGE, destination=MAILBOX)),
    host="mbx1",
    platform="windows",
    own=OWN,
    known=tuple((prefix, "edge1") for prefix in EDGE.members),
)
OPTIONS = {"mode": "add", "outbound": False}
WANTED = windows.plan_for(PART.whole(), OPTIONS)
SILENT, NO = DeviceSilent("connection timed out"), DeviceError("the rules changed")


class Host:
    """Holds rules, and a list of (operation, error) that it meets one after the other."""

    def __init__(self, *trouble, rules=()):
        self.before, self.rules, self.trouble, self.calls = list(rules), list(rules), list(trouble), []

    def __call__(self, operation, **options):
        self.calls.append(operation)
        if operation == "apply":
            assert [one["name"] for one in options["rules"]] == sorted(one["name"] for one in options["rules"])
        if self.trouble and self.trouble[0][0] == operation:
            _operation, error = self.trouble.pop(0)
            if operation == "apply" and isinstance(error, DeviceSilent):
                self.rules = list(options["rules"])
            raise error
        if operation == "apply":
            self.rules = list(options["rules"])
        if operation == "rollback":
            self.rules = self.before
        return self.facts(options.get("rules", ()))

    def facts(self, wanted):
        return {
            "owned": self.rules,
            "fingerprint": str(len(self.rules)) if self.rules else "",
            "differs": self.rules != list(wanted),
            "notices": [],
            "peer": "",
        }

    def renew(self):
        self.calls.append("renew")

    def drop(self):
        self.calls.append("drop")

    def wait(self, _seconds):
        """The time of the host's task comes."""
        self.rules = self.before


def carried(host, monkeypatch, wanted=WANTED):
    monkeypatch.setattr(applying.time, "sleep", host.wait)
    facts = host.facts(wanted)
    return carry_out(Change(windows, windows.compared(facts, wanted), wanted, facts, (), 60), host)


def test_a_confirmed_change(monkeypatch):
    host = Host()
    ending = carried(host, monkeypatch)
    assert (ending.outcome, ending.fingerprint, host.rules) == (CONFIRMED, str(len(WANTED)), list(WANTED))
    assert host.calls == ["renew", "apply", "renew", "read", "confirm"]


def test_a_removal_whose_answer_was_lost_is_known_by_what_is_left(monkeypatch):
    host = Host(("confirm", SILENT), rules=WANTED)
    ending = carried(host, monkeypatch, windows.ABSENT)
    assert ending.outcome == CONFIRMED and host.calls.count("confirm") == 1 and not host.rules


TROUBLE = {
    "cut while it was applied": ([("apply", SILENT)], WENT_BACK, "The host was told to go back"),
    "refused to confirm": ([("confirm", NO)], WENT_BACK, "The host was told to go back"),
    "cut for a while": ([("confirm", SILENT)] * 2 + [("rollback", SILENT)], WENT_BACK, "The host went back by its own"),
    "cut off": (
        [("confirm", SILENT), ("confirm", SILENT), ("rollback", SILENT), ("read", SILENT)],
        UNKNOWN,
        "The host is out of reach",
    ),
}


@pytest.mark.parametrize("case", TROUBLE)
def test_a_change_that_is_not_confirmed(case, monkeypatch):
    trouble, outcome, words = TROUBLE[case]
    host = Host(*trouble)
    ending = carried(host, monkeypatch)
    assert ending.outcome == outcome and words in ending.text and "ateway" not in ending.text
    assert host.rules == host.before


def test_the_host_decides_whether_anything_differs():
    other = [{**one, "remote_addresses": [*one["remote_addresses"], "LocalSubnet"]} for one in WANTED]
    held = Host(rules=other).facts(WANTED)
    assert not windows.compared({**held, "differs": False}, WANTED)
    assert windows.compared(held, WANTED).change
    same = windows.compared({**Host(rules=WANTED).facts(WANTED), "differs": True}, WANTED)
    assert same and not same.add and same.undo is None and "otherwise than they were sent" in same.operations[0].text


CONTROLLER = Group("management", ("10.99.0.0/24",), (), (("10.99.0.0/24", "default"),))


def managed(*members):
    """The host as Ansible reaches it, with a rule that lets these in."""
    here = Group("managed.22", OWN.mail[:1], (), ((OWN.mail[0], "mbx1"),))
    source = Group("allowed", members, (), tuple((one, "management") for one in members))
    way = rule("management.22", flow="management", source=source, destination=here, ports=((22, 22),))
    return replace(
        PART,
        management=CONTROLLER,
        managed=(Managed("mbx1", OWN.mail[:1], (22,), "mbx1"),),
        management_rules=(way,),
        known=(*PART.known, *((one, "management") for one in members)),
    )


def judged(part, held=(), mode="add", peer=""):
    wanted = windows.plan_for(part.whole(), {**OPTIONS, "mode": mode})
    facts = {**Host(rules=held).facts(wanted), "peer": peer}
    return checked(part, windows, facts, wanted, windows.compared(facts, wanted), mode, ())


def test_the_way_in_is_proved_where_a_change_could_close_it():
    assert judged(managed("10.99.0.0/24"), mode="enforce", peer="10.99.0.7") == []
    with pytest.raises(ProblemError, match=r"mbx1: exchange_management_networks: .*10\.99\.0\.0/24 on port 22"):
        judged(managed("10.98.0.0/24"), mode="enforce")
    with pytest.raises(ProblemError, match=r"10\.77\.0\.7/32 on port 22"):
        judged(managed("10.99.0.0/24"), mode="enforce", peer="10.77.0.7")
    assert judged(managed("10.98.0.0/24")) == [], "what only adds rules cuts nobody off"
    changed = [{**one, "local_ports": ["26"]} for one in WANTED]
    with pytest.raises(ProblemError, match=r"\[lockout\]"):
        judged(managed("10.98.0.0/24"), changed)


def test_who_left_the_inventory_has_to_be_named_with_the_options_of_the_role():
    held = [{**one, "remote_addresses": sorted([*one["remote_addresses"], "10.7.0.0/16"])} for one in WANTED]
    with pytest.raises(ProblemError, match=r"mbx1: exchange_windows_may_go: 10\.7\.0\.0/16 would leave"):
        judged(PART, held)
    facts = Host(rules=held).facts(WANTED)
    found = windows.compared(facts, WANTED)
    assert checked(PART, windows, facts, WANTED, found, "add", ["10.7.0.0/16"]) == []

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One change on one device: arm the way back, apply, look again over a new connection, confirm; else go back.

The edge brings a device: a function of an operation and its options, with ``renew`` for a new connection and ``drop``
for one that was cut. What it raises is DeviceError or DeviceSilent.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from ..plan.models import Managed
from ..plan.reach import Target, answering_hosts, silent_hosts
from ..problems import coded, one_line
from ..words import word_list
from .models import Changes

#: how a change can end
CONFIRMED = "confirmed"
REFUSED = "refused"  # by the device, before anything was loaded
WENT_BACK = "went back"
UNKNOWN = "unknown"  # nobody can say what the device holds

# how much longer than the timer the controller waits before it looks whether the device went back
_MARGIN_SECONDS = 3
_TIMER = "the device's timer"
# what a device answers that kept a change although nobody heard of it
_KEPT = "[confirmed-already]"


class DeviceError(Exception):
    """The device answered, and could not or would not do it."""


class DeviceSilent(DeviceError):
    """There is no way to the device, or what ran there was ended before it could answer."""


class Device(Protocol):
    """What the edge brings."""

    def __call__(self, operation: str, **options: Any) -> dict[str, Any]:
        """Do it and give the device's answer."""

    def renew(self) -> None:
        """Go on over a new connection with a new login."""

    def drop(self) -> None:
        """Let go of the connection that was there first: it may have been cut, and a use of it would hang."""


@dataclass(frozen=True)
class Change:
    """What is to be done to a device, and what was found there before."""

    platform: Any  # the driver
    changes: Changes
    wanted: Any
    facts: Mapping[str, Any]  # the device's answer to "read"
    managed: tuple[Managed, ...]
    seconds: int  # how long the device waits for the confirmation
    plan: str = ""  # digest that the device keeps with what is confirmed


@dataclass(frozen=True)
class Ending:
    """How it went. ``fingerprint`` is what the device holds now, None where nobody knows."""

    outcome: str
    by: str  # who decided
    text: str = ""
    fingerprint: str | None = None
    notices: tuple[str, ...] = ()
    reachable: bool = True


class _Unconfirmed(Exception):
    """The change is on the device and must not stay there."""


def carry_out(change: Change, device: Device) -> Ending:
    """Apply a change; whatever happens, the answer says how it ended."""
    answering = answering_hosts(change.managed)
    token = secrets.token_hex(16)
    try:
        device.renew()
    except DeviceError as error:
        return _not_begun(change, error)
    deadline = time.monotonic() + change.seconds
    try:
        device(
            "apply",
            **change.platform.to_apply(change.changes, change.wanted),
            expected_fingerprint=change.facts["fingerprint"],
            rollback_seconds=change.seconds,
            token=token,
        )
    except DeviceSilent as error:
        return _gone_back(change, device, token, deadline, error)
    except DeviceError as error:
        return Ending(REFUSED, "the device", str(error), change.facts["fingerprint"])
    try:
        device.renew()
        _look_again(change, device, answering)
        confirmed = _confirmed(change, device, token)
    except (DeviceError, _Unconfirmed) as error:
        return _gone_back(change, device, token, deadline, error)
    return Ending(
        CONFIRMED, "the controller, over a new connection", "", confirmed["fingerprint"], tuple(confirmed["notices"])
    )


def _not_begun(change: Change, why: Exception) -> Ending:
    """A new login is tried before the change too: one that cannot be had now could not confirm later either."""
    login = f"a new login to the {_word(change)}, which a confirmation needs"
    text = f"Nothing was changed: {login}, failed: {one_line(str(why))}."
    return Ending(REFUSED, "the controller", coded(text, "no-new-login"), change.facts["fingerprint"])


def _word(change: Change) -> str:
    """What a sentence calls the device."""
    return str(change.platform.WORD)


def _read(change: Change, device: Device) -> dict[str, Any]:
    return device("read", **change.platform.to_read(change.wanted))


def _confirmed(change: Change, device: Device, token: str) -> dict[str, Any]:
    """Asked once more where no answer came: the first one may have counted, and to repeat it changes nothing."""
    try:
        return device("confirm", token=token, plan=change.plan)
    except DeviceSilent:
        device.renew()
        if change.wanted == change.platform.ABSENT:
            found = _read(change, device)
            if change.platform.is_empty(found):  # nothing of ours is left that could answer
                return found
        return device("confirm", token=token, plan=change.plan)


def _look_again(change: Change, device: Device, answering: list[Target]) -> None:
    """Whether the device holds what was sent, and hosts behind it that answered before still do."""
    if change.platform.compared(_read(change, device), change.wanted):
        raise _Unconfirmed(f"what the {_word(change)} shows after the change differs from what was sent")
    silent = silent_hosts(answering)
    if silent:
        raise _Unconfirmed(f"{word_list(silent)} answered before the change and no longer does")


def _settled(device: Device) -> str:
    """The fingerprint once nothing is pending: the device's timer began later than the controller's clock."""
    found = device("read")
    if found.get("pending"):
        time.sleep(found["seconds_left"] + _MARGIN_SECONDS)
        found = device("read")
    return str(found["fingerprint"])


def _back_unasked(change: Change, reason: str, by: str) -> str:
    if by == _TIMER:
        text = f"{reason} The {_word(change)} went back by its own timer, and holds the former rules again."
        return coded(text, "went-back-by-timer")
    text = f"{reason} The {_word(change)} has nothing to go back from, and holds the former rules."
    return coded(text, "went-back")


def _once_it_rests(device: Device, deadline: float) -> str | None:
    with suppress(DeviceError):
        return _settled(device)
    return _after_the_timer(device, deadline)


def _after_the_timer(device: Device, deadline: float) -> str | None:
    """None where the device stays out of reach."""
    time.sleep(max(0.0, deadline - time.monotonic()) + _MARGIN_SECONDS)
    try:
        device.renew()
        return _settled(device)
    except DeviceError:
        return None


def _gone_back(change: Change, device: Device, token: str, deadline: float, why: Exception) -> Ending:
    """Send the device back at once where it can be reached, else wait for its own timer; say what is known."""
    with suppress(DeviceError):
        device.drop()
    reason, word = f"The change was not confirmed: {one_line(str(why))}.", _word(change)
    before = change.facts["fingerprint"]
    try:
        device("rollback", token=token)
        text = f"{reason} The {word} was told to go back, and holds the former rules again."
        return Ending(WENT_BACK, "the controller", coded(text, "went-back"), before)
    except DeviceSilent:
        found, by = _after_the_timer(device, deadline), _TIMER
    except DeviceError as error:
        if _KEPT in str(error):
            notice = f"the answer to the confirmation was lost, and the {word} had kept the change all the same"
            # the change stays whether or not the device can be read once more
            return Ending(
                CONFIRMED, "the device, whose answer was lost", "", _once_it_rests(device, deadline), (notice,)
            )
        found, by = _once_it_rests(device, deadline), "the device"  # it answers: perhaps nothing ever arrived there
    if found is None:
        text = f"{reason} The {word} is out of reach; its own timer takes the change back, unseen from here."
        return Ending(UNKNOWN, "the device's timer, unseen", coded(text, "out-of-reach"), reachable=False)
    if found == before:
        return Ending(WENT_BACK, by, _back_unasked(change, reason, by), before)
    text = f"{reason} The {word}'s timer has run out and it does not hold the former rules; look at it at once."
    return Ending(UNKNOWN, "nobody", coded(text, "not-gone-back"), found)

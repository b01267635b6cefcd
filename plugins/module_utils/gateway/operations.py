# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module nftables_table does: look, apply with a rollback armed, confirm, or go back."""

import os
from contextlib import contextmanager

from . import rollback
from .boot import Boot
from .nft import RESET, GatewayError, fingerprint, refuse_foreign
from .peer import ssh_peer
from .store import CONFIRMED, CONFIRMED_RECORD, OUTCOME, PENDING, Store, now


class StillLoaded(GatewayError):
    """A change failed and could not be taken back at once, so its timer has to do it."""


class Gateway:
    """One gateway; every operation returns what the module reports."""

    def __init__(self, nft, directory, boot_unit, check_mode=False):
        if os.geteuid() != 0:
            raise GatewayError("nftables can only be read and changed by root; use become", "not-root")
        self.nft = nft
        self.store = Store(directory.rstrip("/"))
        self.boot = Boot(self.nft, self.store, boot_unit)
        self.check_mode = check_mode
        if self.store.exists():
            self.store.verify()

    def read(self):
        """Everything that the controller needs to plan a change; ends a pending change whose time is over."""
        notices = self._settle()
        state = self._state()
        pending = self.store.read_record(PENDING)
        waits = pending is not None and rollback.waits(self.store, pending)
        return dict(
            state,
            changed=bool(notices) and not self.check_mode,
            notices=notices,
            ruleset=self.nft.ruleset(),
            nft_version=self.nft.version(),
            helpers=self.nft.helpers(),
            peer=ssh_peer(),
            persisted=self.boot.persisted(),
            confirmed_table=self._confirmed_table(state["fingerprint"]),
            holds=self._held_plan(state["fingerprint"]),
            pending=waits,
            seconds_left=max(0, round(pending["deadline"] - now())) if waits else 0,
            last_rollback=(self.store.read_record(OUTCOME) or {}).get("reason", ""),
        )

    def apply(self, script, token, expected_fingerprint, rollback_seconds, undo=""):
        """Arm the rollback, then load the script; without a confirmation it does not stay."""
        if rollback_seconds < 1:
            raise GatewayError("rollback_seconds must be 1 or more, or nobody could confirm", "bad-seconds")
        if self.check_mode:
            self._refuse_if_unfit(expected_fingerprint)
            self._check(script, undo)
            return dict(self._state(), changed=bool(script.strip()), notices=[])
        with self.store.locked():
            notices = self._settle_locked()
            self._refuse_if_unfit(expected_fingerprint)
            self._check(script, undo)
            rollback.arm(self.nft, self.store, token, rollback_seconds)
            try:
                self.nft.load(script, self.store.held)
                state = self._state()
                self.store.write_record(PENDING, dict(self.store.read_record(PENDING), applied=state["fingerprint"]))
            except (GatewayError, OSError) as error:
                if rollback.take_back(self.nft, self.store, expected_fingerprint):
                    raise
                raise StillLoaded(str(error)) from None
        return dict(state, changed=True, notices=notices)

    def confirm(self, token, plan=""):
        """Keep what was applied, on the disk too, and end the wait; without a table of ours, leave nothing."""
        if self.check_mode:
            return dict(self._state(), changed=True, notices=[])
        with self._locked_pending(token) as pending:
            if pending is None:  # asked again, since the first answer was lost
                return dict(self._state(), changed=False, notices=[])
            if now() >= pending["deadline"]:
                raise GatewayError(
                    "the confirmation came too late; the gateway takes the change back", "confirmed-too-late"
                )
            text = self.nft.text(stateless=True)
            state = self._state()
            if state["fingerprint"] != pending.get("applied"):
                raise GatewayError(
                    "the table is no longer what was applied, so it cannot be confirmed", "not-as-applied"
                )
            notices = self._keep(state, RESET + text if text else None, dict(pending, plan=plan))
        return dict(state, changed=True, notices=notices)

    def _keep(self, state, script, pending):
        """One step decides, where what boots is replaced or removed: before it the timer goes back, then never."""
        notices = [] if script is None else self.boot.enable()
        pending = rollback.announce(self.store, pending, state, script)
        if script is None:
            self.store.remove(CONFIRMED)
        else:
            self.store.write(CONFIRMED, script)
        rollback.finish(self.store, pending)
        if script is None:
            self.boot.forget()
            return notices
        return notices + self.boot.start()

    def rollback(self, token):
        """Go back now; a change that the timer has taken back already is taken back."""
        outcome = (self.store.read_record(OUTCOME) or {}) if self.store.exists() else {}
        if self.check_mode or (outcome.get("token") == token and outcome.get("restored")):
            return dict(self._state(), changed=self.check_mode, notices=[])
        with self._locked_pending(token) as pending:
            if pending is None:
                raise GatewayError("this change is confirmed already, so it stays", "confirmed-already")
            rollback.restore(self.nft, self.store, pending, "the controller called the change back")
            state = self._state()
        return dict(state, changed=True, notices=[])

    def _state(self):
        table = self.nft.table()
        return {"table": table, "fingerprint": fingerprint(table)}

    def _held_plan(self, present):
        """The plan that was confirmed with exactly this table; empty where nobody said, or somebody changed it."""
        record = self.store.read_record(CONFIRMED_RECORD) or {}
        return record.get("plan", "") if present and record.get("fingerprint") == present else ""

    def _confirmed_table(self, present):
        """The listing of what was confirmed last, where the table is another or none by now."""
        record = self.store.read_record(CONFIRMED_RECORD) or {}
        return record.get("table", "") if record.get("fingerprint") != present else ""

    def _settle(self):
        """Warnings about a pending change whose time is over; check mode only tells."""
        if not self.store.exists():
            return []
        pending = self.store.read_record(PENDING)
        if self.check_mode:
            over = pending and now() >= pending["deadline"] and not rollback.alive(pending)
            return (
                ["a change that nobody confirmed is still in force; a run without check mode restores it"]
                if over and not rollback.confirmed(self.store, pending)
                else []
            )
        if pending is None and not self.store.littered():
            return []
        with self.store.locked():
            return self._settle_locked()

    def _settle_locked(self):
        pending = self.store.read_record(PENDING)
        if pending is None:
            return []
        kept = rollback.confirmed(self.store, pending)
        reason = rollback.settle(self.nft, self.store, pending)
        if kept:
            self._forget_if_gone(pending)
        return [reason] if reason else []

    def _forget_if_gone(self, record):
        """A confirmed removal that was cut short left boot files that no table belongs to."""
        if not record["confirming"]["sha256"]:
            self.boot.forget()

    def _refuse_if_unfit(self, expected_fingerprint):
        pending = self.store.read_record(PENDING) if self.store.exists() else None
        if pending is not None:
            left = max(0, round(pending["deadline"] - now()))
            raise GatewayError(
                f"another change waits for its confirmation; it is over in {left} s at most", "change-pending"
            )
        if self._state()["fingerprint"] != expected_fingerprint:
            raise GatewayError(
                "the table changed since it was read; look at the difference again", "changed-since-read"
            )

    def _check(self, script, undo):
        """Both ways, as the kernel sees them: the undo only makes sense after the script."""
        refuse_foreign(script)
        refuse_foreign(undo)
        self.nft.check(script)
        if undo.strip():
            self.nft.check(script.rstrip("\n") + "\n" + undo)

    @contextmanager
    def _locked_pending(self, token):
        """Holds the lock around the one change that a token names; None for one that is confirmed already."""
        if not self.store.exists():
            raise GatewayError("no change waits for a confirmation", "nothing-pending")
        with self.store.locked():
            pending = self.store.read_record(PENDING)
            if pending is not None and rollback.confirmed(self.store, pending):
                rollback.finish(self.store, pending)
                self._forget_if_gone(pending)
                if pending["token"] == token:
                    yield None
                    return
                pending = None
            kept = self.store.read_record(CONFIRMED_RECORD) or {}
            if pending is None and kept.get("token") == token:
                yield None
                return
            if pending is None or pending["token"] != token:
                reason = (self.store.read_record(OUTCOME) or {}).get("reason", "none was made")
                raise GatewayError(f"no change with this token waits ({reason})", "nothing-pending")
            yield pending

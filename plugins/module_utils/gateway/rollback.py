# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rollback on the gateway itself: a process of its own that outlives the session, the run and the controller."""

import os
import signal
import sys
import time

from .nft import GatewayError, fingerprint, restore_script
from .session import why_processes_end
from .store import CONFIRMED, CONFIRMED_RECORD, OUTCOME, PENDING, PREVIOUS, boot_id, digest, now

TRIES = 5
PATIENCE = 30  # seconds that the timer waits for the lock before it acts without it


def arm(nft, store, token, seconds):
    """Save the way back and start the timer; returns when the timer runs. Called under the lock."""
    reason = why_processes_end()
    if reason:
        raise GatewayError(reason, "processes-end")
    script = restore_script(nft.text())
    nft.check(script)
    record = {"token": token, "boot_id": boot_id(), "deadline": now() + seconds}
    try:
        store.write(PREVIOUS, script)
        store.write_record(PENDING, record)
        start_timer(nft, store, record)
    except (GatewayError, OSError):
        store.remove(PENDING, PREVIOUS)  # a timer that runs already ends when it finds nothing to do
        raise


def start_timer(nft, store, record):
    """Start the process that takes a pending change back, and record it."""
    try:
        pid = _detached(lambda: _wait_and_restore(nft, store, record["token"]))
    except OSError as error:
        raise GatewayError(f"the rollback timer could not be started: {error}", "no-timer") from None
    store.write_record(PENDING, dict(record, pid=pid, started=_start_time(pid)))


def disarm(store, record):
    """Nothing is pending any more; the timer would find that out, but need not stay until then."""
    store.remove(PENDING, PREVIOUS)
    if alive(record):
        os.kill(record["pid"], signal.SIGTERM)


def take_back(nft, store, before):
    """Whether the former table stands; if not, the timer tries again.

    A failed apply may have changed it all the same: nft can be ended after the kernel took its script.
    """
    record = store.read_record(PENDING)
    try:
        if fingerprint(nft.table()) == before:
            disarm(store, record)
        else:
            restore(nft, store, record, "the change failed when it was loaded; the former table was restored")
    except (GatewayError, OSError):
        return False
    return True


def announce(store, record, state, script):
    """Write down what is about to boot, None for nothing, so that a confirmation cut short is never half taken back.

    The change counts as confirmed from the moment on which the file that boots is the announced one.
    """
    kept = {"sha256": digest(script), "token": record["token"], "plan": record.get("plan", "")}
    kept.update({name: state[name] for name in ("fingerprint", "table")})
    record = dict(record, confirming=kept)
    store.write_record(PENDING, record)
    return record


def confirmed(store, record):
    """Whether the pending change is what boots, so that nobody may take it back any more."""
    return "confirming" in record and record["confirming"]["sha256"] == digest(store.read(CONFIRMED))


def waits(store, record):
    """Whether a change is still open: neither confirmed, nor ended by a restart of the gateway."""
    return record["boot_id"] == boot_id() and not confirmed(store, record)


def finish(store, record):
    """What is left to do of a confirmation once it counts."""
    if record["confirming"]["sha256"]:
        store.write_record(CONFIRMED_RECORD, record["confirming"])
    store.remove(OUTCOME)
    disarm(store, record)


def alive(record):
    """Whether the very process that was started for this change still runs (a number may be used again)."""
    return record.get("started") is not None and _start_time(record.get("pid")) == record["started"]


def restore(nft, store, record, reason):
    """Bring the former table back, say so, and end the pending change. Called under the lock."""
    script = store.read(PREVIOUS)
    if script is None:
        raise GatewayError(f"{store.path(PREVIOUS)} is missing, so the former table cannot be restored", "no-way-back")
    nft.load(script, store.held)
    _say(store, record, reason, True)
    disarm(store, record)


def _say(store, record, reason, restored):
    """Only for people, so a full disk must not keep the gateway from going back."""
    try:
        store.write_record(OUTCOME, {"token": record["token"], "reason": reason, "restored": restored})
    except OSError:
        store.remove(OUTCOME)


def settle(nft, store, record):
    """What became of a pending change whose time is over; the sentence for the warnings, empty while it may wait."""
    if confirmed(store, record):
        finish(store, record)
        return "the confirmation of the last change was cut short after it counted; what was left of it is done"
    if record["boot_id"] != boot_id():
        reason = "the gateway was restarted before the last change was confirmed; it came up with what was confirmed"
        _say(store, record, reason, True)
        store.remove(PENDING, PREVIOUS)
        return reason
    if now() < record["deadline"]:
        if not alive(record):
            start_timer(nft, store, record)
            return "the rollback timer of a pending change was gone; it was started again"
        return ""
    reason = "the last change was never confirmed and its timer was gone; the former table was restored"
    restore(nft, store, record, reason)
    return reason


def _wait_and_restore(nft, store, token):
    """The life of the timer. It imports nothing more: the files of the module that started it are gone by then."""
    while True:
        record = store.read_record(PENDING)
        if record is None or record["token"] != token:
            return
        left = record["deadline"] - now()
        if left <= 0:
            break
        time.sleep(min(left, 1.0))
    with store.locked(PATIENCE, insist=False):
        record = store.read_record(PENDING)
        if record is not None and record["token"] == token:
            _end_stubbornly(nft, store, dict(record, started=None))  # whoever ends it must not end us


def _end_stubbornly(nft, store, record):
    reason = "nobody confirmed the change in time; the former table was restored"
    for left in reversed(range(TRIES)):
        try:
            if confirmed(store, record):
                finish(store, record)
            else:
                restore(nft, store, record, reason)
            return
        except (GatewayError, OSError) as error:
            if not left:
                _say(store, record, str(error), False)
            else:
                time.sleep(1)


def _detached(work):
    """Run ``work`` in a process that belongs to nobody; returns its number once it is on its own."""
    reader, writer = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        _become_detached(work, writer)
    os.close(writer)
    os.waitpid(child, 0)
    with os.fdopen(reader, "rb") as pipe:
        answer = pipe.read()
    if not answer.isdigit():
        raise OSError("it ended at once")
    return int(answer)


def _become_detached(work, writer):
    """Leaves the session, forks again, lets go of every inherited file, and never returns."""
    try:
        os.setsid()
        if os.fork() == 0:
            os.chdir("/")
            os.umask(0o077)
            for number in (signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
                signal.signal(number, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            _release_files(keep=writer)
            os.write(writer, str(os.getpid()).encode("ascii"))
            os.close(writer)
            work()
    finally:
        os._exit(0)


def _release_files(keep):
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    for number in [int(name) for name in os.listdir("/proc/self/fd")]:
        if number > 2 and number != keep:
            try:
                os.close(number)
            except OSError:
                continue  # the handle of the listing itself


def _start_time(pid):
    """When a process started, in ticks since boot; None where there is none, or only a dead one."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as handle:
            fields = handle.read().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in ("Z", "X") else fields[19]

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The directory on a gateway where the confirmed rules and a pending change are kept. Only root may touch it."""

import errno
import fcntl
import hashlib
import json
import os
import re
import stat
import time
from contextlib import contextmanager, suppress

from .nft import GatewayError

PENDING = "pending.json"  # the change that waits for its confirmation
PREVIOUS = "previous.nft"  # what brings the table back
CONFIRMED = "confirmed.nft"  # what boots
CONFIRMED_RECORD = "confirmed.json"  # what that is
OUTCOME = "outcome.json"  # how the last change that was not confirmed ended
FOLDER_MADE = "folder"  # names the folder of units' links that we made, and so take away
LOCK = "lock"
KEPT = (PENDING, PREVIOUS, CONFIRMED, CONFIRMED_RECORD, OUTCOME, FOLDER_MADE)
UNFINISHED = ".new"  # ends the name of a file that is being written
LOCK_SECONDS = 15
# it stands in a systemd unit, where blanks and percent signs mean something
SAFE_PATH = re.compile(r"/[A-Za-z0-9._/-]+\Z")


class Store:
    """Reads and writes the files of one directory, each write whole or not at all."""

    def __init__(self, directory):
        self.directory = directory
        self.held = None  # the handle of the lock; who inherits it keeps the lock when this process is killed

    def path(self, name):
        return os.path.join(self.directory, name)

    def exists(self):
        return os.path.lexists(self.directory)

    def prepare(self):
        """Make the directory where it is missing; refuse one that others can write to: its files are run as root."""
        if not SAFE_PATH.match(self.directory):
            raise GatewayError(
                f"directory must be an absolute path of plain characters, not {self.directory}", "bad-path"
            )
        if not self.exists():
            check_ancestors(os.path.dirname(self.directory))
            with suppress(FileExistsError):  # another run made it this very moment
                os.mkdir(self.directory, 0o700)
        self.verify()

    def verify(self):
        check_ancestors(os.path.dirname(os.path.normpath(self.directory)))
        found = os.lstat(self.directory)
        if not stat.S_ISDIR(found.st_mode):
            raise GatewayError(f"{self.directory} is no directory", "unsafe-directory")
        if found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
            wanted = f"must belong to uid {os.geteuid()} with mode 0700"
            has = f"uid {found.st_uid}, mode {stat.S_IMODE(found.st_mode):04o}"
            raise GatewayError(f"{self.directory} {wanted}, but has {has}", "unsafe-directory")

    def read(self, name):
        """The text of a file, None where there is none."""
        try:
            with open(self.path(name), encoding="utf-8") as handle:
                return handle.read()
        except FileNotFoundError:
            return None

    def read_record(self, name):
        """A JSON record, None where there is none; a broken one cannot be trusted, so it counts as none."""
        try:
            record = json.loads(self.read(name) or "null")
        except ValueError:
            return None
        return record if isinstance(record, dict) else None

    def write(self, name, text):
        write_whole(self.path(name), text, 0o600)

    def write_record(self, name, record):
        self.write(name, json.dumps(record, sort_keys=True) + "\n")

    def remove(self, *names):
        removed = [remove_file(self.path(name)) for name in names]
        if any(removed):
            sync(self.directory)

    def remove_all(self):
        """Take away every file of ours and the directory, unless somebody keeps something else in it."""
        for name in (*KEPT, LOCK):
            remove_file(self.path(name))
            remove_file(self.path(name) + UNFINISHED)
        try:
            os.rmdir(self.directory)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT):
                raise

    def littered(self):
        """Whether a run that was killed left what has no use any more."""
        names = set(os.listdir(self.directory)) if self.exists() else set()
        useless = {PREVIOUS} if PENDING not in names else set()
        return names == {LOCK} or any(name in useless or name.endswith(UNFINISHED) for name in names)

    def tidy(self):
        """Under the lock: remove such litter; where nothing is kept, not even the directory stays."""
        self.remove(*(name + UNFINISHED for name in KEPT))
        if not os.path.lexists(self.path(PENDING)):
            self.remove(PREVIOUS)
        if not any(os.path.lexists(self.path(name)) for name in KEPT):
            self.remove_all()

    @contextmanager
    def locked(self, seconds=LOCK_SECONDS, insist=True):
        """Hold the lock; without ``insist`` go on after the wait, since a rollback must not hang behind anybody."""
        self.held = self._acquire(seconds, insist)
        if self.held is None and insist:
            raise GatewayError(f"another run holds the lock {self.path(LOCK)}", "lock-held")
        try:
            yield
        finally:
            if self.held is not None:
                if self.littered():
                    self.tidy()
                os.close(self.held)
                self.held = None

    def _acquire(self, seconds, make):
        """The handle of the locked file; ``make``: also where the directory went with a run's state absent."""
        deadline = now() + seconds
        while True:
            handle = self._open_lock(make)
            if handle is not None:
                if _try_lock(handle) and _same_file(handle, self.path(LOCK)):
                    return handle
                os.close(handle)
            if now() >= deadline or (handle is None and not make):
                return None
            time.sleep(0.1)

    def _open_lock(self, make):
        if make:
            self.prepare()
        try:
            return os.open(self.path(LOCK), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except FileNotFoundError:
            return None


def _try_lock(handle):
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in (errno.EAGAIN, errno.EACCES):
            raise
        return False
    return True


def _same_file(handle, path):
    """Whether the locked file is still the one at that path: state absent removes it."""
    try:
        there = os.stat(path)
    except FileNotFoundError:
        return False
    return os.path.samestat(os.fstat(handle), there)


def check_ancestors(path):
    """Refuse a path that somebody else could swap for another."""
    while True:
        try:
            found = os.lstat(path)
        except FileNotFoundError:
            raise GatewayError(f"{path} does not exist", "path-missing") from None
        loose = found.st_mode & 0o022 and not found.st_mode & stat.S_ISVTX
        if found.st_uid not in (0, os.geteuid()) or (loose and not stat.S_ISLNK(found.st_mode)):
            raise GatewayError(f"{path} can be changed by others than root", "loose-path")
        if path == os.path.dirname(path):
            return
        path = os.path.dirname(path)


def write_whole(path, text, mode):
    """Replace a file in one step, on the disk before its name points to it."""
    fresh = path + UNFINISHED
    remove_file(fresh)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    os.rename(fresh, path)
    sync(os.path.dirname(path))


def sync(folder):
    """Have the names in a folder on the disk too; without that a power cut may bring the old ones back."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def digest(text):
    """A checksum of a file's text; empty where there is no file."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest() if text is not None else ""


def remove_file(path):
    try:
        os.unlink(path)
    except FileNotFoundError:
        return False
    return True


def now():
    """Seconds since the machine started: no clock change moves them, and every process reads the same."""
    with open("/proc/uptime", encoding="ascii") as handle:
        return float(handle.read().split()[0])


def boot_id():
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as handle:
        return handle.read().strip()

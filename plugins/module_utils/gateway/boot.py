# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What makes confirmed rules survive a reboot: a script, a unit that loads it, and the links that enable the unit."""

import os

from .store import (
    CONFIRMED,
    CONFIRMED_RECORD,
    FOLDER_MADE,
    UNFINISHED,
    check_ancestors,
    digest,
    remove_file,
    sync,
    write_whole,
)

SYSTEMD_RUNS = "/run/systemd/system"
UNIT_FOLDER = "/etc/systemd/system"
# Debian's nftables.service empties all tables when it starts, is reloaded and stops: ours follows each time. A unit
# that is up already is not started by a Wants, so the last two go by PartOf and ReloadPropagatedFrom.
FLUSHES = "nftables.service"
WANTED_BY = ("sysinit.target", FLUSHES)
UNIT = """# Written by msexchange.firewall; state absent removes it.
[Unit]
Description=Firewall rules of msexchange.firewall that were confirmed last
DefaultDependencies=no
RequiresMountsFor={directory}
After=local-fs.target {flushes}
PartOf={flushes}
ReloadPropagatedFrom={flushes}
Wants=network-pre.target
Before=network-pre.target shutdown.target
Conflicts=shutdown.target
ConditionPathExists={directory}/{confirmed}

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart={nft} -f {directory}/{confirmed}
ExecReload={nft} -f {directory}/{confirmed}

[Install]
WantedBy={wanted_by}
"""


class Boot:
    """The boot files of one gateway."""

    def __init__(self, nft, store, unit):
        self.nft = nft
        self.store = store
        self.unit = unit
        self.name = os.path.basename(unit)
        self.links = [os.path.join(os.path.dirname(unit), other + ".wants", self.name) for other in WANTED_BY]

    def text(self):
        names = {"directory": self.store.directory, "confirmed": CONFIRMED, "nft": self.nft.binary}
        return UNIT.format(wanted_by=" ".join(WANTED_BY), flushes=FLUSHES, **names)

    def persisted(self):
        """The fingerprint of what boots; empty where nothing is on the disk, ``incomplete`` where not all is as it was.

        What a change leaves that was taken back, or cut short, is incomplete too: state absent then knows of it.
        """
        if not self.store.exists() and not any(os.path.lexists(path) for path in (self.unit, *self.links)):
            return ""
        record = self.store.read_record(CONFIRMED_RECORD)
        script = self.store.read(CONFIRMED)
        whole = record is not None and script is not None and record.get("sha256") == digest(script)
        return record["fingerprint"] if whole and self._enabled() else "incomplete"

    def _possible(self):
        return os.path.isdir(os.path.dirname(self.unit))

    def _enabled(self):
        if not self._possible():
            return True
        try:
            with open(self.unit, encoding="utf-8") as handle:
                same = handle.read() == self.text()
            return same and all(os.readlink(link) == self._target() for link in self.links)
        except OSError:
            return False

    def _target(self):
        return os.path.join("..", self.name)

    def enable(self):
        """Have systemd load the confirmed script at boot; what is not at its end yet loads what it did before."""
        place = self.store.path(CONFIRMED)
        if not self._possible():
            folder = os.path.dirname(self.unit)
            return [f"there is no {folder}, so nothing loads {place} at boot; load it with nft -f yourself"]
        fresh = not self._enabled()
        if fresh:
            check_ancestors(os.path.dirname(self.unit))
            write_whole(self.unit, self.text(), 0o644)
            self._link()
        if not os.path.isdir(SYSTEMD_RUNS):
            return [f"systemd does not run here, so {self.unit} loads nothing at boot; load {place} yourself"]
        if fresh:
            self._reload()
        return []

    def start(self):
        """Restart and reload of nftables.service reach only a unit that is up; one that is up is left alone."""
        if not self._run("start", self.name):
            return []
        return [
            f"{self.name} could not be started, so a reload of {FLUSHES} will not bring the table back before a reboot"
        ]

    def _link(self):
        """Each in one step, since without them the unit loads nothing."""
        missing = [folder for folder in map(os.path.dirname, self.links) if not os.path.isdir(folder)]
        if missing:
            made = (self.store.read(FOLDER_MADE) or "").splitlines()
            self.store.write(FOLDER_MADE, "".join(folder + "\n" for folder in (*made, *missing)))
        for link in self.links:
            folder = os.path.dirname(link)
            os.makedirs(folder, mode=0o755, exist_ok=True)
            remove_file(link + UNFINISHED)
            os.symlink(self._target(), link + UNFINISHED)
            os.rename(link + UNFINISHED, link)
            sync(folder)

    def forget(self):
        """Leave nothing of ours on the disk; the store goes last, since it tells that something is left."""
        if os.path.lexists(self.unit):
            self._run("stop", self.name)
        ours = [path + ending for path in (*self.links, self.unit) for ending in ("", UNFINISHED)]
        removed = [remove_file(path) for path in ours]
        for folder in (self.store.read(FOLDER_MADE) or "").splitlines():
            try:
                os.rmdir(folder)
            except OSError:
                continue  # others' links are in it by now, or it is gone
        self.store.remove_all()
        if any(removed):
            self._reload()

    def _reload(self):
        """systemd reads its units again."""
        self._run("daemon-reload")

    def _run(self, *words):
        """systemctl's exit code; 0 where systemd does not run, or where the unit is in another place than its own."""
        if not os.path.isdir(SYSTEMD_RUNS) or os.path.dirname(self.unit) != UNIT_FOLDER:
            return 0
        return self.nft.run(["systemctl", *words])[0]

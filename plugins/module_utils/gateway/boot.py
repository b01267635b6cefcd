# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What makes confirmed rules survive a reboot: a script, a unit that loads it, and the link that enables the unit."""

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
WANTED_BY = "sysinit.target"
UNIT = """# Written by msexchange.firewall; state absent removes it.
[Unit]
Description=Firewall rules of msexchange.firewall that were confirmed last
DefaultDependencies=no
RequiresMountsFor={directory}
After=local-fs.target nftables.service
PartOf=nftables.service
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
        self.link = os.path.join(os.path.dirname(unit), WANTED_BY + ".wants", os.path.basename(unit))

    def text(self):
        names = {"directory": self.store.directory, "confirmed": CONFIRMED, "nft": self.nft.binary}
        return UNIT.format(wanted_by=WANTED_BY, **names)

    def persisted(self):
        """The fingerprint of what boots; empty where nothing is on the disk, ``incomplete`` where not all is as it was.

        What a change leaves that was taken back, or cut short, is incomplete too: state absent then knows of it.
        """
        if not self.store.exists() and not os.path.lexists(self.unit) and not os.path.lexists(self.link):
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
            return same and os.readlink(self.link) == self._target()
        except OSError:
            return False

    def _target(self):
        return os.path.join("..", os.path.basename(self.unit))

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

    def _link(self):
        """In one step, since without its link the unit loads nothing."""
        folder = os.path.dirname(self.link)
        if not os.path.isdir(folder):
            self.store.write(FOLDER_MADE, folder + "\n")
            os.makedirs(folder, mode=0o755, exist_ok=True)
        remove_file(self.link + UNFINISHED)
        os.symlink(self._target(), self.link + UNFINISHED)
        os.rename(self.link + UNFINISHED, self.link)
        sync(folder)

    def forget(self):
        """Leave nothing of ours on the disk; the store goes last, since it tells that something is left."""
        ours = [path + ending for path in (self.link, self.unit) for ending in ("", UNFINISHED)]
        removed = [remove_file(path) for path in ours]
        if self.store.read(FOLDER_MADE) is not None:
            try:
                os.rmdir(os.path.dirname(self.link))
            except OSError:
                removed.append(False)  # others' links are in it by now, or it is gone
        self.store.remove_all()
        if any(removed) and os.path.isdir(SYSTEMD_RUNS):
            self._reload()

    def _reload(self):
        """systemd reads its units again; a unit in another place is not its business."""
        if os.path.dirname(self.unit) == UNIT_FOLDER:
            self.nft.run(["systemctl", "daemon-reload"])

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What makes confirmed rules survive a reboot: a script, a unit that loads it, and the links that enable the unit."""

import hashlib
import os

from .nft import RESET, fingerprint
from .store import CONFIRMED, CONFIRMED_RECORD, check_ancestors, remove_file, write_whole

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
        """The fingerprint of what boots; empty where nothing does, ``incomplete`` where a file is not as it was."""
        record = self.store.read_record(CONFIRMED_RECORD)
        script = self.store.read(CONFIRMED)
        if record is None and script is None and not any(os.path.lexists(path) for path in (self.unit, *self.links)):
            return ""
        whole = record is not None and script is not None and record.get("sha256") == _digest(script)
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

    def keep(self):
        """Make the present table what boots; the script comes last, so that nothing half-done can boot."""
        script = RESET + self.nft.text(stateless=True)
        notices = self._write_unit()
        record = {"fingerprint": fingerprint(self.nft.table()), "sha256": _digest(script)}
        self.store.write(CONFIRMED, script)
        self.store.write_record(CONFIRMED_RECORD, record)
        return notices + self._start()

    def _write_unit(self):
        place = self.store.path(CONFIRMED)
        if not self._possible():
            folder = os.path.dirname(self.unit)
            return [f"there is no {folder}, so nothing loads {place} at boot; load it with nft -f yourself"]
        check_ancestors(os.path.dirname(self.unit))
        write_whole(self.unit, self.text(), 0o644)
        for link in self.links:
            os.makedirs(os.path.dirname(link), mode=0o755, exist_ok=True)
            remove_file(link)
            os.symlink(self._target(), link)
        if not os.path.isdir(SYSTEMD_RUNS):
            return [f"systemd does not run here, so {self.unit} loads nothing at boot; load {place} yourself"]
        self._reload()
        return []

    def _start(self):
        """Restart and reload of nftables.service reach only a unit that is up; one that is up is left alone."""
        if not self._run("start", self.name):
            return []
        return [
            f"{self.name} could not be started, so a reload of {FLUSHES} will not bring the table back before a reboot"
        ]

    def forget(self):
        """Leave nothing of ours on the disk."""
        if os.path.lexists(self.unit):
            self._run("stop", self.name)
        removed = [remove_file(path) for path in (*self.links, self.unit)]
        for link in self.links:
            try:
                os.rmdir(os.path.dirname(link))
            except OSError:
                continue  # others' links are in it, or it never was there
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


def _digest(text):
    return hashlib.sha256(text.encode("utf-8")).hexdigest()

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a process that outlives its SSH session is allowed to: systemd-logind can be told to end it."""

import glob
import os

_FOLDERS = ("/usr/lib/systemd", "/lib/systemd", "/run/systemd", "/etc/systemd")  # the last word counts
_HELP = (
    "systemd-logind ends all processes of a session with it (KillUserProcesses=yes), the rollback timer too; "
    "connect as root, or set KillUserProcesses=no in logind.conf"
)


def why_processes_end(root="/"):
    """The sentence to refuse with, empty where a detached process lives on."""
    cgroup = _text(os.path.join(root, "proc/self/cgroup"))
    login = _text(os.path.join(root, "proc/self/loginuid")).strip()
    in_session = any(
        part.startswith("session-") and part.endswith(".scope") for part in cgroup.replace("\n", "/").split("/")
    )
    if not in_session or login == "0":  # root's sessions are left alone by default
        return ""
    return _HELP if _setting(root) in ("yes", "true", "1", "on") else ""


def _setting(root):
    value = "no"
    for folder in _FOLDERS:
        base = os.path.join(root, folder.lstrip("/"))
        for path in [
            os.path.join(base, "logind.conf"),
            *sorted(glob.glob(os.path.join(base, "logind.conf.d", "*.conf"))),
        ]:
            for line in _text(path).splitlines():
                key, _equals, found = line.partition("=")
                if key.strip() == "KillUserProcesses":
                    value = found.strip().lower()
    return value


def _text(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as handle:
            return handle.read()
    except OSError:
        return ""

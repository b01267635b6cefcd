# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is connected: the address that this gateway sees of the controller."""

import os


def ssh_peer(environment=None):
    """The client address of the SSH session that this process runs in, empty where there is none.

    ``sudo`` drops SSH_CONNECTION from the environment, but the parents still have it.
    """
    found = _client((os.environ if environment is None else environment).get("SSH_CONNECTION", ""))
    pid = os.getppid()
    while not found and pid > 1:
        found = _client(_variable(pid, "SSH_CONNECTION"))
        pid = _parent(pid)
    return found


def _client(text):
    words = text.split()
    return words[0] if len(words) == 4 else ""


def _variable(pid, name):
    start = name.encode("ascii") + b"="
    try:
        with open(f"/proc/{pid}/environ", "rb") as handle:
            entries = handle.read().split(b"\0")
    except OSError:
        return ""
    values = [entry[len(start) :] for entry in entries if entry.startswith(start)]
    return values[0].decode("ascii", "replace") if values else ""


def _parent(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as handle:
            return int(handle.read().rpartition(")")[2].split()[1])
    except OSError:
        return 0

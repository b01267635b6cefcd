# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of a device that would only fail on it, or worse would not: refused before anything is sent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..problems import Problem

#: a day; a device takes no other change while it waits
MOST_SECONDS = 86400
# the gateway's own pattern: the path stands in a systemd unit, where blanks and percent signs mean something
SAFE_PATH = re.compile(r"/[A-Za-z0-9._/-]+\Z")


def option_problems(host: str, options: Mapping[str, Any]) -> list[Problem]:
    """Everything that is wrong with the options of exchange_appliance or exchange_windows, beyond their kinds."""
    return [*_seconds(host, options), *_paths(host, options), *_nowhere(host, options)]


def _seconds(host: str, options: Mapping[str, Any]) -> Iterator[Problem]:
    name = "rollback_timeout" if "rollback_timeout" in options else "rollback_seconds"
    seconds = options[name]
    if not 1 <= seconds <= MOST_SECONDS:
        text = f"{seconds} s is no time to wait for a confirmation; write 1 to {MOST_SECONDS}, such as 60."
        yield Problem("bad-seconds", host, name, text)


def _paths(host: str, options: Mapping[str, Any]) -> Iterator[Problem]:
    for name in (name for name in ("directory", "boot_unit") if name in options):
        path = options[name]
        if not SAFE_PATH.match(path) or ".." in path.split("/"):
            text = f"{path!r} is no absolute path of letters, digits, dots, dashes and underscores; write one."
            yield Problem("bad-path", host, name, text)
        elif name == "boot_unit" and not path.endswith(".service"):
            text = f"{path!r} is no systemd service; write a path that ends in .service."
            yield Problem("bad-path", host, name, text)


def _nowhere(host: str, options: Mapping[str, Any]) -> Iterator[Problem]:
    if options["state"] == "rendered" and not options["save_to"]:
        yield Problem("nowhere", host, "save_to", "state rendered writes a file; say into which directory.")

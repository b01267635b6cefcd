# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one way to write a file: in one step, so that nobody ever reads half of it."""

from __future__ import annotations

import os
from pathlib import Path


def replace_file(path: Path, text: str, mode: int | None = None) -> None:
    """Writes beside the file and renames. ``mode`` is exact, whatever the umask; without it the umask decides.

    OSError as the system tells it, ValueError for what is no path at all (one with a NUL).
    """
    fresh = path.with_name(f".{path.name}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666 if mode is None else mode)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
        if mode is not None:
            os.fchmod(descriptor, mode)  # a file of a run that was killed may be there with another one
        stream.write(text)
    os.replace(fresh, path)

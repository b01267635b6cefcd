# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What check mode tells of a device that it could not reach: all it should hold, compared with nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .files import write_file
from .records import safe_name

#: ends the file of wanted rules; the lines to send and those that undo them need a device to compare with
ENDING = "not-compared"
COMPARED = ("send", "undo", "approval.json")


def not_compared(host: str, platform: Any, wanted: Any, text: str, folder: str | None, why: str) -> dict[str, Any]:
    """The result for a device out of reach. ``changed``, because nobody can say that a run would change nothing.

    ``text``: what is wanted, as a file.
    """
    changes = platform.changes(platform.ABSENT, wanted)
    if folder:
        write_file(Path(folder) / f"{safe_name(host)}.{ENDING}", text)
        for ending in COMPARED:  # of an earlier run: nobody may take them for the answer of this one
            (Path(folder) / f"{safe_name(host)}.{ending}").unlink(missing_ok=True)
    name = f"{host} {platform.NAME}"
    return {
        "changed": True,
        "compared": False,
        "holds": {"before": "", "after": ""},
        "counts": {"add": len(changes.add), "change": 0, "remove": 0},
        "diff": {
            "before": "",
            "after": text,
            "before_header": f"{name} (out of reach, not compared)",
            "after_header": f"{name} (all of the plan)",
        },
        "warnings": [f"{host} is out of reach ({' '.join(why.split())}): all its wanted rules, compared with nothing."],
    }


def seen(host: str, folder: str) -> None:
    """A device that was compared after all has no file that says otherwise."""
    (Path(folder) / f"{safe_name(host)}.{ENDING}").unlink(missing_ok=True)

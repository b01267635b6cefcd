# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody approved: a plan by its digest, and what a check run wrote for one device."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from ..problems import Problem
from ..words import word_list
from .registry import role_of

ENDING = ".approval.json"


@dataclass(frozen=True)
class Intent:
    """What a run would do to a device; two intents are the same where all of this is."""

    host: str
    platform: str
    state: str
    mode: str
    plan: str  # digest
    fingerprint: str  # what the device holds now
    lines: str  # digest of the text to send


#: field -> (what it is, what to do when it is another one)
_MEANINGS = {
    "host": ("the device", "this file belongs to another device"),
    "platform": ("the platform", "check again and have that approved"),
    "state": ("the state", "use the approved one, or check again and have that approved"),
    "mode": ("the mode", "use the approved one, or check again and have that approved"),
    "plan": ("the plan", "the inventory or the collection changed since; check again and have that approved"),
    "fingerprint": ("what the device holds", "it changed since; check again and have that approved"),
    "lines": ("the lines to send", "check again and have that approved"),
}


def text_digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def approval_text(intent: Intent, when: str) -> str:
    """The file that a check run leaves for whoever approves."""
    return json.dumps({**asdict(intent), "when": when}, indent=2, sort_keys=True) + "\n"


def plan_problems(host: str, digest: str, approved: str, role: str) -> list[Problem]:
    """Whether the plan of today is the approved one; ``role``: whose options those are."""
    if not approved or approved.strip().lower() == digest:
        return []
    text = (
        f"the approved plan is {approved.strip()}, and today's inventory gives {digest}. Have that one approved, or go "
        "back to the inventory that was approved."
    )
    return [Problem("plan-not-approved", host, f"{role}_approved_digest", text)]


def directory_problems(host: str, approved: str, review: str, role: str) -> list[Problem]:
    """A check run into the approved directory would approve itself."""
    if not (approved and review) or Path(approved).resolve() != Path(review).resolve():
        return []
    text = (
        f"{approved} is {role}_review_directory too, so a run would approve itself; copy what was approved to a "
        "directory that runs do not write to."
    )
    return [Problem("approves-itself", host, f"{role}_approved_directory", text)]


def intent_problems(intent: Intent, path: Path) -> list[Problem]:
    """How a run differs from what the file approves; all that differs is named at once."""

    role = role_of(intent.platform)

    def problem(code: str, text: str) -> list[Problem]:
        return [Problem(code, intent.host, f"{role}_approved_directory", text)]

    try:
        approved = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        text = (
            f"there is no {path}, so nothing was approved for this device; run with --check and "
            f"{role}_review_directory, and copy the files that are approved there."
        )
        return problem("nothing-approved", text)
    except (OSError, ValueError) as error:
        return problem("approval-unreadable", f"{path} cannot be read ({error}); copy the approved file there again.")
    if not isinstance(approved, Mapping):
        return problem("approval-unreadable", f"{path} holds no approval; copy the approved file there again.")
    differing = [name for name, value in asdict(intent).items() if approved.get(name) != value]
    if not differing:
        return []
    what = word_list(_MEANINGS[name][0] for name in differing)
    return problem("not-approved", f"{what} {_verb(differing)} not what {path} approves: {_MEANINGS[differing[0]][1]}.")


def _verb(names: list[str]) -> str:
    return "are" if len(names) > 1 or names == ["lines"] else "is"

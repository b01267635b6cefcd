# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and comments that nft accepts whatever an inventory holds, without collisions and always the same."""

from __future__ import annotations

import hashlib
import re

FAMILY = "inet"
TABLE = "msexchange_firewall"
# Ahead of the filter chains of others (priority 0), so that they can see the mark.
PRIORITY = -10
# One bit of the packet mark: "the plan wants this packet". Kubernetes uses bits 14 and 15, many routers the low ones.
MARK = 0x04000000

COMMENT_LIMIT = 128  # nft 1.0.6: "comment too long, 128 characters maximum allowed"
NAME_LIMIT = 200  # the kernel takes 255; the rest is for prefix and suffix
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")
_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]")
_UNSAFE_IN_COMMENT = re.compile(r"[^A-Za-z0-9 ._:/@+~=,()-]")


def digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:12]


def identifier(prefix: str, text: str) -> str:
    """A name that begins with ``prefix_``: never a reserved word, never a digit first.

    >>> identifier("g", "mailbox-servers")
    'g_mailbox-servers'
    >>> identifier("g", "fwd; drop")
    'h_g_fwd__drop_cc4a5c2ac1c4'
    """
    safe = _UNSAFE.sub("_", text)
    if safe == text and 0 < len(text) <= NAME_LIMIT:
        return f"{prefix}_{text}"
    return f"h_{prefix}_{safe[:NAME_LIMIT]}_{digest(text)}"


def comment(text: str) -> str:
    """Text that may stand between double quotes in a script; too long a text keeps its beginning and gets a digest."""
    safe = _UNSAFE_IN_COMMENT.sub("_", text)
    if len(safe) <= COMMENT_LIMIT:
        return safe
    return f"{safe[: COMMENT_LIMIT - 13]}~{digest(text)}"


def set_name(group: str, family: int, excluded: bool = False) -> str:
    return f"{identifier('g', group)}_{'x' if excluded else 'v'}{family}"


def counter_name(flow: str) -> str:
    return identifier("flow", flow)


def is_name(text: object) -> bool:
    """Whether a name that a gateway reports can be written into a script as it is."""
    return isinstance(text, str) and _NAME.fullmatch(text) is not None

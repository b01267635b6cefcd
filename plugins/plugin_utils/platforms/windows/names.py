# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names, descriptions and the shape of a rule, as Python and the module on the host both have it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

#: Grouping of every rule of ours, plain text: what marks it as ours
GROUP = "msexchange.firewall"
PREFIX = f"{GROUP} "
NAME_LIMIT = 255
DESCRIPTION_LIMIT = 1024
PROFILES = ("domain", "private", "public")

#: a rule's properties, in the order in which a reader asks for them
KEYS = (
    *("name", "description", "direction", "action", "enabled", "protocol", "local_ports", "remote_ports"),
    *("local_addresses", "remote_addresses", "icmp_types", "program", "service", "profiles", "edge_traversal"),
)

HostRule = Mapping[str, Any]

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


def digest(text: str, length: int) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:length]


def rule_name(flow: str, direction: str, identity: str, part: str = "", length: int = 8) -> str:
    """Unique by ``identity``; readable by flow and direction.

    >>> rule_name("smtp-25", "in", "smtp-25")
    'msexchange.firewall smtp-25 in 3f7fdd4a'
    """
    words = [_UNSAFE.sub("_", flow)[:100], direction, digest(identity, length), *([part] if part else [])]
    return PREFIX + " ".join(words)


def description(title: str, need: str, sources: Iterable[str]) -> str:
    """One line without a bar, which Windows keeps for itself."""
    because = f" Source: {', '.join(sources)}." if sources else ""
    dotted = title if title.endswith(".") else f"{title}."
    plain = "".join(char if char.isprintable() else " " for char in f"{dotted} {need}{because}")
    plain = " ".join(plain.replace("|", "/").replace('"', "'").split())
    return plain if len(plain) <= DESCRIPTION_LIMIT else f"{plain[: DESCRIPTION_LIMIT - 3]}..."


def identity_of(rule: HostRule) -> str:
    """The id under which an artifact stores a rule: another one for every other content."""
    return f"{GROUP}-{digest(json.dumps(rule, sort_keys=True), 24)}"

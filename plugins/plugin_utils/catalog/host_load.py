# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the facts about hosts and appliances, a kind at a time and only when somebody asks for it.

Plans and questions about flows never need them, so ``load`` does without.
"""

from __future__ import annotations

from functools import lru_cache
from operator import attrgetter
from pathlib import Path
from typing import Any

import yaml

from .host_models import Application, Engine, Keyword, Place, Service, SetupRule, StaticPort
from .load import CATALOG, port_ranges

#: kind -> (folder of the catalog, record)
KINDS: dict[str, tuple[str, type]] = {
    "services": ("windows", Service),
    "static_ports": ("windows", StaticPort),
    "setup_rules": ("windows", SetupRule),
    "keywords": ("windows", Keyword),
    "inspection": ("appliances", Engine),
    "applications": ("appliances", Application),
}

# the C parser is about ten times as fast; a Python without it still works
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PORTS = ("ports", "recommended", "tcp", "udp")


def _places(entries: list[dict[str, Any]]) -> tuple[Place, ...]:
    return tuple(Place(tuple(e["versions"]), tuple(e["server_roles"]), e["confidence"]) for e in entries)


def _value(name: str, value: Any) -> Any:
    """A field as a record holds it: nothing that can be changed."""
    if name == "available":
        return _places(value)
    if name in _PORTS and isinstance(value, list):
        return port_ranges(value)
    if isinstance(value, dict):
        return tuple(sorted(value.items()))
    return tuple(value) if isinstance(value, list) else value


def _files(folder: Path, kind: str) -> list[Path]:
    """One file named like the kind, or a folder of that name with files by topic."""
    return [path for path in (folder / f"{kind}.yml", *sorted((folder / kind).glob("*.yml"))) if path.is_file()]


@lru_cache(maxsize=24)
def load_facts(kind: str, catalog: Path = CATALOG) -> tuple[Any, ...]:
    """All records of a kind, sorted by id. The shape is the schema's business (``catalog/schema.json``)."""
    folder, record = KINDS[kind]
    found = []
    for path in _files(catalog / folder, kind):
        with path.open(encoding="utf-8") as stream:
            entries = yaml.load(stream, Loader=_Loader)[kind]
        found += [record(**{name: _value(name, value) for name, value in entry.items()}) for entry in entries]
    return tuple(sorted(found, key=attrgetter("id")))

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The entries of ``catalog/windows`` and ``catalog/appliances`` as plain YAML; see ``entries`` for the others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from catalog_data.entries import CATALOG, read

WINDOWS_FACTS = CATALOG / "windows"
APPLIANCES = CATALOG / "appliances"


def files_of(kind: str) -> list[Path]:
    """A kind is one file, or a folder of files by topic."""
    folders = [WINDOWS_FACTS, APPLIANCES]
    found = [path for folder in folders for path in (folder / f"{kind}.yml", *(folder / kind).glob("*.yml"))]
    return sorted(path for path in found if path.exists())


KINDS = ("services", "static_ports", "setup_rules", "keywords", "inspection", "applications")
FILES = {kind: files_of(kind) for kind in KINDS}
ENTRIES: dict[str, list[dict[str, Any]]] = {
    kind: [entry for path in paths for entry in read(path)[kind]] for kind, paths in FILES.items()
}


def every_entry() -> list[tuple[str, dict[str, Any]]]:
    """(kind and id, entry) of all of them."""
    return [(f"{kind}: {entry['id']}", entry) for kind in KINDS for entry in ENTRIES[kind]]


def places(entry: dict[str, Any]) -> list[dict[str, Any]]:
    return entry.get("available", [])


def servers_of(place: dict[str, Any]) -> set[tuple[str, str]]:
    return {(version, role) for version in place["versions"] for role in place["server_roles"]}


def host_port_lists() -> list[tuple[str, list[Any]]]:
    found = []
    for name, entry in every_entry():
        for field in ("ports", "recommended", "tcp", "udp"):
            if isinstance(entry.get(field), list):
                found.append((f"{name}, {field}", entry[field]))
    return found

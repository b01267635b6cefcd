# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts about hosts and devices beside the flows (catalog/windows, catalog/appliances), whatever fields they have."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from .rst import code, indented, ref, text

#: folders of the catalog that are a page of their own, where they are there
FOLDERS = {"windows": "Windows facts", "appliances": "Appliance facts"}
Kinds = dict[str, list[dict[str, Any]]]


def read(catalog: Path) -> dict[str, Kinds]:
    """Folder -> kind (the key at the top of its files) -> entries."""
    found: dict[str, Kinds] = {}
    for folder in FOLDERS:
        for path in sorted((catalog / folder).rglob("*.yml")):
            for kind, entries in yaml.safe_load(path.read_text(encoding="utf-8")).items():
                found.setdefault(folder, {}).setdefault(kind, []).extend(entries)
    return found


def words(name: str) -> str:
    return name.replace("_", " ").capitalize()


def field(name: str, value: Any) -> str:
    """A field as reStructuredText: documents are links, lists of records are lists, other values are text."""
    if name == "sources":
        return ", ".join(ref(key, f"source-{key}") for key in value)
    if isinstance(value, list) and any(isinstance(part, dict) for part in value):
        return "\n\n" + "\n".join(f"   * {_record(part)}" for part in value) + "\n"
    return _plain(value)


def _record(part: Any) -> str:
    if not isinstance(part, dict):
        return _plain(part)
    return "; ".join(f"{text(words(name))}: {field(name, value).strip()}" for name, value in part.items())


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return _record(value)
    if isinstance(value, list):
        return ", ".join(_plain(part) for part in value)
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else text(value)


def page_entries(folder: str, kind: str, entries: list[dict[str, Any]]) -> Iterator[tuple[str, str, str]]:
    """(label, title, fields) of each entry; one without an id is told by its place."""
    for place, entry in enumerate(entries, start=1):
        name = str(entry.get("id", place))
        label = f"{folder}-{kind}-{name}".replace("_", "-").lower()
        shown = {key: value for key, value in entry.items() if key not in ("id", "title")}
        lines = [f":{text(words(key))}: {field(key, value)}".rstrip() for key, value in shown.items()]
        title = entry.get("title") or name
        yield label, text(title), indented("\n".join([f":Id: {code(name)}", *lines]), 1)


def citations(found: dict[str, Kinds]) -> Iterator[tuple[str, str, list[str]]]:
    """(label, what it is, sources) of each entry."""
    for folder, kinds in found.items():
        for kind, entries in kinds.items():
            for (label, title, _fields), entry in zip(page_entries(folder, kind, entries), entries, strict=True):
                yield label, title, sorted(_sources(entry))


def _sources(value: Any) -> set[str]:
    """The documents that an entry cites, at any depth."""
    if isinstance(value, list):
        return {key for part in value for key in _sources(part)}
    if isinstance(value, dict):
        own = set(value.get("sources", ()))
        return own | {key for name, part in value.items() if name != "sources" for key in _sources(part)}
    return set()

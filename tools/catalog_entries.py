# SPDX-License-Identifier: GPL-3.0-or-later
"""The entries of a catalog folder as plain YAML, each with the file it stands in, and what several rules ask of them.

Reads the files itself, so that a fault of the collection's own loader cannot hide one of the data.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ENDS = ("initiator", "listener")
TOPICS = ("features", "flows", "sources")
Pair = tuple[str, str]  # (server role, version)


class _Loader(yaml.SafeLoader):
    """Refuses a key that stands twice in a mapping; YAML would keep the last one and lose the other."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _value in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"{key} stands twice", node.start_mark)
        return super().construct_mapping(node, deep)


class Entry(NamedTuple):
    """One entry; ``str(entry)`` is how a problem begins."""

    file: str
    id: str
    data: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.file}: {self.id}"


@dataclass
class Data:
    """A catalog, as far as its files could be read."""

    folder: Path
    documents: dict[str, Any] = field(default_factory=dict)  # file -> what stands in it
    unreadable: list[str] = field(default_factory=list)
    products: list[Entry] = field(default_factory=list)
    windows: list[Entry] = field(default_factory=list)
    parties: list[Entry] = field(default_factory=list)
    features: list[Entry] = field(default_factory=list)
    sources: list[Entry] = field(default_factory=list)
    flows: list[Entry] = field(default_factory=list)
    successions: list[Entry] = field(default_factory=list)
    feature_successions: list[Entry] = field(default_factory=list)
    coexistence: list[Entry] = field(default_factory=list)
    others: list[Entry] = field(default_factory=list)  # of kinds that have rules elsewhere

    def versions(self) -> list[str]:
        return [entry.id for entry in self.products]

    def existing(self) -> set[Pair]:
        """Every server role with the versions that have it."""
        return {(role, entry.id) for entry in self.products for role in entry.data["server_roles"]}

    def server_roles(self) -> set[str]:
        return {entry.id for entry in self.parties if entry.data["kind"] == "server_role"}

    def servers(self, end: dict[str, Any]) -> set[Pair]:
        """The pairs of an end that really existed."""
        return {(role, v) for role in end["parties"] for v in end.get("versions", ())} & self.existing()

    def ends_of(self, end: dict[str, Any]) -> set[Pair]:
        return self.servers(end) | {(party, "") for party in end["parties"] if party not in self.server_roles()}

    def pairs_of(self, flow: dict[str, Any]) -> set[tuple[Pair, Pair]]:
        return {(a, b) for a in self.ends_of(flow["initiator"]) for b in self.ends_of(flow["listener"])}

    def citations(self) -> Iterator[tuple[Entry, str]]:
        """Every (entry, source), wherever in the entry it is cited."""
        for kind in (
            "products",
            "windows",
            "features",
            "flows",
            "successions",
            "feature_successions",
            "coexistence",
            "others",
        ):
            yield from ((entry, key) for entry in getattr(self, kind) for key in _cited(entry.data))

    def port_lists(self) -> Iterator[tuple[Entry, list[Any]]]:
        for entry in (*self.products, *self.windows, *self.flows):
            parts = [entry.data, entry.data.get("dynamic_rpc", {}), *entry.data.get("follows", ())]
            lists = [part.get("ports", []) for part in parts]
            yield from ((entry, ports) for ports in lists if ports != "rpc_dynamic")


def _cited(value: Any) -> Iterator[str]:
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, list) else ()):
        yield from inner if key == "sources" else _cited(inner)


def features_of(flow: dict[str, Any]) -> set[str]:
    return {*flow.get("features", ()), *(f["feature"] for f in flow.get("follows", ()) if "feature" in f)}


def available(feature: dict[str, Any]) -> set[Pair]:
    return {(role, version) for a in feature["available"] for role in a["server_roles"] for version in a["versions"]}


def pair(port: int | str) -> tuple[int, int]:
    low, _dash, high = str(port).partition("-")
    return int(low), int(high or low)


def read(folder: Path) -> Data:
    """The files of a catalog; entries are only made of what has the right shape (``catalog_rules.shape`` says so)."""
    data = Data(folder)
    for path in sorted(folder.rglob("*.yml")):
        name = path.relative_to(folder).as_posix()
        try:
            data.documents[name] = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
        except yaml.YAMLError as error:
            data.unreadable.append(f"{name}: no readable YAML: {' '.join(str(error).split())}")
    return data


def fill(data: Data) -> None:
    """Makes the entries; the documents have to have the right shape."""
    for name, document in data.documents.items():
        for kind, found in document.items():
            if isinstance(found, dict):
                entries = [Entry(name, key, entry) for key, entry in found.items()]
            else:
                entries = [Entry(name, name_of(entry), entry) for entry in found]
            getattr(data, kind, data.others).extend(entries)


def name_of(entry: dict[str, Any]) -> str:
    if "id" in entry:
        return str(entry["id"])
    if "with" in entry:
        return f"coexistence of {entry.get('version')}"
    return f"{entry.get('role', entry.get('feature'))} since {entry.get('since')}"

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads ``catalog/`` once a process: load -> typed, frozen records."""

from __future__ import annotations

from functools import lru_cache
from operator import itemgetter
from pathlib import Path
from typing import Any

from .models import (
    RPC_DYNAMIC,
    Catalog,
    DynamicRange,
    End,
    Feature,
    Flow,
    FollowUp,
    Party,
    PortRange,
    Product,
    Refusal,
    Source,
)
from .plain import read

CATALOG = Path(__file__).resolve().parents[3] / "catalog"


def port_range(value: int | str) -> PortRange:
    """``25`` -> (25, 25), ``"1024-65535"`` -> (1024, 65535); ValueError for anything else."""
    low, dash, high = str(value).strip().partition("-")
    numbers = (low, high if dash else low)
    if all(number.isascii() and number.isdigit() and len(number) < 10 for number in numbers):
        pair = (int(numbers[0]), int(numbers[1]))
        if 1 <= pair[0] <= pair[1] <= 65535:
            return pair
    raise ValueError(f"{value!r} is no port or port range within 1 to 65535")


def port_ranges(values: Any) -> tuple[PortRange, ...]:
    """A list of ports and ranges, sorted; a single one may stand without the list."""
    if not isinstance(values, (list, tuple)):
        values = [values]
    return tuple(sorted({port_range(value) for value in values}))


def port_text(pair: PortRange) -> str:
    """(25, 25) -> "25", (1024, 65535) -> "1024-65535"."""
    return str(pair[0]) if pair[0] == pair[1] else f"{pair[0]}-{pair[1]}"


def _files(folder: Path, kind: str) -> list[Path]:
    return sorted(folder.glob(f"{kind}/*.yml"))


def _entries(folder: Path, kind: str) -> list[dict[str, Any]]:
    """All entries of a kind that is spread over files by topic."""
    return [entry for path in _files(folder, kind) for entry in read(path)[kind]]


def _refusal(entry: dict[str, Any]) -> Refusal | None:
    return Refusal(**entry["refused"]) if "refused" in entry else None


def _dynamic(entry: dict[str, Any]) -> DynamicRange:
    raw = entry["dynamic_rpc"]
    return DynamicRange(
        port_ranges(raw["ports"]),
        raw.get("confidence", "confirmed"),
        tuple(raw.get("sources", ())),
        raw.get("remarks", ""),
    )


def _product(entry: dict[str, Any]) -> Product:
    return Product(
        entry["id"],
        entry["title"],
        _dynamic(entry),
        tuple(entry.get("server_roles", ())),
    )


def _feature(entry: dict[str, Any]) -> Feature:
    available = tuple((frozenset(a["versions"]), frozenset(a["server_roles"])) for a in entry["available"])
    return Feature(
        entry["id"],
        entry["title"],
        available,
        tuple(entry.get("sources", ())),
        _refusal(entry),
        entry.get("remarks", ""),
    )


def _end(entry: dict[str, Any]) -> End:
    return End(tuple(sorted(entry["parties"])), tuple(entry.get("versions", ())))


def _follow(entry: dict[str, Any]) -> FollowUp:
    ports = entry["ports"]
    return FollowUp(
        id=entry["id"],
        title=entry["title"],
        direction=entry["direction"],
        transport=entry["transport"],
        ports=RPC_DYNAMIC if ports == RPC_DYNAMIC else port_ranges(ports),
        helper=entry.get("helper", ""),
        feature=entry.get("feature", ""),
        sources=tuple(entry.get("sources", ())),
        remarks=entry.get("remarks", ""),
    )


_PLAIN = [
    *("id", "title", "need", "protocol", "transport", "confidence", "support"),
    *("encryption", "article", "scope", "network", "boundary", "remarks"),
]
_TUPLES = ["sources", "features", "icmp_types"]


def _flow(entry: dict[str, Any]) -> Flow:
    fields: dict[str, Any] = {name: entry[name] for name in _PLAIN if name in entry}
    fields.update({name: tuple(entry[name]) for name in _TUPLES if name in entry})
    return Flow(
        initiator=_end(entry["initiator"]),
        listener=_end(entry["listener"]),
        ports=port_ranges(entry.get("ports", [])),
        follows=tuple(_follow(follow) for follow in entry.get("follows", ())),
        refused=_refusal(entry),
        **fields,
    )


@lru_cache(maxsize=4)
def load(folder: Path = CATALOG) -> Catalog:
    """The catalog of ``folder``. The shape is the schema's business (``catalog/schema.json``, held by a test)."""
    products = read(folder / "products.yml")
    parties = [Party(**entry) for entry in read(folder / "parties.yml")["parties"]]
    features = _entries(folder, "features")
    sources = [pair for path in _files(folder, "sources") for pair in read(path)["sources"].items()]
    flows = [_flow(entry) for entry in _entries(folder, "flows")]
    return Catalog(
        products={entry["id"]: _product(entry) for entry in products["products"]},
        windows={entry["id"]: _product(entry) for entry in products["windows"]},
        parties={party.id: party for party in parties},
        features={entry["id"]: _feature(entry) for entry in sorted(features, key=itemgetter("id"))},
        sources={key: Source(id=key, **entry) for key, entry in sorted(sources)},
        flows={flow.id: flow for flow in sorted(flows, key=lambda flow: flow.id)},
        server_roles=frozenset(party.id for party in parties if party.kind == "server_role"),
    )

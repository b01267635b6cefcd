# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The entries of ``catalog/`` as `make catalog` reads them, by id, for the tests that ask several questions of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import catalog_entries
import yaml
from catalog_entries import ENDS, available, pair
from catalog_entries import features_of as flow_features

__all__ = ["ENDS", "available", "flow_features", "pair"]

CATALOG = Path(__file__).resolve().parents[3] / "catalog"
# the eleven protocols of the article, each with the port in its heading
ARTICLE = {
    "SMTP/LSA": 691,
    "RVP": 80,
    "IRC/IRCX": 6667,
    "IRC/SSL": 994,
    "X.400": 102,
    "MS-RPC": 135,
    "T.120": 1503,
    "ULS": 522,
    "H.323 (Video)": 1720,
    "Audio": 1731,
    "DNS": 53,
}
SCHEMA = json.loads((CATALOG / "schema.json").read_text(encoding="utf-8"))
DATA = catalog_entries.read(CATALOG)
catalog_entries.fill(DATA)


def _by_id(kind: str) -> dict[str, dict[str, Any]]:
    return {entry.id: entry.data for entry in getattr(DATA, kind)}


PRODUCTS, WINDOWS, PARTIES = _by_id("products"), _by_id("windows"), _by_id("parties")
FEATURES, SOURCES = _by_id("features"), _by_id("sources")
FLOWS = [entry.data for entry in DATA.flows]
SERVER_ROLES = DATA.server_roles()
EXISTING = DATA.existing()


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def hold(problems: list[str]) -> None:
    assert not problems, "\n" + "\n".join(problems)


def servers(end: dict[str, Any]) -> set[tuple[str, str]]:
    """The (server role, version) pairs of an end that really existed."""
    return {(role, version) for role in end["parties"] for version in end.get("versions", ())} & EXISTING


def ends_of(end: dict[str, Any]) -> set[tuple[str, str]]:
    return servers(end) | {(party, "") for party in end["parties"] if party not in SERVER_ROLES}


def pairs_of(flow: dict[str, Any]) -> set[tuple[Any, Any]]:
    return {(s, d) for s in ends_of(flow["initiator"]) for d in ends_of(flow["listener"])}

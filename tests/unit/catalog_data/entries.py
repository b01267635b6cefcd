# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The entries of ``catalog/`` as plain YAML, and the questions that several tests ask about them.

Reads the files itself, so that a fault of the collection's own loader cannot hide one of the data.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

CATALOG = Path(__file__).resolve().parents[3] / "catalog"
FLOW_FILES = sorted((CATALOG / "flows").glob("*.yml"))
FEATURE_FILES = sorted((CATALOG / "features").glob("*.yml"))
SOURCE_FILES = sorted((CATALOG / "sources").glob("*.yml"))
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
BEFORE_THE_BOUNDARY = {"5.5", "2000", "2003"}


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


SCHEMA = json.loads((CATALOG / "schema.json").read_text(encoding="utf-8"))
PRODUCTS = {entry["id"]: entry for entry in read(CATALOG / "products.yml")["products"]}
WINDOWS = {entry["id"]: entry for entry in read(CATALOG / "products.yml")["windows"]}
PARTIES = {entry["id"]: entry for entry in read(CATALOG / "parties.yml")["parties"]}
FEATURES = {entry["id"]: entry for path in FEATURE_FILES for entry in read(path)["features"]}
SOURCES = {key: entry for path in SOURCE_FILES for key, entry in read(path)["sources"].items()}
FLOWS = [flow for path in FLOW_FILES for flow in read(path)["flows"]]
SERVER_ROLES = {party["id"] for party in PARTIES.values() if party["kind"] == "server_role"}
ENDS = ("initiator", "listener")


def hold(problems: list[str]) -> None:
    assert not problems, "\n" + "\n".join(problems)


def servers(end: dict[str, Any]) -> set[tuple[str, str]]:
    """The (server role, version) pairs of an end that really existed."""
    roles = [party for party in end["parties"] if party in SERVER_ROLES]
    return {(r, v) for r in roles for v in end.get("versions", ()) if r in PRODUCTS.get(v, {}).get("server_roles", ())}


def available(feature: dict[str, Any]) -> set[tuple[str, str]]:
    return {(role, version) for a in feature["available"] for role in a["server_roles"] for version in a["versions"]}


def flow_features(flow: dict[str, Any]) -> set[str]:
    follows = {follow["feature"] for follow in flow.get("follows", ()) if "feature" in follow}
    return set(flow.get("features", ())) | follows


def citations() -> list[tuple[str, str]]:
    """Every (entry, source) of the catalog."""
    entries = [*PRODUCTS.values(), *WINDOWS.values(), *FEATURES.values(), *FLOWS]
    found = [(entry["id"], key) for entry in entries for key in entry.get("sources", ())]
    for entry in (*PRODUCTS.values(), *WINDOWS.values()):
        found += [(entry["id"], key) for key in entry["dynamic_rpc"]["sources"]]
    for flow in FLOWS:
        for follow in flow.get("follows", ()):
            found += [(f"{flow['id']}, {follow['id']}", key) for key in follow["sources"]]
    return found


def port_lists() -> list[tuple[str, list[Any]]]:
    found = [(entry["id"], entry["dynamic_rpc"]["ports"]) for entry in (*PRODUCTS.values(), *WINDOWS.values())]
    for flow in FLOWS:
        found.append((flow["id"], flow.get("ports", [])))
        for follow in flow.get("follows", ()):
            if follow["ports"] != "rpc_dynamic":
                found.append((f"{flow['id']}, {follow['id']}", follow["ports"]))
    return found


def pair(port: int | str) -> tuple[int, int]:
    low, _dash, high = str(port).partition("-")
    return int(low), int(high or low)


def ends_of(end: dict[str, Any]) -> set[tuple[str, str]]:
    return servers(end) | {(party, "") for party in end["parties"] if party not in SERVER_ROLES}


def pairs_of(flow: dict[str, Any]) -> set[tuple[Any, Any]]:
    return {(s, d) for s in ends_of(flow["initiator"]) for d in ends_of(flow["listener"])}

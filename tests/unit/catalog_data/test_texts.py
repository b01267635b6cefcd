# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ids say which versions they are of, texts name only what is there, the page of features is up to date."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from catalog_data.entries import CATALOG, ENDS, FEATURES, FLOWS, PARTIES, PRODUCTS, SOURCES, hold

ROOT = Path(__file__).resolve().parents[3]
IDS = {flow["id"] for flow in FLOWS}
FOLLOWS = {follow["id"] for flow in FLOWS for follow in flow.get("follows", ())}
ENTRIES = [*FLOWS, *FEATURES.values(), *PARTIES.values()]
SPOKEN = ("title", "need", "remarks", "reason", "alternative")
NEWEST = list(PRODUCTS)[-1]
# of an id: its name, and the first and the last version of its servers
VERSIONS = re.compile(r"(.*?)-(55|20\d\d)(?:-(20\d\d))?$")


def _named(flow: dict[str, Any]) -> tuple[str, str]:
    """The name and the versions that an id says."""
    said = VERSIONS.match(flow["id"])
    return (said[1], "-".join(filter(None, said.groups()[1:]))) if said else (flow["id"], "")


def _versions(flow: dict[str, Any]) -> list[str]:
    """First and last version of the servers at each end, as an id would say it."""
    lists = [[v.replace(".", "") for v in flow[end]["versions"]] for end in ENDS if "versions" in flow[end]]
    return ["-".join(dict.fromkeys((one[0], one[-1]))) for one in lists]


def test_an_id_ends_in_the_versions_of_its_servers() -> None:
    hold(
        [
            f"{flow['id']}: its servers are of {' and '.join(_versions(flow))}"
            for flow in FLOWS
            if _named(flow)[1] and _named(flow)[1] not in _versions(flow)
        ]
    )


def test_an_id_without_versions_holds_for_the_newest_or_is_the_only_one_of_its_name() -> None:
    older = {name for name, versions in map(_named, FLOWS) if versions}
    hold(
        [
            f"{flow['id']}: others of that name say their versions, so it has to"
            for flow in FLOWS
            if flow["id"] in older and not any(said.split("-")[-1] == NEWEST for said in _versions(flow))
        ]
    )


def _texts(entry: dict[str, Any]) -> Iterator[str]:
    for key, value in entry.items():
        if key in SPOKEN:
            yield value
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, dict):
                yield from _texts(part)


def _unknown(text: str) -> Iterator[str]:
    """Words that look like ids and are none: of flows (hyphens and a digit), of features, of documents."""
    for word in re.findall(r"(?<![\w.\\/-])[a-z][a-z0-9]*(?:-[a-z0-9]+)+(?![\w-])", text):
        if re.search(r"\d", word) and word not in IDS:
            yield word
    for word in re.findall(r"\b[a-z0-9]+(?:_[a-z0-9]+)+\b", text):
        if not word.startswith("exchange_") and word not in {*FEATURES, *PARTIES, *FOLLOWS}:
            yield word
    for words in re.findall(r"\(([^)]*)\)", text):
        for word in re.split(r"[,\s]+", words):
            if re.fullmatch(r"[a-z]+\d+[a-z]*", word) and word not in {*SOURCES, *FEATURES}:
                yield word


def test_texts_name_only_what_is_there() -> None:
    hold(
        [f"{entry['id']}: there is no {word}" for entry in ENTRIES for text in _texts(entry) for word in _unknown(text)]
    )


def test_comments_name_only_files_that_are_there() -> None:
    files = sorted(CATALOG.rglob("*.yml"))
    names = {path.name for path in files}
    comments = [
        (path, line) for path in files for line in path.read_text(encoding="utf-8").splitlines() if line[:1] == "#"
    ]
    hold(
        [
            f"{path.name}: there is no {word}"
            for path, line in comments
            for word in re.findall(r"(?<![\w*])\w+\.yml", line)
            if word not in names
        ]
    )


def test_the_page_of_features_is_what_the_catalog_says() -> None:
    spec = importlib.util.spec_from_file_location("features_page", ROOT / "tools" / "features.py")
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    assert tool.PAGE.read_text(encoding="utf-8") == tool.page(), "run `make features`, and look at the difference"
    told = set(re.findall(r"^\| `(\w+)`", tool.page(), re.MULTILINE))
    assert told == set(FEATURES)

# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of ``catalog/README.md`` for single entries, each a function: a catalog -> what is wrong, and the way out.

``catalog_relations.py`` has those about several entries.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import jsonschema
from catalog_entries import ENDS, TOPICS, Data, Entry, features_of, name_of, pair

LONGEST_FILE = 300
BEFORE_THE_BOUNDARY = {"5.5", "2000", "2003"}
NEVER = ("unsupported", "not_implemented")


def kind_of(schema: dict[str, Any], file: str) -> str:
    """``flows/edge.yml`` holds flows: the schema describes each kind of file by its path."""
    for kind, shape in schema["$defs"].items():
        path = re.sub("<[^>]+>", "[^/]+", shape.get("description", "").replace(".", "[.]"))
        if path.endswith("yml") and re.fullmatch(path, file):
            return kind
    return ""


def shape(data: Data) -> Iterator[str]:
    """Unknown fields, missing ones, wrong kinds: whatever schema.json refuses."""
    schema = json.loads((data.folder / "schema.json").read_text(encoding="utf-8"))
    for file, document in data.documents.items():
        kind = kind_of(schema, file)
        if not kind:
            yield f"{file}: nothing reads this file; topics lie in {', '.join(TOPICS)}"
            continue
        validator = jsonschema.Draft202012Validator({"$ref": f"#/$defs/{kind}", "$defs": schema["$defs"]})
        for error in validator.iter_errors(document):
            place = list(error.absolute_path)
            at = "/".join(map(str, place[2:]))
            yield f"{file}: {_entry_at(document, place)}: {f'{at}: ' if at else ''}{error.message}; see README.md"


def _entry_at(document: Any, place: list[Any]) -> str:
    entry = document
    for step in place[:2]:
        entry = entry[step]
    if isinstance(entry, dict) and len(place) > 1:
        return name_of(entry) if {"id", "role", "feature", "with"} & set(entry) else str(place[1])
    return "/".join(map(str, place)) or "the whole file"


def short_files(data: Data) -> Iterator[str]:
    for file in data.documents:
        lines = len((data.folder / file).read_text(encoding="utf-8").splitlines())
        if lines > LONGEST_FILE:
            yield f"{file}: {lines} lines, at most {LONGEST_FILE}; split it by topic"


def sorted_entries(data: Data) -> Iterator[str]:
    """Versions run from old to new, so they are left out; steps of succession run as versions do, then by name."""
    order = data.versions()
    for file in data.documents:
        for kind in ("parties", *TOPICS):
            ids = [entry for entry in getattr(data, kind) if entry.file == file]
            for before, after in pairwise(ids):
                if after.id < before.id:
                    yield f"{after}: stands after {before.id}; entries are sorted by id"
    for kind, word in (("successions", "role"), ("feature_successions", "feature")):
        steps = [entry for entry in getattr(data, kind) if entry.data["since"] in order]
        for before, after in pairwise(steps):
            if _step(order, after, word) < _step(order, before, word):
                yield f"{after}: stands after {before.id}; they are sorted by version, then by {word}"


def _step(order: list[str], entry: Entry, word: str) -> tuple[int, str]:
    return order.index(entry.data["since"]), entry.data[word]


def sorted_lists(data: Data) -> Iterator[str]:
    """Equal content has one spelling, so a diff shows real changes only."""
    order = data.versions()
    for entry in data.flows:
        flow = entry.data
        lists = {name: flow.get(name, []) for name in ("sources", "features")}
        lists.update({end: flow[end]["parties"] for end in ENDS})
        for name, words in lists.items():
            if words != sorted(words):
                yield f"{entry}: {name} are not sorted; write {', '.join(sorted(words))}"
        ports = [pair(port) for port in flow.get("ports", [])]
        if ports != sorted(ports):
            yield f"{entry}: ports are not sorted; write the lowest first"
        for end in ENDS:
            versions = flow[end].get("versions", [])
            if versions != [version for version in order if version in versions]:
                yield f"{entry}: versions of the {end} are not in the order of products.yml, or unknown"


def ports_in_range(data: Data) -> Iterator[str]:
    for entry, ports in data.port_lists():
        pairs = sorted(pair(port) for port in ports)
        for low, high in pairs:
            if not 1 <= low <= high <= 65535:
                yield f"{entry}: {low}-{high} is no range within 1 to 65535"
        for a, b in pairwise(pairs):
            if b[0] <= a[1]:
                yield f"{entry}: {a[0]}-{a[1]} and {b[0]}-{b[1]} overlap; make one range of them"


def versions_with_server_roles(data: Data) -> Iterator[str]:
    for entry in data.flows:
        for end in ENDS:
            roles = set(entry.data[end]["parties"]) & data.server_roles()
            versions = set(entry.data[end].get("versions", ()))
            if bool(roles) != bool(versions):
                yield f"{entry}: {end}: versions and server roles go together; add or take out versions"
            there = data.servers(entry.data[end])
            for role in sorted(roles - {role for role, _version in there}) if versions else ():
                yield f"{entry}: {end}: no listed version has {role}; take it out or add its versions"
            for version in sorted(versions - {version for _role, version in there}) if roles else ():
                yield f"{entry}: {end}: {version} has none of the roles; take it out or add its roles"
        if not any(data.servers(entry.data[end]) for end in ENDS):
            yield f"{entry}: no Exchange server at either end; it belongs to another catalog"


def boundary_of_its_time(data: Data) -> Iterator[str]:
    for entry in (entry for entry in data.flows if "boundary" in entry.data):
        for end in ENDS:
            early = set(entry.data[end].get("versions", ())) & BEFORE_THE_BOUNDARY
            if early:
                yield f"{entry}: {end}: {', '.join(sorted(early))} had no support boundary; make a flow without it"
            if "edge_transport" in entry.data[end]["parties"]:
                yield f"{entry}: {end}: Edge Transport lies outside the support boundary; make a flow without it"


def rpc_with_the_mapper(data: Data) -> Iterator[str]:
    for entry in data.flows:
        mapper = entry.data["transport"] == "tcp" and entry.data.get("ports") == [135]
        rpc = any(follow["ports"] == "rpc_dynamic" for follow in entry.data.get("follows", ()))
        if mapper != rpc:
            yield f"{entry}: TCP 135 alone and a follow with ports rpc_dynamic go together; add what is missing"


def follows_told_apart(data: Data) -> Iterator[str]:
    for entry in data.flows:
        ids = [follow["id"] for follow in entry.data.get("follows", ())]
        for name in sorted({name for name in ids if ids.count(name) > 1}):
            yield f"{entry}: two follows are called {name}; rename one"


def remarks_name_what_exists(data: Data) -> Iterator[str]:
    """Remarks name documents and flows in brackets: (np2016), (smtp-lsa-25)."""
    known = {entry.id for entry in (*data.flows, *data.sources, *data.products)}
    for entry in data.flows:
        texts = [entry.data.get("remarks", ""), entry.data.get("refused", {}).get("alternative", "")]
        for word in re.findall(r"\(([a-z0-9_-]*[0-9-][a-z0-9_-]*)\)", " ".join(texts)):
            if word not in known:
                yield f"{entry}: ({word}) in its remarks is neither a source nor a flow; mend the word"


def refused_is_not_openable(data: Data) -> Iterator[str]:
    """What is never opened is asked for by a refused feature alone, and nothing else by such a feature."""
    refused = {entry.id for entry in data.features if "refused" in entry.data}
    for entry in data.flows:
        closed = entry.data["support"] in NEVER
        if closed and not set(entry.data.get("features", ())) & refused:
            yield f"{entry}: is {entry.data['support']}, so a refused feature has to ask for it; add one"
        if not closed and features_of(entry.data) & refused:
            yield f"{entry}: can be opened, yet needs a refused feature; take the feature out"

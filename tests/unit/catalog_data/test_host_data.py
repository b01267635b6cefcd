# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds the rules of ``catalog/README.md`` for the facts about hosts and appliances; each message names the entry."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path

import jsonschema
import pytest
from catalog_data.entries import (
    CATALOG,
    FLOWS,
    PRODUCTS,
    SCHEMA,
    SERVER_ROLES,
    SOURCES,
    WINDOWS,
    hold,
    pair,
    read,
)
from catalog_data.host_entries import (
    APPLIANCES,
    ENTRIES,
    FILES,
    KINDS,
    WINDOWS_FACTS,
    every_entry,
    host_port_lists,
    places,
    servers_of,
)

ALL_FILES = [(kind, path) for kind in KINDS for path in FILES[kind]]
OF_PROGRAM = "%ExchangeInstallPath%\\"


@pytest.mark.parametrize(("kind", "path"), ALL_FILES, ids=lambda value: getattr(value, "stem", value))
def test_schema_holds(kind: str, path: Path) -> None:
    validator = jsonschema.Draft202012Validator({"$ref": f"#/$defs/{kind}", "$defs": SCHEMA["$defs"]})
    problems = []
    for error in validator.iter_errors(read(path)):
        place = list(error.absolute_path)
        name = read(path)[kind][place[1]].get("id", place[1]) if len(place) > 1 else kind
        problems.append(f"{path.name}: {name}: {'/'.join(map(str, place[2:]))}: {error.message}")
    hold(problems)


def test_every_kind_has_files_and_every_file_a_kind() -> None:
    hold([f"{kind}: no file holds it" for kind in KINDS if not FILES[kind]])
    known = {path for paths in FILES.values() for path in paths}
    found = {path for folder in (WINDOWS_FACTS, APPLIANCES) for path in folder.rglob("*") if path.is_file()}
    hold([f"{path}: is read as nothing" for path in sorted(found - known)])


def test_ids_are_unique_and_sorted() -> None:
    for kind in KINDS:
        ids = [entry["id"] for entry in ENTRIES[kind]]
        hold([f"{kind}: {one}: the id is taken twice" for one in sorted({i for i in ids if ids.count(i) > 1})])
    for kind, path in ALL_FILES:
        ids = [entry["id"] for entry in read(path)[kind]]
        hold([f"{path.name}: {b}: stands after {a}, ids are sorted" for a, b in pairwise(ids) if b < a])


def test_lists_are_sorted() -> None:
    problems = []
    for name, entry in every_entry():
        for field in ("sources", "members"):
            if entry.get(field, []) != sorted(entry.get(field, [])):
                problems.append(f"{name}: {field} are not sorted")
        for place in places(entry):
            if place["versions"] != [v for v in PRODUCTS if v in place["versions"]]:
                problems.append(f"{name}: versions are not in the order of products.yml, or not known")
            if place["server_roles"] != sorted(place["server_roles"]):
                problems.append(f"{name}: server roles are not sorted")
    for name, ports in host_port_lists():
        if [pair(port) for port in ports] != sorted(pair(port) for port in ports):
            problems.append(f"{name}: ports are not sorted")
    hold(problems)


def test_versions_and_server_roles_exist() -> None:
    problems = []
    for name, entry in every_entry():
        seen: set[tuple[str, str]] = set()
        for place in places(entry):
            problems += [f"{name}: server role {role} is unknown" for role in set(place["server_roles"]) - SERVER_ROLES]
            for version, role in sorted(servers_of(place)):
                if role not in PRODUCTS.get(version, {}).get("server_roles", ()):
                    problems.append(f"{name}: {version} has no server role {role}")
            if seen & servers_of(place):
                problems.append(f"{name}: two places hold {sorted(seen & servers_of(place))}")
            seen |= servers_of(place)
    hold(problems)


def test_ports_are_in_range_and_apart() -> None:
    problems = []
    for name, ports in host_port_lists():
        numbers = sorted(pair(port) for port in ports)
        problems += [f"{name}: {low}-{high} is no range" for low, high in numbers if not 1 <= low <= high <= 65535]
        problems += [f"{name}: {a} and {b} overlap" for a, b in pairwise(numbers) if b[0] <= a[1]]
    hold(problems)


def test_nothing_confirmed_rests_on_recalled_documents_alone() -> None:
    problems = []
    for name, entry in every_entry():
        said = {place["confidence"] for place in places(entry)} | {entry.get("confidence"), entry.get("evidence")}
        if said - {None, "unconfirmed"} and all(SOURCES[key]["read"] == "recalled" for key in entry["sources"]):
            problems.append(f"{name}: rests on recalled documents alone, yet is not unconfirmed")
    hold(problems)


def test_what_remarks_name_is_there() -> None:
    """Remarks name documents in brackets and entries by id: (static2010r), See store_service_rpc_2013."""
    ids = {entry["id"] for _name, entry in every_entry()}
    problems = []
    for name, entry in every_entry():
        words = re.findall(r"\(([a-z0-9_]*[0-9_][a-z0-9_]*)\)", entry.get("remarks", ""))
        words += re.findall(r"\b[a-z]+(?:_[a-z0-9]+)+\b", entry.get("remarks", ""))
        named = {word for word in words if not word.isdigit()}
        problems += [f"{name}: {word} is neither document nor entry" for word in sorted(named - ids - set(SOURCES))]
    hold(problems)


def test_no_two_entries_are_equal_but_for_the_id() -> None:
    problems = []
    for kind in KINDS:
        seen: dict[str, str] = {}
        for entry in ENTRIES[kind]:
            key = json.dumps({name: value for name, value in entry.items() if name != "id"}, sort_keys=True)
            if key in seen:
                problems.append(f"{kind}: {entry['id']}: equals {seen[key]} but for the id")
            seen[key] = entry["id"]
    hold(problems)


def test_keywords_stand_for_what_entries_use() -> None:
    """The two ways in which a flow needs them, and a Windows version that products.yml knows."""
    known = {entry["id"]: entry for entry in ENTRIES["keywords"]}
    used = {entry["ports"] for _name, entry in every_entry() if isinstance(entry.get("ports"), str)}
    assert used == set(known)
    follows = {str(follow["ports"]) for flow in FLOWS for follow in flow.get("follows", ())}
    assert known["rpc"]["satisfies"] in follows
    assert known["rpc_epmap"]["ports"] in [flow.get("ports") for flow in FLOWS]
    unknown = [key for key, entry in known.items() if entry["since"] not in WINDOWS]
    hold([f"{key}: since {known[key]['since']}, which is no Windows" for key in unknown])


def test_rules_of_one_name_on_one_server_are_remarked() -> None:
    """Setup looks a rule up by its name, so a reader has to learn that there are two."""
    problems = []
    rules = ENTRIES["setup_rules"]
    for one in rules:
        there = {server for place in places(one) for server in servers_of(place)}
        for other in rules:
            both = {server for place in places(other) for server in servers_of(place)} & there
            pair_ = {json.dumps(rule.get("ports")) for rule in (one, other)}
            same = one["name"] == other["name"] and one["id"] < other["id"] and both
            if same and len(pair_) > 1 and not ("remarks" in one and "remarks" in other):
                problems.append(f"{one['id']} and {other['id']}: have one name, and do not both say so")
    hold(problems)


def test_a_rule_of_setup_names_a_program_that_a_service_has() -> None:
    """What Setup opens for a program of Exchange, on a server where that is more than a guess, some service uses."""
    opened = {
        (server, service["program"].lower()): service
        for service in ENTRIES["services"]
        for place in places(service)
        for server in servers_of(place)
    }
    problems = []
    for rule in ENTRIES["setup_rules"]:
        sure = [place for place in places(rule) if place["confidence"] != "unconfirmed"]
        for server in sorted({server for place in sure for server in servers_of(place)}):
            program = rule.get("program", "").lower()
            if program.startswith(OF_PROGRAM.lower()) and (server, program) not in opened:
                problems.append(f"{rule['id']}: no service of {' '.join(server)} has the program {rule['program']}")
    hold(problems)


def test_a_static_port_replaces_a_follow_and_lies_in_a_key_of_its_service() -> None:
    follows = {follow["id"] for flow in FLOWS for follow in flow.get("follows", ()) if follow["ports"] == "rpc_dynamic"}
    problems = []
    for entry in ENTRIES["static_ports"]:
        if entry["follow"] not in follows:
            problems.append(f"{entry['id']}: no flow has a follow {entry['follow']} on dynamic RPC ports")
        if f"\\Services\\{entry['service']}\\" not in entry["key"]:
            problems.append(f"{entry['id']}: the key is not that of {entry['service']}")
    hold(problems)


def test_names_of_an_appliance_carry_its_vendor() -> None:
    facts = [entry for kind in ("inspection", "applications") for entry in ENTRIES[kind]]
    wrong = [entry for entry in facts if not entry["id"].startswith(entry["vendor"] + "_")]
    hold([f"{entry['id']}: begins not with {entry['vendor']}" for entry in wrong])
    named = [(path, entry) for path in FILES["applications"] for entry in read(path)["applications"]]
    hold([f"{path.name}: {e['id']}: is of {e['vendor']}" for path, e in named if e["vendor"] != path.stem])


def test_an_application_stands_for_something_unless_nobody_read_it() -> None:
    hold(
        [
            f"{entry['id']}: has neither ports nor interface nor members"
            for entry in ENTRIES["applications"]
            if entry["evidence"] != "unconfirmed" and not {"tcp", "udp", "interface", "members"} & set(entry)
        ]
    )


@pytest.mark.parametrize("windows", WINDOWS)
@pytest.mark.parametrize("version", PRODUCTS)
def test_every_version_on_every_windows_has_one_dynamic_range(version: str, windows: str) -> None:
    """The one of Exchange, else that of Windows: a range a list, above the well-known ports."""
    of_exchange, of_windows = PRODUCTS[version].get("dynamic_rpc"), WINDOWS[windows]["dynamic_rpc"]
    for entry in (of_exchange or of_windows, of_windows):
        (only,) = entry["ports"]
        low, high = pair(only)
        assert 1024 <= low < high <= 65535, f"{version} on {windows}: {only}"


def test_the_page_on_static_ports_has_every_value_and_no_other() -> None:
    page = (CATALOG.parent / "docs" / "static-ports.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"(?m)^\| ([0-9., ]+) \| ([`a-z_, ]+) \| `(\w+)` \| `(.+)` \| `(.+)` \| `(\w+)` \| (\w+) \|$", page
    )
    said = {(versions, roles.replace("`", ""), *rest) for versions, roles, *rest in rows}
    known = {
        (
            ", ".join(version for place in places(entry) for version in place["versions"]),
            ", ".join(places(entry)[0]["server_roles"]),
            entry["service"],
            entry["key"].partition("\\Services\\")[2],
            entry["value"],
            entry["type"],
            entry["restart"],
        )
        for entry in ENTRIES["static_ports"]
    }
    assert said == known

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds the rules of ``catalog/README.md`` for every entry; each message names the entry it is about."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path

import jsonschema
import pytest
from catalog_data.entries import (
    ARTICLE,
    BEFORE_THE_BOUNDARY,
    CATALOG,
    ENDS,
    FEATURE_FILES,
    FEATURES,
    FLOW_FILES,
    FLOWS,
    PARTIES,
    PRODUCTS,
    SCHEMA,
    SERVER_ROLES,
    SOURCE_FILES,
    SOURCES,
    available,
    citations,
    flow_features,
    hold,
    pair,
    pairs_of,
    port_lists,
    read,
    servers,
)
from catalog_data.host_entries import host_citations


def schema_errors(kind: str, path: Path) -> list[str]:
    validator = jsonschema.Draft202012Validator({"$ref": f"#/$defs/{kind}", "$defs": SCHEMA["$defs"]})
    document = read(path)
    found = []
    for error in validator.iter_errors(document):
        place, entry = list(error.absolute_path), document
        for step in place[:2]:
            entry = entry[step]
        name = entry.get("id", place[-1:]) if isinstance(entry, dict) else place
        found.append(f"{path.name}: {name}: {'/'.join(map(str, place[2:]))}: {error.message}")
    return found


@pytest.mark.parametrize("kind", ["products", "parties"])
def test_schema_holds(kind: str) -> None:
    hold(schema_errors(kind, CATALOG / f"{kind}.yml"))


@pytest.mark.parametrize(
    "path", [*FLOW_FILES, *FEATURE_FILES, *SOURCE_FILES], ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_schema_holds_for_the_files_of_a_topic(path: Path) -> None:
    hold(schema_errors(path.parent.name, path))


def test_schema_is_a_schema_and_closed() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    open_objects = [
        name
        for name, definition in SCHEMA["$defs"].items()
        if definition.get("type") == "object" and definition.get("additionalProperties") is not False
    ]
    hold([f"{name}: additionalProperties must be false" for name in open_objects])


def test_ids_are_unique() -> None:
    products = read(CATALOG / "products.yml")
    of_kind = {
        "flows": [flow["id"] for flow in FLOWS],
        "features": [entry["id"] for path in FEATURE_FILES for entry in read(path)["features"]],
        "sources": [key for path in SOURCE_FILES for key in read(path)["sources"]],
        "parties": [entry["id"] for entry in read(CATALOG / "parties.yml")["parties"]],
        "products": [entry["id"] for entry in products["products"]],
        "windows": [entry["id"] for entry in products["windows"]],
    }
    hold(
        [
            f"{kind}: {one}: the id is taken twice"
            for kind, ids in of_kind.items()
            for one in sorted({i for i in ids if ids.count(i) > 1})
        ]
    )


def out_of_order(ids: list[str]) -> list[str]:
    return [f"{after}: stands after {before}, ids are sorted" for before, after in pairwise(ids) if after < before]


def test_ids_are_sorted() -> None:
    for path in (*FLOW_FILES, *FEATURE_FILES):
        ids = [entry["id"] for entry in read(path)[path.parent.name]]
        hold([f"{path.parent.name}/{path.name}: {text}" for text in out_of_order(ids)])
    for path in SOURCE_FILES:
        hold([f"sources/{path.name}: {text}" for text in out_of_order(list(read(path)["sources"]))])
    hold(out_of_order(list(PARTIES)))


def test_lists_of_words_are_sorted() -> None:
    """Equal content has one spelling, so a diff shows real changes only."""
    problems = []
    for flow in FLOWS:
        lists = {name: flow.get(name, []) for name in ("sources", "features")}
        lists.update({end: flow[end]["parties"] for end in ENDS})
        problems += [f"{flow['id']}: {name} are not sorted" for name, words in lists.items() if words != sorted(words)]
        ports = [pair(port) for port in flow.get("ports", [])]
        if ports != sorted(ports):
            problems.append(f"{flow['id']}: ports are not sorted")
        for end in ENDS:
            versions = flow[end].get("versions", [])
            if versions != [version for version in PRODUCTS if version in versions]:
                problems.append(f"{flow['id']}: versions of the {end} are not in the order of products.yml")
    hold(problems)


def test_words_of_flows_are_known() -> None:
    problems = []
    for flow in FLOWS:
        for end in ENDS:
            known = {"party": (flow[end]["parties"], PARTIES), "version": (flow[end].get("versions", ()), PRODUCTS)}
            for kind, (words, vocabulary) in known.items():
                problems += [f"{flow['id']}: {end}: {kind} {word} is unknown" for word in set(words) - set(vocabulary)]
        problems += [f"{flow['id']}: feature {word} is unknown" for word in flow_features(flow) - set(FEATURES)]
    hold(problems)


def test_words_of_products_and_features_are_known() -> None:
    problems = []
    for product in PRODUCTS.values():
        unknown = set(product["server_roles"]) - SERVER_ROLES
        problems += [f"{product['id']}: server role {role} is no party" for role in unknown]
    existing = {(role, product["id"]) for product in PRODUCTS.values() for role in product["server_roles"]}
    for feature in FEATURES.values():
        for role, version in sorted(available(feature) - existing):
            problems.append(f"{feature['id']}: {version} has no server role {role}")
    hold(problems)


def test_every_source_exists_and_is_used() -> None:
    cited = [*citations(), *host_citations()]
    hold([f"{entry}: source {key} is in no file under sources/" for entry, key in cited if key not in SOURCES])
    unused = sorted(set(SOURCES) - {key for _entry, key in cited})
    hold([f"{key}: no entry cites this source" for key in unused])


def test_no_number_rests_on_recalled_documents_alone() -> None:
    hold(
        [
            f"{flow['id']}: rests on recalled documents alone, yet is not unconfirmed"
            for flow in FLOWS
            if flow["confidence"] != "unconfirmed"
            and all(SOURCES[key]["read"] == "recalled" for key in flow["sources"])
        ]
    )


def test_every_document_named_in_remarks_is_a_source() -> None:
    """Remarks name documents and flows in brackets: (np2016), (smtp-lsa-25)."""
    known = {flow["id"] for flow in FLOWS} | set(SOURCES)
    problems = []
    for flow in FLOWS:
        texts = [flow.get("remarks", ""), flow.get("refused", {}).get("alternative", "")]
        for word in re.findall(r"\(([a-z0-9_-]*[0-9-][a-z0-9_-]*)\)", " ".join(texts)):
            if word not in known and word not in PRODUCTS:
                problems.append(f"{flow['id']}: ({word}) is neither a source nor a flow")
    hold(problems)


def test_every_party_and_feature_is_used() -> None:
    parties = {party for flow in FLOWS for end in ENDS for party in flow[end]["parties"]}
    hold([f"{party}: no flow has this party" for party in sorted(set(PARTIES) - parties)])
    features = {feature for flow in FLOWS for feature in flow_features(flow)}
    hold([f"{feature}: no flow needs this feature" for feature in sorted(set(FEATURES) - features)])


def test_every_availability_of_a_feature_leads_to_a_flow() -> None:
    problems = []
    for feature in FEATURES.values():
        reached = {
            pair_
            for flow in FLOWS
            if feature["id"] in flow_features(flow)
            for end in ENDS
            for pair_ in servers(flow[end])
        }
        for role, version in sorted(available(feature) - reached):
            problems.append(f"{feature['id']}: no flow for server role {role} of {version}")
    hold(problems)


def test_features_can_be_selected_where_a_flow_needs_them() -> None:
    problems = []
    for flow in FLOWS:
        wanted = flow.get("features", [])
        for end in ENDS if wanted else ():
            offered = {pair_ for feature in wanted for pair_ in available(FEATURES[feature])}
            for role, version in sorted(servers(flow[end]) - offered):
                problems.append(f"{flow['id']}: {role} of {version} can select none of {', '.join(wanted)}")
    hold(problems)


def test_ports_are_in_range_and_apart() -> None:
    problems = []
    for entry, ports in port_lists():
        pairs = sorted(pair(port) for port in ports)
        problems += [f"{entry}: {low}-{high} is no range" for low, high in pairs if not 1 <= low <= high <= 65535]
        problems += [f"{entry}: {a} and {b} overlap" for a, b in pairwise(pairs) if b[0] <= a[1]]
    hold(problems)


def test_versions_stand_where_server_roles_stand() -> None:
    problems = []
    for flow in FLOWS:
        for end in ENDS:
            roles = {party for party in flow[end]["parties"] if party in SERVER_ROLES}
            versions = set(flow[end].get("versions", ()))
            if bool(roles) != bool(versions):
                problems.append(f"{flow['id']}: {end}: versions and server roles go together")
            there = servers(flow[end])
            problems += [
                f"{flow['id']}: {end}: no listed version has {r}" for r in roles - {r for r, _version in there}
            ]
            problems += [
                f"{flow['id']}: {end}: {v} has none of the roles" for v in versions - {v for _role, v in there}
            ]
    hold(problems)


def test_every_flow_has_an_exchange_server() -> None:
    hold(
        [f"{flow['id']}: no Exchange server at either end" for flow in FLOWS if not any(servers(flow[e]) for e in ENDS)]
    )


def test_no_two_flows_are_equal_but_for_the_id() -> None:
    """Equal in what would be opened and by which selection; `need` and `sources` may give a second reason."""
    seen: dict[str, str] = {}
    problems = []
    for flow in FLOWS:
        key = json.dumps({name: value for name, value in flow.items() if name != "id"}, sort_keys=True)
        if key in seen:
            problems.append(f"{flow['id']}: equals {seen[key]} but for the id")
        seen[key] = flow["id"]
    hold(problems)


def test_boundary_begins_with_2007_and_leaves_edge_out() -> None:
    problems = []
    for flow in (flow for flow in FLOWS if "boundary" in flow):
        for end in ENDS:
            early = set(flow[end].get("versions", ())) & BEFORE_THE_BOUNDARY
            if early:
                problems.append(f"{flow['id']}: {end}: {', '.join(sorted(early))} had no support boundary")
            if "edge_transport" in flow[end]["parties"]:
                problems.append(f"{flow['id']}: {end}: Edge Transport lies outside the support boundary")
    hold(problems)


def test_exact_flows_and_the_boundary_fit() -> None:
    """An exact flow lies wholly inside and says so, or it reaches out; else narrowing would open or close too much.

    The replication network is a network of its own, which no whole flow covers.
    """
    whole = {ends for flow in FLOWS if flow.get("boundary") == "whole" for ends in pairs_of(flow)}
    problems = []
    for flow in FLOWS:
        if flow.get("boundary") == "inside" and flow.get("network") != "replication":
            problems += [f"{flow['id']}: no whole flow from {s} to {d}" for s, d in sorted(pairs_of(flow) - whole)]
        if "boundary" not in flow and pairs_of(flow) <= whole:
            problems.append(f"{flow['id']}: lies inside the support boundary and does not say so")
    hold(problems)


def test_refused_features_belong_to_refused_flows() -> None:
    refused = {feature["id"] for feature in FEATURES.values() if "refused" in feature}
    problems = []
    for flow in FLOWS:
        closed = flow["support"] in ("unsupported", "not_implemented")
        if closed and not set(flow.get("features", ())) & refused:
            problems.append(f"{flow['id']}: is never opened, so a refused feature has to ask for it")
        if not closed and flow_features(flow) & refused:
            problems.append(f"{flow['id']}: can be opened, yet needs a refused feature")
    hold(problems)


def test_rpc_follows_the_endpoint_mapper() -> None:
    problems = []
    for flow in FLOWS:
        mapper = flow["transport"] == "tcp" and flow.get("ports") == [135]
        rpc = any(follow["ports"] == "rpc_dynamic" for follow in flow.get("follows", ()))
        if mapper != rpc:
            problems.append(f"{flow['id']}: 135 and a follow with ports rpc_dynamic go together")
    hold(problems)


def test_follows_have_unique_ids_within_a_flow() -> None:
    problems = []
    for flow in FLOWS:
        ids = [follow["id"] for follow in flow.get("follows", ())]
        problems += [f"{flow['id']}: two follows are called {i}" for i in sorted({i for i in ids if ids.count(i) > 1})]
    hold(problems)


@pytest.mark.parametrize(("protocol", "port"), ARTICLE.items())
def test_every_protocol_of_the_article_has_flows(protocol: str, port: int) -> None:
    cited = [flow for flow in FLOWS if flow.get("article") == protocol]
    as_written = [flow for flow in cited if (flow["transport"], flow["ports"]) == ("tcp", [port])]
    assert as_written, f"{protocol}: no flow carries this protocol of the article on TCP {port}"
    assert any("article" in flow["sources"] for flow in as_written), f"{protocol}: no flow of it cites the article"


def test_flows_name_a_protocol_of_the_article_by_its_port() -> None:
    """The other ports of an article's protocol come from its text: 25 between routing groups, 7000 for chat."""
    known = {*ARTICLE.items(), ("SMTP/LSA", 25), ("IRC/IRCX", 7000)}
    found = [(flow["id"], flow["article"], port) for flow in FLOWS if "article" in flow for port in flow["ports"]]
    hold(
        [
            f"{i}: {protocol} is not on {port} in the article"
            for i, protocol, port in found
            if (protocol, port) not in known
        ]
    )


def test_every_server_role_of_every_product_has_flows() -> None:
    reached = {pair_ for flow in FLOWS for end in ENDS for pair_ in servers(flow[end])}
    existing = {(role, product["id"]) for product in PRODUCTS.values() for role in product["server_roles"]}
    hold([f"{version}: no flow has its server role {role}" for role, version in sorted(existing - reached)])


def test_there_is_one_internet() -> None:
    internet = [party["id"] for party in PARTIES.values() if party["kind"] == "internet"]
    assert internet == ["internet"], f"{internet}: exactly one party, internet, has kind internet"


def test_files_stay_readable() -> None:
    for path in CATALOG.rglob("*.yml"):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        assert lines <= 300, f"{path.relative_to(CATALOG)}: {lines} lines, at most 300"

# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of ``catalog/README.md`` that look at several entries at once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import pairwise

from catalog_entries import ENDS, Data, Entry, available, features_of


def unique_ids(data: Data) -> Iterator[str]:
    for kind in (
        "products",
        "windows",
        "parties",
        "features",
        "sources",
        "flows",
        "successions",
        "feature_successions",
    ):
        first: dict[str, Entry] = {}
        for entry in getattr(data, kind):
            if entry.id in first:
                yield f"{entry}: the id is taken by an entry of {first[entry.id].file}; choose another one"
            first.setdefault(entry.id, entry)


def no_duplicates(data: Data) -> Iterator[str]:
    """Two flows that are equal but for the id; need and sources may give a second reason."""
    seen: dict[str, Entry] = {}
    for entry in data.flows:
        key = json.dumps({name: value for name, value in entry.data.items() if name != "id"}, sort_keys=True)
        if key in seen:
            yield f"{entry}: equals {seen[key].id} ({seen[key].file}) but for the id; keep one of them"
        seen.setdefault(key, entry)


def _unknown(entry: Entry, what: str, words: Iterable[str], known: Iterable[str], where: str) -> Iterator[str]:
    for word in sorted(set(words) - set(known)):
        yield f"{entry}: {what} {word} is unknown; mend the word, or add it to {where}"


def known_words(data: Data) -> Iterator[str]:
    parties = {entry.id for entry in data.parties}
    features = {entry.id for entry in data.features}
    for entry in data.flows:
        for end in ENDS:
            yield from _unknown(entry, f"{end}: party", entry.data[end]["parties"], parties, "parties.yml")
            yield from _unknown(
                entry, f"{end}: version", entry.data[end].get("versions", ()), data.versions(), "products.yml"
            )
        yield from _unknown(entry, "feature", features_of(entry.data), features, "features/")
    for entry in data.products:
        yield from _unknown(entry, "server role", entry.data["server_roles"], data.server_roles(), "parties.yml")
    for entry in data.features:
        for role, version in sorted(available(entry.data) - data.existing()):
            yield f"{entry}: {version} has no server role {role}; take it out of available"


def known_sources(data: Data) -> Iterator[str]:
    sources = {entry.id for entry in data.sources}
    for entry, key in data.citations():
        if key not in sources:
            yield f"{entry}: source {key} is in no file under sources/; mend the word, or add the document"


def used_sources(data: Data) -> Iterator[str]:
    cited = {key for _entry, key in data.citations()}
    yield from (f"{entry}: no entry cites it; take it out" for entry in data.sources if entry.id not in cited)


def not_recalled_alone(data: Data) -> Iterator[str]:
    recalled = {entry.id for entry in data.sources if entry.data["read"] == "recalled"}
    for entry in data.flows:
        if entry.data["confidence"] != "unconfirmed" and set(entry.data["sources"]) <= recalled:
            yield f"{entry}: rests on recalled documents alone; find another one, or make it unconfirmed"


def used_parties(data: Data) -> Iterator[str]:
    used = {party for flow in data.flows for end in ENDS for party in flow.data[end]["parties"]}
    yield from (f"{entry}: no flow has this party; take it out" for entry in data.parties if entry.id not in used)


def used_features(data: Data) -> Iterator[str]:
    """A feature that can be selected leads to flows, for each server role that can have it."""
    for entry in data.features:
        mine = [flow for flow in data.flows if entry.id in features_of(flow.data)]
        if not mine:
            yield f"{entry}: no flow needs this feature; take it out"
            continue
        by_it = [flow for flow in mine if flow.data["confidence"] != "unconfirmed"]
        reached = {pair for flow in by_it for end in ENDS for pair in data.servers(flow.data[end])}
        for role, version in sorted(available(entry.data) & data.existing() - reached):
            yield (
                f"{entry}: selecting it opens nothing for {role} of {version} (unconfirmed flows open by their id); "
                "take them out of available"
            )


def selectable_features(data: Data) -> Iterator[str]:
    offers = {entry.id: available(entry.data) for entry in data.features}
    for entry in data.flows:
        wanted = [name for name in entry.data.get("features", ()) if name in offers]
        offered = {pair for name in wanted for pair in offers[name]}
        for end in ENDS if wanted else ():
            for role, version in sorted(data.servers(entry.data[end]) - offered):
                names = ", ".join(wanted)
                yield f"{entry}: {end}: {role} of {version} can select none of {names}; add it to their available"


def exact_flows_and_the_boundary(data: Data) -> Iterator[str]:
    """An exact flow lies wholly inside and says so, or it reaches out; else narrowing opens or closes too much.

    The replication network is a network of its own, which no whole flow covers.
    """
    whole = {ends for flow in data.flows if flow.data.get("boundary") == "whole" for ends in data.pairs_of(flow.data)}
    for entry in data.flows:
        pairs = data.pairs_of(entry.data)
        if entry.data.get("boundary") == "inside" and entry.data.get("network") != "replication":
            for a, b in sorted(pairs - whole):
                yield f"{entry}: is inside, and no whole flow joins {_said(a)} to {_said(b)}; split it"
        if "boundary" not in entry.data and pairs and pairs <= whole:
            yield f"{entry}: lies inside the support boundary; say boundary: inside"


def _said(end: tuple[str, str]) -> str:
    return " of ".join(part for part in end if part)


def server_roles_with_flows(data: Data) -> Iterator[str]:
    reached = {pair for flow in data.flows for end in ENDS for pair in data.servers(flow.data[end])}
    for entry in data.products:
        for role in entry.data["server_roles"]:
            if (role, entry.id) not in reached:
                yield f"{entry}: no flow has its server role {role}; take the role out, or add flows"


def one_internet(data: Data) -> Iterator[str]:
    for entry in data.parties:
        if (entry.data["kind"] == "internet") != (entry.id == "internet"):
            yield f"{entry}: exactly one party, internet, has kind internet"


def features_lead_on(data: Data) -> Iterator[str]:
    """A feature that the next version has not is said to have gone, or what it became there."""
    versions = data.versions()
    after = dict(pairwise(versions))
    before = {new: old for old, new in after.items()}
    there = {v: {f.id for f in data.features if "refused" not in f.data and v in _versions_of(f)} for v in versions}
    steps = {(entry.data["since"], entry.data["feature"]) for entry in data.feature_successions}
    for entry in data.feature_successions:
        since = entry.data["since"]
        if entry.data["feature"] not in there.get(before.get(since, ""), set()) - there.get(since, set()):
            yield f"{entry}: it is no feature that {since} lost; mend feature or since"
        for name in sorted(set(entry.data["becomes"]) - there.get(since, set())):
            yield f"{entry}: {since} has no feature {name}; mend becomes"
    for entry in data.successions:
        for name in sorted(set(entry.data.get("features", ())) - there.get(entry.data["since"], set())):
            yield f"{entry}: {entry.data['since']} has no feature {name}; mend features"
    for old, new in after.items():
        for name in sorted(there[old] - there[new]):
            if (new, name) not in steps:
                yield f"successions.yml: {new} lacks the feature {name} of {old}; say what became of it"


def versions_together(data: Data) -> Iterator[str]:
    """Each version but the first says with which older ones it shares an organization, in the order of versions."""
    order = data.versions()
    said = [entry.data["version"] for entry in data.coexistence]
    if said and said != order[1:]:
        yield f"successions.yml: coexistence: has {', '.join(said)}; write one entry for each of {', '.join(order[1:])}"
    for entry in data.coexistence:
        for other in entry.data["with"]:
            if order.index(other) >= order.index(entry.data["version"]):
                yield f"{entry}: {other} is no older version; mend with"


def _versions_of(feature: Entry) -> set[str]:
    return {version for _role, version in available(feature.data)}


def successions_lead_on(data: Data) -> Iterator[str]:
    """Each step begins at a role of the version before and leads to roles of its own; no role is lost without one."""
    steps = {(entry.data["since"], entry.data["role"]) for entry in data.successions}
    after = {new.id: old for old, new in pairwise(data.products)}
    for entry in data.successions:
        since = entry.data["since"]
        if since not in after:
            yield f"{entry}: {since} has no version before it in products.yml; mend since"
            continue
        for role in sorted({entry.data["role"]} - set(after[since].data["server_roles"])):
            yield f"{entry}: {after[since].id} has no server role {role}; mend role or since"
        for role in sorted(
            set(entry.data["becomes"]) - {role for role, version in data.existing() if version == since}
        ):
            yield f"{entry}: {since} has no server role {role}; mend becomes"
    for old, new in pairwise(data.products):
        for role in sorted(set(old.data["server_roles"]) - set(new.data["server_roles"])):
            if (new.id, role) not in steps:
                yield f"{new}: lacks {role} of {old.id}; say in successions.yml what became of it"

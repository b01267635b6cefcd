# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One entry of ``exchange_extra_flows`` -> Flow: the catalog's schema, with a sentence for each mistake."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from ..catalog.models import RPC_DYNAMIC, Catalog, End, Flow, FollowUp
from ..words import closest, word_list
from . import variables
from .models import LOAD_BALANCER

#: (field, sentence)
Mistake = tuple[str, str]
Reader = Callable[[Any], Any]

#: words that name something else in a plan, so that no party may be called so
RESERVED_PARTIES = frozenset({"exchange_servers", "managed", "management", "protected"})
#: what a rule of one's own says of its number: no document does, its owner does
LOCAL = "local"

_FLOW_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_WORD = re.compile(r"[a-z0-9_]+")
_LONGEST_ID = 60
_LONGEST_TEXT = 500


def sentence(value: Any) -> str:
    """Text of one line or folded over several."""
    if not isinstance(value, (str, int)) or isinstance(value, bool):
        raise ValueError("text was expected")
    found = variables.text(" ".join(str(value).split()))
    if len(found) > _LONGEST_TEXT:
        raise ValueError(f"it has {len(found)} characters; at most {_LONGEST_TEXT} were expected")
    return found


def day(value: Any) -> str:
    """A date as YAML reads it, or as text: "2027-01-31"."""
    text = str(value)
    try:
        if date.fromisoformat(text).isoformat() == text:
            return text
    except ValueError:
        pass
    raise ValueError(f"{text!r} is no date; write year, month and day as 2027-01-31")


def ports(value: Any) -> tuple[tuple[int, int], ...]:
    found = variables.ports(value)
    if not found:
        raise ValueError("it is empty; at least one port was expected")
    return found


def word(value: Any) -> str:
    return _matching(value, _WORD, "a word of a-z, 0-9 and _ was expected")


def _flow_id(value: Any) -> str:
    return _matching(value, _FLOW_ID, "a word of a-z, 0-9 and - was expected")


def _matching(value: Any, pattern: re.Pattern[str], expected: str) -> str:
    found = str(value)
    if not isinstance(value, (str, int)) or not pattern.fullmatch(found):
        raise ValueError(f"{found!r} is not fit; {expected}")
    if len(found) > _LONGEST_ID:
        raise ValueError(f"it has {len(found)} characters; at most {_LONGEST_ID} were expected")
    return found


def _words(value: Any) -> tuple[str, ...]:
    """Sorted as the catalog's lists are; one word may stand without the list."""
    items = value if isinstance(value, (list, tuple)) else [value]
    if not items:
        raise ValueError("it is empty; at least one word was expected")
    return tuple(sorted({word(item) for item in items}))


def _one_of(*choices: str) -> Reader:
    def read(value: Any) -> str:
        if value not in choices:
            raise ValueError(f"{value!r} is not known{closest(value, choices)}; choices: {', '.join(choices)}")
        return str(value)

    return read


def _some_of(*choices: str) -> Reader:
    one = _one_of(*choices)
    return lambda value: tuple(sorted({one(item) for item in (value if isinstance(value, list) else [value])}))


def _end(value: Any) -> End:
    if not isinstance(value, Mapping) or not value.get("parties") or set(value) - {"parties", "versions"}:
        raise ValueError("a mapping of parties, and of versions where they matter, was expected")
    return End(_words(value["parties"]), variables.words(value.get("versions") or ()))


def _follow_ports(value: Any) -> Any:
    return RPC_DYNAMIC if value == RPC_DYNAMIC else ports(value)


_FOLLOW: dict[str, Reader] = {
    "id": word,
    "title": sentence,
    "direction": _one_of("to_listener", "to_initiator", "both"),
    "transport": _one_of("tcp", "udp"),
    "ports": _follow_ports,
    "helper": _one_of("dcerpc", "h323"),
    "feature": word,
    "sources": _words,
    "remarks": sentence,
}
_FOLLOW_NEEDS = ("id", "title", "direction", "transport", "ports")


def _follows(value: Any) -> tuple[FollowUp, ...]:
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        raise ValueError("a list of second connections, each a mapping, was expected")
    found, mistakes = [], []
    for item in value:
        fields, wrong = read_fields(item, _FOLLOW, _FOLLOW_NEEDS)
        mistakes += [f"{name}: {text}" for name, text in wrong]
        found += [] if wrong else [FollowUp(**fields)]
    if mistakes:
        raise ValueError("; ".join(mistakes))
    if len({follow.id for follow in found}) < len(found):
        raise ValueError("two second connections have the same id; each needs its own")
    return tuple(found)


_FLOW: dict[str, Reader] = {
    "id": _flow_id,
    "title": sentence,
    "need": sentence,
    "owner": sentence,
    "expiry": day,
    "protocol": sentence,
    "initiator": _end,
    "listener": _end,
    "scope": _one_of("same_routing_group", "other_routing_group", "same_site", "same_dag"),
    "network": _one_of("replication"),
    "transport": _one_of("tcp", "udp", "icmp", "esp", "ah"),
    "ports": ports,
    "icmp_types": _some_of("echo-request"),
    "features": _words,
    "encryption": _one_of("none", "starttls", "tls", "rpc", "kerberos", "ipsec", "varies"),
    "support": _one_of("supported", "superseded"),
    "follows": _follows,
    "sources": _words,
    "confidence": _one_of("confirmed", "inferred", "unconfirmed"),
    "remarks": sentence,
}
_FLOW_NEEDS = ("id", "title", "need", "owner", "protocol", "initiator", "listener", "transport")
_DEFAULTS = {"encryption": "varies", "support": "supported", "confidence": LOCAL, "sources": ()}
# fields of the catalog's own flows that mean nothing here
_NOT_HERE = {
    "article": "only the catalog's own flows stand for the article's protocols; leave it out",
    "boundary": "what lies inside the support boundary is found out by itself; leave it out",
    "refused": "a flow of your own is there to be opened; leave it out, or take the flow out",
}


def read_fields(
    entry: Mapping[str, Any], readers: Mapping[str, Reader], needed: Iterable[str]
) -> tuple[dict[str, Any], list[Mistake]]:
    """What can be read of an entry, and every field that is unknown, missing or wrong."""
    found: dict[str, Any] = {}
    mistakes = [(name, "it is missing") for name in needed if entry.get(name) in (None, "")]
    for name, value in entry.items():
        if name not in readers:
            text = _NOT_HERE.get(str(name)) or f"no such field is read{closest(name, readers)}"
            mistakes.append((str(name), text))
        elif value not in (None, ""):
            try:
                found[name] = readers[name](value)
            except ValueError as error:
                mistakes.append((name, str(error)))
    return found, mistakes


def read_flow(entry: Mapping[str, Any], catalog: Catalog) -> tuple[dict[str, Any], list[Mistake]]:
    """The fields of an entry as far as they can be read; without mistakes they make a Flow: ``flow_of(fields)``."""
    fields, mistakes = read_fields(entry, _FLOW, _FLOW_NEEDS)
    wrong = {name for name, _text in mistakes}
    mistakes += _shape_mistakes(fields, wrong)
    mistakes += _word_mistakes(fields, catalog)
    if "initiator" in fields and "listener" in fields:
        mistakes += _end_mistakes(fields, catalog)
    return fields, mistakes


def flow_of(fields: Mapping[str, Any]) -> Flow:
    return Flow(local=True, **{**_DEFAULTS, **fields})


def _shape_mistakes(fields: Mapping[str, Any], wrong: Iterable[str]) -> Iterable[Mistake]:
    """What belongs to a transport."""
    transport = fields.get("transport")
    for name, of in (("ports", ("tcp", "udp")), ("icmp_types", ("icmp",))):
        if transport in of and name not in fields and name not in wrong:
            yield name, f"it is missing, and {transport} needs it"
        if transport and transport not in of and name in fields:
            yield name, f"{transport} has none; leave it out"


def _word_mistakes(fields: Mapping[str, Any], catalog: Catalog) -> Iterable[Mistake]:
    """Features and documents that the catalog has to know."""
    features = [*fields.get("features", ()), *(f.feature for f in fields.get("follows", ()) if f.feature)]
    for name in features:
        if name not in catalog.features:
            yield "features", f"{name!r} is no feature{closest(name, catalog.features)}"
        elif catalog.features[name].refused:
            yield "features", f"{name!r} is never opened; leave it out"
    for name in (*fields.get("sources", ()), *(key for f in fields.get("follows", ()) for key in f.sources)):
        if name not in catalog.sources:
            hint = closest(name, catalog.sources)
            yield "sources", f"{name!r} is no document of catalog/sources{hint}; leave out what is none of them"


def _end_mistakes(fields: Mapping[str, Any], catalog: Catalog) -> list[Mistake]:
    mistakes = []
    ends = {name: fields[name] for name in ("initiator", "listener")}
    for name, end in ends.items():
        mistakes += [(name, text) for text in _versions(end, catalog)]
        mistakes += [
            (name, f"{party!r} means something else in a plan; choose another word for the party")
            for party in end.parties
            if party in RESERVED_PARTIES
        ]
    judged = {*catalog.server_roles, LOAD_BALANCER}
    known = {party for end in ends.values() for party in end.parties}
    if not known & judged:
        # a word that nobody knows may be a mistyped server role
        hint = "".join(closest(party, judged) for party in sorted(known - set(catalog.parties)))
        text = f"neither end ({word_list(sorted(known))}) is an Exchange server role or a load balancer{hint}"
        mistakes.append(("listener", f"{text}; other traffic is never filtered, so it needs no flow"))
    return mistakes


def _versions(end: End, catalog: Catalog) -> Iterable[str]:
    roles = [party for party in end.parties if party in catalog.server_roles]
    for version in end.versions:
        if version not in catalog.products:
            yield f"{version!r} is no Exchange version of the catalog; choices: {', '.join(catalog.products)}"
        elif roles and not set(roles) & set(catalog.products[version].server_roles):
            yield f"Exchange {version} has no server role {word_list(roles, 'or')}"
    if end.versions and not roles:
        yield "versions belong to server roles, and none of these parties is one"

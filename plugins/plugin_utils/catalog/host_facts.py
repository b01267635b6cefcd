# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions about Windows hosts and appliances: what listens, what Setup opened, what can be pinned or inspected.

For code there is a function a question; ``answer`` gives the same as plain data, for lookup and module.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, replace
from typing import Any

from ..problems import Problem, ProblemError
from ..words import closest, word_list
from .host_load import KINDS, load_facts
from .host_models import Application, Engine, Keyword, Place, Ports, Service, SetupRule, StaticPort
from .load import load, port_range, port_text
from .models import PortRange

#: kind -> options that narrow it; besides them every kind takes ``explain``
OPTIONS: dict[str, tuple[str, ...]] = {
    "services": ("version", "roles", "transport", "port"),
    "static_ports": ("version", "roles"),
    "setup_rules": ("version", "roles", "port"),
    "keywords": (),
    "inspection": ("vendor", "protocol", "transport", "port"),
    "applications": ("vendor", "transport", "port"),
}
# what lookup and module give besides, and what is no narrowing
_ANYWHERE = {"explain", "query", "about"}


def keywords() -> dict[str, Keyword]:
    """By id, which is what stands in ``ports`` of services and rules."""
    return {keyword.id: keyword for keyword in load_facts("keywords")}


def _listed(ports: Ports) -> tuple[PortRange, ...]:
    """Numbers that stand for themselves or for a word; the dynamic range of RPC has none that are known here."""
    return keywords()[ports].ports if isinstance(ports, str) else ports


def _has_port(ports: Ports, wanted: Iterable[int]) -> bool:
    wanted = list(wanted)
    return not wanted or any(low <= port <= high for low, high in _listed(ports) for port in wanted)


def _at(record: Any, versions: Iterable[str], server_roles: Iterable[str]) -> Any:
    """The record with the places that were asked for alone, or None where there are none."""
    versions, server_roles = tuple(versions), tuple(server_roles)
    there = tuple(place for place in record.available if place.holds(versions, server_roles))
    return replace(record, available=there) if there else None


def _all_at(kind: str, versions: Iterable[str], server_roles: Iterable[str]) -> list[Any]:
    versions, server_roles = tuple(versions), tuple(server_roles)
    found = (_at(record, versions, server_roles) for record in load_facts(kind))
    return [record for record in found if record is not None]


def services(
    versions: Iterable[str] = (),
    server_roles: Iterable[str] = (),
    transports: Iterable[str] = (),
    ports: Iterable[int] = (),
) -> list[Service]:
    """Services that stand behind these ports; those on dynamic ports answer only where no port is named."""
    transports, ports = set(transports), list(ports)
    return [
        service
        for service in _all_at("services", versions, server_roles)
        if (not transports or service.transport in transports) and _has_port(service.ports, ports)
    ]


def services_behind(version: str, server_role: str, transport: str, port: int | str) -> list[Service]:
    """``services_behind("se", "mailbox", "tcp", 475)``; a port may be a keyword: ``rpc`` or ``rpc_epmap``."""
    found = services([version], [server_role], [transport])
    if isinstance(port, str):
        return [service for service in found if service.ports == port]
    return [service for service in found if _has_port(service.ports, [port])]


def static_ports(versions: Iterable[str] = (), server_roles: Iterable[str] = ()) -> list[StaticPort]:
    """Registry values that pin the RPC ports of these servers; from 2013 on there are none."""
    return _all_at("static_ports", versions, server_roles)


def setup_rules(
    versions: Iterable[str] = (), server_roles: Iterable[str] = (), ports: Iterable[int] = ()
) -> list[SetupRule]:
    """Rules that Exchange Setup makes on these servers."""
    ports = list(ports)
    return [rule for rule in _all_at("setup_rules", versions, server_roles) if _has_port(rule.ports, ports)]


def inspections(
    vendors: Iterable[str] = (),
    protocols: Iterable[str] = (),
    transports: Iterable[str] = (),
    ports: Iterable[int] = (),
) -> list[Engine]:
    """Engines by vendor, and by helper of a follow (``dcerpc``) or protocol (``SMTP``), in any case."""
    vendors, transports, ports = set(vendors), set(transports), list(ports)
    words = {protocol.lower() for protocol in protocols}
    return [
        engine
        for engine in load_facts("inspection")
        if (not vendors or engine.vendor in vendors)
        and (not words or words & {engine.helper, engine.protocol.lower()})
        and (not transports or engine.transport in transports)
        and _has_port(engine.ports, ports)
    ]


def applications(
    vendors: Iterable[str] = (), transports: Iterable[str] = (), ports: Iterable[int] = ()
) -> list[Application]:
    """Predefined names by vendor and by what they open."""
    vendors, transports, ports = set(vendors), set(transports) or {"tcp", "udp"}, list(ports)

    def opens(name: Application) -> bool:
        lists = [getattr(name, transport) for transport in ("tcp", "udp") if transport in transports]
        return any(lists) and _has_port(tuple(pair for pairs in lists for pair in pairs), ports)

    narrow = bool(ports) or transports != {"tcp", "udp"}
    return [
        name
        for name in load_facts("applications")
        if (not vendors or name.vendor in vendors) and (not narrow or opens(name))
    ]


def _plain(value: Any) -> Any:
    """A field of a record as plain data, ports as text."""
    if isinstance(value, Place):
        return {
            "versions": list(value.versions),
            "server_roles": list(value.server_roles),
            "confidence": value.confidence,
        }
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def record(found: Any) -> dict[str, Any]:
    """A record as plain data; every key of its kind is always there."""
    result: dict[str, Any] = {}
    for field in fields(found):
        value = getattr(found, field.name)
        if field.name in ("ports", "recommended", "tcp", "udp") and not isinstance(value, str):
            result[field.name] = [port_text(pair) for pair in value]
        elif field.name == "spellings":
            result[field.name] = dict(value)
        else:
            result[field.name] = _plain(value)
    if isinstance(found, SetupRule):
        result["any_program"] = found.any_program
    return result


def _documents(keys: Iterable[str]) -> list[dict[str, str]]:
    sources = [load().sources[key] for key in keys]
    return [{"id": s.id, "title": s.title, "url": s.url, "read": s.read, "note": s.note} for s in sources]


def _flat(values: Any) -> Iterator[Any]:
    """A word may stand without a list, and a lookup that is given one list has a list of one list."""
    if isinstance(values, (list, tuple)):
        for value in values:
            yield from _flat(value)
    elif values not in (None, ""):
        yield values


def _unknown(option: str, value: str, choices: Iterable[str]) -> Problem:
    choices = sorted(choices)
    text = f"{value!r} is not known{closest(value, choices)}. Choices: {', '.join(choices)}."
    return Problem("unknown-word", "", option, text)


def _choices(kind: str) -> dict[str, set[str]]:
    """The words that each option of a kind can have: those of the catalog, and those of the facts themselves."""
    catalog, facts = load(), load_facts(kind)
    said = {place for fact in facts for place in getattr(fact, "available", ())}
    return {
        "version": {*catalog.products, *(version for place in said for version in place.versions)},
        "roles": set(catalog.server_roles),
        "transport": {"tcp", "udp"},
        "vendor": {fact.vendor for fact in facts if hasattr(fact, "vendor")},
        "protocol": {
            word.lower() for fact in facts for word in (getattr(fact, "helper", ""), getattr(fact, "protocol", ""))
        }
        - {""},
    }


def _ports(values: Iterable[Any], problems: list[Problem]) -> list[int]:
    found = []
    for value in values:
        try:
            low, high = port_range(value)
            if low != high:
                raise ValueError
            found.append(low)
        except ValueError:
            problems.append(Problem("bad-port", "", "port", f"{value!r} is no port number from 1 to 65535."))
    return found


def _checked(kind: str, options: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Option -> values; raises ProblemError with everything that is wrong."""
    given = {name: list(_flat(value)) for name, value in options.items() if name not in _ANYWHERE}
    choices, problems, found = _choices(kind), [], {}
    for name, values in given.items():
        if values and name not in OPTIONS[kind]:
            takes = word_list([repr(option) for option in OPTIONS[kind]], "and") if OPTIONS[kind] else "none"
            text = f"is for flows, and means nothing for {kind}. Leave it out; what narrows {kind}: {takes}."
            problems.append(Problem("unknown-word", "", name, text))
        elif name == "port":
            found[name] = _ports(values, problems)
        elif values:
            found[name] = [str(value).lower() for value in values]
            problems += [_unknown(name, word, choices[name]) for word in found[name] if word not in choices[name]]
    if problems:
        raise ProblemError(problems)
    return found


# kind -> question that takes the values of its options, in the order of OPTIONS
_QUESTIONS = {
    "services": services,
    "static_ports": static_ports,
    "setup_rules": setup_rules,
    "keywords": lambda: list(keywords().values()),
    "inspection": inspections,
    "applications": applications,
}


def answer(kind: str, options: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Facts of a kind as plain records, sorted by id, those that fit the options.

    ``answer("services", {"version": ["se"], "roles": ["mailbox"], "port": [475]})``

    Options are those of lookup and module, as far as ``OPTIONS`` has them for the kind, and ``vendor``; one that would
    narrow nothing is a problem, never ignored. ``explain`` puts documents where the keys of sources stand. ``query``
    is the caller's business.
    """
    if kind not in KINDS:
        raise ProblemError([_unknown("about", str(kind), KINDS)])
    values = _checked(kind, options)
    found = _QUESTIONS[kind](*(values.get(name, []) for name in OPTIONS[kind]))
    records = [record(fact) for fact in found]
    if options.get("explain"):
        records = [{**fact, "sources": _documents(fact["sources"])} for fact in records]
    return records

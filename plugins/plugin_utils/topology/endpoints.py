# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses of Exchange Online from a file that the user saved: the answer of Microsoft's endpoints web service.

Its form: https://learn.microsoft.com/en-us/microsoft-365/enterprise/microsoft-365-ip-web-service
"""

from __future__ import annotations

import codecs
import datetime
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from reprlib import repr as short  # nobody wants to read a megabyte in an error
from typing import Any

from ..words import closest, word_list
from .addresses import canonical_prefix, ordered

AREAS = ("Common", "Exchange", "SharePoint", "Skype")
OLD_DAYS = 30
ReadFile = Callable[[str], bytes]

_KEYS = ("date", "file", "service_areas", "version", "version_file")
_WHEN = ("date", "version", "version_file")
# PowerShell writes files in these, with a mark in front
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True)
class EndpointFile:
    """What the inventory says of the file."""

    file: str
    when: datetime.date | None = None
    version_file: str = ""
    areas: tuple[str, ...] = ("Exchange",)


def endpoint_file(value: Any) -> EndpointFile:
    """The variable's value -> what it means; ValueError says what is wrong with it."""
    if not isinstance(value, Mapping):
        raise ValueError("a mapping with file and date (or version, or version_file) was expected")
    strange = sorted({str(key) for key in value} - set(_KEYS))
    if strange:
        raise ValueError(
            f"{strange[0]!r} is none of its keys{closest(strange[0], _KEYS)}, which are {word_list(_KEYS)}"
        )
    said = [key for key in _WHEN if value.get(key) not in (None, "")]
    if len(said) != 1:
        found = f"{word_list(said)} are said" if said else "nothing says how old the file is"
        raise ValueError(f"{found}; give one of {word_list(_WHEN, 'and')}")
    name = _path(value.get("file"), "file")
    when = _date(value["date"]) if said == ["date"] else _version(value["version"]) if said == ["version"] else None
    beside = _path(value["version_file"], "version_file") if said == ["version_file"] else ""
    return EndpointFile(name, when, beside, _areas(value.get("service_areas") or ["Exchange"]))


def _path(value: Any, key: str) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ValueError(f"{key} has to be the path of a file on the controller, not {value!r}")
    return value.strip()


def _date(value: Any) -> datetime.date:
    try:
        return datetime.date.fromisoformat(str(value).strip())
    except ValueError:
        raise ValueError(f"date has to be a day such as 2026-11-01, not {value!r}") from None


def _version(value: Any) -> datetime.date:
    """2026102800, as the web service numbers its versions: the day, and the how manieth of that day."""
    text = str(value).strip()
    try:
        if not re.fullmatch(r"\d{10}", text, re.ASCII):
            raise ValueError
        return datetime.date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        raise ValueError(f"version has to be a number such as 2026102800, not {value!r}") from None


def _areas(value: Any) -> tuple[str, ...]:
    known = {area.lower(): area for area in AREAS}
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, (list, tuple)) or not all(isinstance(word, str) for word in words):
        raise ValueError(f"service_areas has to be a list of {word_list(AREAS, 'or')}, not {value!r}")
    for word in words:
        if word.lower() not in known:
            raise ValueError(f"{word!r} is no service area{closest(word, AREAS)}; the file has {word_list(AREAS)}")
    return tuple(sorted({known[word.lower()] for word in words}))


def read_endpoints(said: EndpointFile, read_file: ReadFile | None) -> tuple[tuple[str, ...], datetime.date]:
    """All addresses of the service areas, and the day that they are of; ValueError with a sentence."""
    records = _records(said.file, _json(said.file, read_file))
    mine = [record for record in records if record.get("serviceArea") in said.areas]
    prefixes: list[str] = []
    bad: list[str] = []
    for record in mine:
        for item in record.get("ips", ()):
            try:
                prefixes.append(_network(item))
            except ValueError as error:
                bad.append(f"{short(item)} of record {short(record.get('id'))} {error}")
    if bad:
        more = f" (and {len(bad) - 3} more)" if len(bad) > 3 else ""
        raise ValueError(f"{said.file}: {'; '.join(bad[:3])}{more}")
    if not prefixes:
        raise ValueError(
            f"{said.file} holds no address of the service area {word_list(said.areas, 'or')}; "
            "save the whole answer of the endpoints web service"
        )
    return ordered(prefixes), said.when or _newest(said.version_file, _json(said.version_file, read_file))


def age_warnings(said: EndpointFile, when: datetime.date, today: datetime.date | None) -> Iterable[str]:
    """What is to be said of the file's age; ValueError for a day that has not come. Without ``today`` nothing."""
    days = (today - when).days if today else 0
    if days < -1:  # somewhere it is tomorrow already
        raise ValueError(f"{said.file} is said to be of {when}, which is still to come")
    if days > OLD_DAYS:
        yield (
            f"The addresses of Exchange Online in {said.file} are of {when}, {days} days ago. Microsoft changes them "
            "about every month: save the endpoints web service's answer again."
        )


def _json(name: str, read_file: ReadFile | None) -> Any:
    if read_file is None:
        raise ValueError(f"{name} cannot be read from here")
    try:
        data = read_file(name)
    except OSError as error:
        raise ValueError(f"{name} could not be read: {error}") from None
    coding = next((coding for mark, coding in _MARKS if data.startswith(mark)), "utf-8")
    try:
        return json.loads(data.decode(coding))
    except RecursionError:
        raise ValueError(f"{name} is nested too deeply to be an answer of the endpoints web service") from None
    except ValueError as error:
        raise ValueError(f"{name} is no JSON ({error}); the endpoints web service answers in it") from None


def _records(name: str, found: Any) -> list[Mapping[str, Any]]:
    if isinstance(found, dict) and isinstance(found.get("value"), list):
        found = found["value"]  # Windows PowerShell's ConvertTo-Json wraps a list so
    if not isinstance(found, list) or not found:
        raise ValueError(f"{name} is no list of records as the endpoints web service answers")
    for number, record in enumerate(found, 1):
        if not isinstance(record, dict) or not isinstance(record.get("serviceArea"), str):
            raise ValueError(f"{name}: record {number} has no serviceArea, so it is none of the endpoints web service")
        if not isinstance(record.get("ips", []), list):
            raise ValueError(f"{name}: ips of record {short(record.get('id'))} is no list")
    return found


def _network(item: Any) -> str:
    if not isinstance(item, str):
        raise ValueError("is no network in CIDR form")
    found = canonical_prefix(item)
    if found.endswith("/0"):
        raise ValueError("is everything")
    return found


def _newest(name: str, found: Any) -> datetime.date:
    """The day of the version web method's answer: one record, or one of each instance."""
    records = found if isinstance(found, list) else [found]
    worldwide = [r for r in records if isinstance(r, dict) and r.get("instance") == "Worldwide"]
    chosen = (worldwide or records)[:1] if len(records) == 1 or worldwide else []
    if not chosen or not isinstance(chosen[0], dict):
        raise ValueError(f"{name} is no answer of the version web service for one instance; say version itself")
    return _version(chosen[0].get("latest"))

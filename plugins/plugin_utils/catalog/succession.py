# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of a server role: ``catalog/successions.yml``, read when somebody compares two versions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from .load import CATALOG
from .models import Catalog
from .plain import read


@dataclass(frozen=True)
class Succession:
    """Since a version, the work of a server role is done by these roles; by none where it is gone."""

    since: str
    role: str
    becomes: tuple[str, ...]
    reason: str
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Became:
    """A server role of one version in another one, and why."""

    role: str
    becomes: tuple[str, ...]
    reasons: tuple[str, ...]


@lru_cache(maxsize=4)
def successions(folder: Path = CATALOG) -> tuple[Succession, ...]:
    return tuple(
        Succession(
            entry["since"], entry["role"], tuple(entry["becomes"]), entry["reason"], tuple(entry.get("sources", ()))
        )
        for entry in read(folder / "successions.yml")["successions"]
    )


def successors(catalog: Catalog, steps: Iterable[Succession], role: str, old: str, new: str) -> Became:
    """The server roles of version ``new`` that do what ``role`` did in ``old``, step by step through the versions."""
    order = list(catalog.products)
    first, last = order.index(old), order.index(new)
    if last < first:
        return _backwards(catalog, steps, role, old, new)
    roles, reasons = {role}, []
    table = {(step.since, step.role): step for step in steps}
    for version in order[first + 1 : last + 1]:
        met = [table[version, name] for name in sorted(roles) if (version, name) in table]
        reasons += [f"{step.role} since {version}: {step.reason}" for step in met]
        kept = roles - {step.role for step in met}
        roles = kept.union(*(step.becomes for step in met))
    return Became(role, tuple(sorted(roles)), tuple(reasons))


def _backwards(catalog: Catalog, steps: Iterable[Succession], role: str, old: str, new: str) -> Became:
    """The roles of the older version whose work this one does."""
    found = [
        (earlier, became.reasons)
        for earlier in catalog.products[new].server_roles
        for became in (successors(catalog, steps, earlier, new, old),)
        if role in became.becomes
    ]
    reasons = dict.fromkeys(reason for _earlier, why in found for reason in why)
    return Became(role, tuple(sorted(earlier for earlier, _why in found)), tuple(reasons))

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of server roles and features: ``catalog/successions.yml``, read when somebody compares two versions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from .load import CATALOG
from .models import Catalog
from .plain import read


@dataclass(frozen=True)
class Succession:
    """Since a version, the work of a server role is done by these roles; by none where it is gone.

    The same for a feature (``kind``). ``features``: what has to be selected from then on for the work of a role.
    """

    since: str
    name: str
    becomes: tuple[str, ...]
    reason: str
    features: tuple[str, ...] = ()
    kind: str = "role"


@dataclass(frozen=True)
class Became:
    """A server role or feature of one version in another one, and why."""

    name: str
    becomes: tuple[str, ...]
    reasons: tuple[str, ...]
    features: tuple[str, ...] = ()


@lru_cache(maxsize=4)
def successions(folder: Path = CATALOG) -> tuple[Succession, ...]:
    document = read(folder / "successions.yml")
    return tuple(
        Succession(
            entry["since"],
            entry[kind],
            tuple(entry["becomes"]),
            entry["reason"],
            tuple(entry.get("features", ())),
            kind,
        )
        for name, kind in (("successions", "role"), ("feature_successions", "feature"))
        for entry in document.get(name, ())
    )


@dataclass(frozen=True)
class Together:
    """Which versions may share an organization: version -> (older versions, sources)."""

    older: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = field(default_factory=dict)

    def share(self, one: str, other: str) -> bool:
        """Where nothing is said of either, they may."""
        if one == other or not self.older:
            return True
        return one in self.older.get(other, ((), ()))[0] or other in self.older.get(one, ((), ()))[0]

    def between(self, old: str, new: str) -> list[str]:
        """Versions that share an organization with both."""
        return [
            name for name in self.older if name not in (old, new) and self.share(name, old) and self.share(name, new)
        ]

    def sources(self, *versions: str) -> list[str]:
        return sorted({source for name in versions for source in self.older.get(name, ((), ()))[1]})


@lru_cache(maxsize=4)
def together(folder: Path = CATALOG) -> Together:
    found = read(folder / "successions.yml").get("coexistence", ())
    return Together({entry["version"]: (tuple(entry["with"]), tuple(entry["sources"])) for entry in found})


def successors(
    catalog: Catalog, steps: Iterable[Succession], role: str, old: str, new: str, kind: str = "role"
) -> Became:
    """The server roles of version ``new`` that do what ``role`` did in ``old``, step by step through the versions."""
    order = list(catalog.products)
    first, last = order.index(old), order.index(new)
    if last < first:
        return _backwards(catalog, steps, role, old, new) if kind == "role" else Became(role, (role,), ())
    names, reasons, features = {role}, [], set()
    table = {(step.since, step.name): step for step in steps if step.kind == kind}
    for version in order[first + 1 : last + 1]:
        met = [table[version, name] for name in sorted(names) if (version, name) in table]
        reasons += [f"{step.name} since {version}: {step.reason}" for step in met]
        features.update(*(step.features for step in met))
        kept = names - {step.name for step in met}
        names = kept.union(*(step.becomes for step in met))
    return Became(role, tuple(sorted(names)), tuple(reasons), tuple(sorted(features)))


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

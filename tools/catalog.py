# SPDX-License-Identifier: GPL-3.0-or-later
"""The care of the catalog: catalog.py [FOLDER] prints `file: entry: what is wrong; how to mend it`, and fails then."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import catalog_relations as relations
import catalog_rules as rules
from catalog_entries import Data, fill, read

CATALOG = Path(__file__).resolve().parent.parent / "catalog"
Rule = Callable[[Data], Iterator[str]]
RULES: tuple[Rule, ...] = (
    rules.short_files,
    rules.sorted_entries,
    rules.sorted_lists,
    rules.ports_in_range,
    rules.versions_with_server_roles,
    rules.boundary_of_its_time,
    rules.rpc_with_the_mapper,
    rules.follows_told_apart,
    rules.remarks_name_what_exists,
    rules.refused_is_not_openable,
    relations.unique_ids,
    relations.no_duplicates,
    relations.known_words,
    relations.known_sources,
    relations.used_sources,
    relations.not_recalled_alone,
    relations.used_parties,
    relations.used_features,
    relations.selectable_features,
    relations.exact_flows_and_the_boundary,
    relations.server_roles_with_flows,
    relations.one_internet,
    relations.features_lead_on,
    relations.successions_lead_on,
    relations.versions_together,
)


def problems(folder: Path = CATALOG) -> list[str]:
    """All that is wrong; entries of the wrong shape are told alone, since no rule could read them."""
    data = read(folder)
    found = [*data.unreadable, *rules.shape(data)]
    if not found:
        fill(data)
        found = [problem for rule in RULES for problem in rule(data)]
    return sorted(set(found))


def main() -> int:
    found = problems(Path(sys.argv[1]) if len(sys.argv) > 1 else CATALOG)
    print("\n".join(found) or "the catalog keeps all its rules")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())

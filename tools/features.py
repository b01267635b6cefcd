# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes docs/features.md: what can be selected, by version of Exchange, from catalog/features."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.load import load
from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.models import Catalog, Feature

PAGE = Path(__file__).resolve().parent.parent / "docs" / "features.md"
HEAD = """\
<!-- Written by `make features` from catalog/features/; change the text there. -->
# Features by version

What can stand in [exchange_features](inventory.md#exchange_features), for each version of Exchange, and at which server
roles. What is not named here is on by default or does not exist. A feature opens its ports only between servers that
all have it. What a feature opens, and why:

```
ansible-playbook msexchange.firewall.explain -e version=2019 -e compare_feature=pop3
```

Each feature with its documents and its flows stands on the site's page of features (`make docs`).
"""


def page() -> str:
    """The whole page, the newest version first."""
    catalog = load()
    parts = [HEAD, *(line for version in reversed(catalog.products) for line in _part(catalog, version))]
    return "\n".join([*parts, *_refused(catalog)])


def _part(catalog: Catalog, version: str) -> Iterator[str]:
    yield f"## {catalog.products[version].title}\n"
    yield "| feature | what it is | server roles |\n|---|---|---|"
    for feature in sorted(catalog.features.values(), key=lambda one: one.id):
        roles = _roles(catalog, feature, version)
        if roles and not feature.refused:
            yield f"| `{feature.id}` | {feature.title} | {', '.join(roles)} |"
    yield ""


def _roles(catalog: Catalog, feature: Feature, version: str) -> list[str]:
    return [role for role in sorted(catalog.products[version].server_roles) if feature.exists_in(version, role)]


def _refused(catalog: Catalog) -> Iterator[str]:
    yield "## Never opened\n"
    yield "Asking for one of these is a problem that gives the reason.\n"
    yield "| feature | what it would be | in its place |\n|---|---|---|"
    for feature in sorted(catalog.features.values(), key=lambda one: one.id):
        if feature.refused:
            yield f"| `{feature.id}` | {feature.title} | {feature.refused.alternative} |"
    yield ""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE.name} has {len(load().features)} features")

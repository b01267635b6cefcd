# SPDX-License-Identifier: GPL-3.0-or-later
"""All pages that come of a catalog: path -> text. Each is a template of its own that gets the catalog and its cells."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.load import port_text
from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.models import Catalog
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from . import article, drawing, facts, relations, rst, words
from .cells import HEADERS, bare, short
from .fields import Fields

TEMPLATES = Path(__file__).parent / "templates"
#: pages that exist once
SINGLE = (
    *("index", "versions/index", "protocols/index", "ports", "flows", "features", "parties", "sources"),
    *("article", "support-boundary", "dynamic-rpc"),
)
#: what templates use as filters, so that they can go through a list
FROM_CELLS = (
    *("server_row", "protocol_row", "range_row", "follow_rows", "follow_remarks", "cited", "corrections"),
    *("needs_rpc",),
)


class Site:
    """A catalog as pages. ``said`` are the article's protocols with the ports it names, in its order."""

    def __init__(
        self,
        catalog: Catalog,
        said: dict[str, str],
        guides: list[str] | None = None,
        host_facts: dict[str, facts.Kinds] | None = None,
    ) -> None:
        self.catalog = catalog
        self.said = said
        self.guides = guides or []
        self.facts = host_facts or {}
        self.protocols = relations.protocols(catalog, list(said))
        loader = FileSystemLoader(TEMPLATES)
        options: dict[str, Any] = {"trim_blocks": True, "lstrip_blocks": True, "keep_trailing_newline": True}
        self.environment = Environment(loader=loader, undefined=StrictUndefined, **options)
        cells = Fields(catalog)
        self.environment.filters |= {"t": rst.text, "c": rst.code, "bare": bare, "short": short, "ports": port_text}
        self.environment.filters |= {name: getattr(cells, name) for name in FROM_CELLS}
        self.environment.globals |= {
            "catalog": catalog,
            "cells": cells,
            "rst": rst,
            "words": words,
            "relations": relations,
            "article": article,
            "facts": facts,
            "said": said,
            "site": self,
            "headers": HEADERS,
            "table": lambda kind, rows: rst.table(kind, HEADERS[kind], rows),
        }

    def pages(self) -> Iterator[tuple[str, str]]:
        for name in SINGLE:
            yield f"{name}.rst", self._render(name)
        for version, product in self.catalog.products.items():
            yield f"versions/{version}/index.rst", self._render("version", product=product)
            for role in product.server_roles:
                yield f"versions/{version}/{role}.rst", self._server(version, role)
        for protocol in self.protocols:
            yield f"protocols/{protocol.slug}.rst", self._render("protocol", protocol=protocol)
        for folder, kinds in self.facts.items():
            yield f"{folder}.rst", self._render("facts", folder=folder, kinds=kinds, title=facts.FOLDERS[folder])
        yield "_static/tables.css", self._render("tables.css")

    def _server(self, version: str, role: str) -> str:
        flows = relations.of_server(self.catalog, version, role)
        return self._render(
            "server",
            product=self.catalog.products[version],
            party=self.catalog.parties[role],
            ways={way: relations.grouped(found) for way, found in flows.items()},
            following={flow.id: flow for found in flows.values() for flow in found if flow.follows and flow.openable},
            picture=drawing.svg(drawing.draw(self.catalog, version, role)),
        )

    def _render(self, name: str, **values: Any) -> str:
        text = self.environment.get_template(f"{name.replace('/', '-')}.j2").render(**values)
        # templates leave blank lines where they decide something; more than two in a row say nothing
        return "\n".join(_squeezed(text.splitlines())) + "\n"


def _squeezed(lines: list[str]) -> Iterator[str]:
    blank = 0
    for line in lines:
        blank = 0 if line.strip() else blank + 1
        if blank < 2:
            yield line.rstrip()


def site(catalog: Catalog, root: Path, guides: list[str] | None = None, host_facts: dict | None = None) -> Site:
    """The site of a catalog, with the article as the repository's schema and page tell of it."""
    known, names = article.ports(root / "docs" / "article.md"), article.names(root / "catalog" / "schema.json")
    return Site(catalog, {name: known[name] for name in names}, guides, host_facts)


def write(found: Site, target: Path) -> int:
    """Writes the pages below ``target``; returns how many there are."""
    count = 0
    for name, text in found.pages():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        count += name.endswith(".rst")
    return count

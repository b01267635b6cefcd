# SPDX-License-Identifier: GPL-3.0-or-later
"""What the site says of the article that the collection began with: its protocols in order, and the ports it names."""

from __future__ import annotations

import json
import re
from pathlib import Path

from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.models import Catalog, Flow

from . import relations


def names(schema: Path) -> list[str]:
    """The article's protocols in the article's order, which is the order of the schema."""
    definitions = json.loads(schema.read_text(encoding="utf-8"))["$defs"]
    return definitions["flow"]["properties"]["article"]["enum"]


def ports(page: Path) -> dict[str, str]:
    """Protocol -> the port in the article, from the first table of docs/article.md."""
    rows = re.findall(r"^\| ([^|]+?) \| (\d+) \|", page.read_text(encoding="utf-8"), re.MULTILINE)
    return dict(rows)


def flows(catalog: Catalog, name: str) -> list[Flow]:
    return [flow for flow in catalog.flows.values() if flow.article == name]


def versions(catalog: Catalog, article: list[str]) -> list[str]:
    """The versions that the article is about: those of its first protocol, link state, which later ones do not have."""
    held = {version for flow in flows(catalog, article[0]) for version in relations.flow_versions(catalog, flow)}
    return [version for version in catalog.products if version in held]


def left_out(catalog: Catalog, article: list[str]) -> dict[str, list[Flow]]:
    """What the article's versions have besides, by protocol; what is refused was rightly left out."""
    about = set(versions(catalog, article))
    missing = [
        flow
        for flow in catalog.flows.values()
        if flow.openable and not flow.article and about & set(relations.flow_versions(catalog, flow))
    ]
    by_protocol: dict[str, list[Flow]] = {}
    for flow in sorted(missing, key=lambda flow: (flow.protocol.lower(), flow.id)):
        by_protocol.setdefault(flow.protocol, []).append(flow)
    return by_protocol

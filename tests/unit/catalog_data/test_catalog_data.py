# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalog that ships keeps the rules of ``catalog/README.md``, and carries what the article says."""

from __future__ import annotations

import jsonschema
import pytest
from catalog_data.care import tool
from catalog_data.entries import ARTICLE, FLOWS, SCHEMA, hold


def test_the_catalog_keeps_its_rules() -> None:
    """`make catalog` says the same."""
    hold(tool.problems())


def test_schema_is_a_schema_and_closed() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    open_objects = [
        name
        for name, definition in SCHEMA["$defs"].items()
        if definition.get("type") == "object" and definition.get("additionalProperties") is not False
    ]
    hold([f"{name}: additionalProperties must be false" for name in open_objects])


@pytest.mark.parametrize(("protocol", "port"), ARTICLE.items())
def test_every_protocol_of_the_article_has_flows(protocol: str, port: int) -> None:
    cited = [flow for flow in FLOWS if flow.get("article") == protocol]
    as_written = [flow for flow in cited if (flow["transport"], flow["ports"]) == ("tcp", [port])]
    assert as_written, f"{protocol}: no flow carries this protocol of the article on TCP {port}"
    assert any("article" in flow["sources"] for flow in as_written), f"{protocol}: no flow of it cites the article"


def test_flows_name_a_protocol_of_the_article_by_its_port() -> None:
    """The other ports of an article's protocol come from its text: 25 between routing groups, 7000 for chat."""
    known = {*ARTICLE.items(), ("SMTP/LSA", 25), ("IRC/IRCX", 7000)}
    found = [(flow["id"], flow["article"], port) for flow in FLOWS if "article" in flow for port in flow["ports"]]
    hold(
        [
            f"{i}: {protocol} is not on {port} in the article"
            for i, protocol, port in found
            if (protocol, port) not in known
        ]
    )

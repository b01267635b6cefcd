# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts beside the flows get a page whatever fields they have; the site has words for all that the schema allows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from reference import facts, pages, words

ROOT = Path(__file__).resolve().parents[3]
FLOW = json.loads((ROOT / "catalog/schema.json").read_text(encoding="utf-8"))["$defs"]
VOCABULARIES = [
    (words.ENCRYPTION, FLOW["flow"]["properties"]["encryption"]["enum"]),
    (words.SUPPORT, FLOW["flow"]["properties"]["support"]["enum"]),
    (words.SCOPE, FLOW["flow"]["properties"]["scope"]["enum"]),
    (words.CONFIDENCE, FLOW["confidence"]["enum"]),
    (words.DIRECTION, FLOW["follow"]["properties"]["direction"]["enum"]),
    (words.HELPER, FLOW["follow"]["properties"]["helper"]["enum"]),
    (words.READ, FLOW["source"]["properties"]["read"]["enum"]),
]
ENTRY = """
registry:
  - id: store_port
    title: Port of the *store*
    key: 'HKLM\\System\\`x`'
    restart: true
    ports: [6001, '1024-65535']
    spellings: {stored: RPC, com: rpc}
    available:
      - {versions: ['2010'], confidence: inferred, sources: [paper]}
    sources: [book]
"""


@pytest.mark.parametrize(("known", "allowed"), VOCABULARIES)
def test_there_are_words_for_all_that_the_schema_allows(known, allowed):
    assert set(known) - {""} == set(allowed)


@pytest.fixture
def found(tmp_path):
    (tmp_path / "windows/deeper").mkdir(parents=True)
    (tmp_path / "windows/deeper/registry.yml").write_text(ENTRY, encoding="utf-8")
    return facts.read(tmp_path)


def test_facts_are_read_from_any_depth_and_nothing_is_made_of_nothing(found, tmp_path):
    assert list(found) == ["windows"]
    assert [entry["id"] for entry in found["windows"]["registry"]] == ["store_port"]
    assert facts.read(tmp_path / "windows") == {}


def test_an_entry_is_told_with_all_its_fields(found, small):
    page = dict(pages.site(small, ROOT, host_facts=found).pages())["windows.rst"]
    assert ".. _windows-registry-store-port:" in page
    assert r"Port of the \*store\*" in page
    assert r":Key: HKLM\\System\\\`x\`" in page
    assert ":Restart: yes" in page
    assert r":Ports: 6001, 1024\-65535" in page
    assert ":Spellings: Stored: RPC; Com: rpc" in page
    assert "* Versions: 2010; Confidence: inferred; Sources: :ref:`paper <source-paper>`" in page
    assert ":Sources: :ref:`book <source-book>`" in page


def test_a_document_names_the_facts_that_rest_on_it(found, small):
    assert [(label, keys) for label, _title, keys in facts.citations(found)] == [
        ("windows-registry-store-port", ["book", "paper"])
    ]
    site = dict(pages.site(small, ROOT, host_facts=found).pages())
    assert "<windows-registry-store-port>`" in site["sources.rst"]
    assert "   windows\n" in site["index.rst"]


def test_without_facts_there_is_no_page_for_them(small):
    site = dict(pages.site(small, ROOT).pages())
    assert not {"windows.rst", "appliances.rst"} & set(site)

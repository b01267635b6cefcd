# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The drawings: well-formed, readable by ear, and nothing on top of anything, however much there is to draw."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from xml.etree import ElementTree

import pytest
from reference import drawing
from reference_site.hostile import EVIL, catalog_of

SVG = "{http://www.w3.org/2000/svg}"


def crowded(small):
    """Every party calls the Mailbox servers, on many ports, and has a title that does not fit."""
    flow = next(flow for flow in small.flows.values() if flow.by_default and "mailbox" in flow.listener.parties)
    ports = tuple((number, number) for number in range(20000, 20120, 3))
    both = replace(flow.listener, parties=("mailbox",), versions=())
    everybody = replace(flow.initiator, parties=tuple(sorted(small.parties)), versions=())
    wide = replace(flow, id="wide", transport="tcp", boundary="", ports=ports, initiator=everybody, listener=both)
    back = replace(wide, id="back", initiator=both, listener=everybody)
    titled = {key: replace(party, title="Word" * 20 + " and more words") for key, party in small.parties.items()}
    return replace(small, parties=titled, flows={**small.flows, "wide": wide, "back": back})


def servers(catalog):
    return [(version, role) for version, product in catalog.products.items() for role in product.server_roles]


@pytest.fixture(scope="module")
def drawings(small, real):
    catalogs = (small, real, catalog_of(small), crowded(small))
    return [drawing.draw(catalog, *server) for catalog in catalogs for server in servers(catalog)]


def overlap(one, other):
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def test_no_text_lies_on_another(drawings):
    for drawn in drawings:
        words = [shape for shape in drawn.shapes if isinstance(shape, drawing.Words)]
        for one, other in combinations(words, 2):
            assert not overlap(one.box, other.box), f"{drawn.title}: {one.text!r} and {other.text!r}"


def test_no_arrow_strikes_a_text_through(drawings):
    for drawn in drawings:
        arrows = [shape.y for shape in drawn.shapes if isinstance(shape, drawing.Arrow)]
        labels = [shape for shape in drawn.shapes if isinstance(shape, drawing.Words) and shape.x < 100]
        for words in labels:
            _left, top, _right, bottom = words.box
            assert not [y for y in arrows if top < y < bottom], f"{drawn.title}: {words.text!r}"


def test_everything_lies_within_the_drawing_and_texts_within_their_boxes(drawings):
    for drawn in drawings:
        boxes = [shape for shape in drawn.shapes if isinstance(shape, drawing.Box)]
        assert all(box.x + box.width <= drawing.WIDTH and box.y + box.height <= drawn.height for box in boxes)
        for one, other in combinations(boxes, 2):
            assert one.y + one.height <= other.y or other.y + other.height <= one.y, drawn.title
        for words in (shape for shape in drawn.shapes if isinstance(shape, drawing.Words)):
            left, top, right, bottom = words.box
            assert left >= 0 and top >= 0 and right <= drawing.WIDTH and bottom <= drawn.height, words.text
            for box in boxes:
                if overlap(words.box, (box.x, box.y, box.x + box.width, box.y + box.height)):
                    assert box.x <= left and right <= box.x + box.width and bottom <= box.y + box.height, words.text


def test_the_guard_against_overlaps_sees_one():
    one, other = drawing.Words(0, 20, 12, "one"), drawing.Words(10, 24, 12, "other")
    assert overlap(one.box, other.box)


def test_a_drawing_is_well_formed_and_says_in_words_what_it_shows(drawings):
    for drawn in drawings:
        markup = drawing.svg(drawn)
        root = ElementTree.fromstring(markup)
        title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
        assert root.get("role") == "img"
        assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
        assert title.text == drawn.title and description.text == drawn.description
        assert root.find(f".//{SVG}script") is None


def test_hostile_titles_are_drawn_as_they_are(small):
    catalog = catalog_of(small)
    root = ElementTree.fromstring(drawing.svg(drawing.draw(catalog, "2019", "mailbox")))
    assert EVIL in root.find(f"{SVG}title").text


def test_colors_are_those_of_the_page(drawings):
    colors = {
        value
        for drawn in drawings
        for element in ElementTree.fromstring(drawing.svg(drawn)).iter()
        for name, value in element.items()
        if name in ("fill", "stroke", "style")
    }
    assert colors == {"currentColor", "none"}


def test_every_party_with_an_open_flow_is_drawn_once_a_direction_and_state(real):
    found = drawing.relations_of(real, "2019", "mailbox")
    keys = [(relation.party, relation.direction, relation.dashed) for relation in found]
    assert len(keys) == len(set(keys))
    assert drawing.Relation("dns_server", "out", False, "TCP 53, UDP 53") in found
    assert ("internal_clients", "in", False) in keys


def test_a_second_connection_back_to_the_caller_is_an_arrow_of_its_own(real):
    found = drawing.relations_of(real, "2000", "im_server")
    back = [r for r in found if r.party == "internal_clients" and r.direction == "out"]
    assert [(relation.dashed, relation.label) for relation in back] == [(True, "then TCP 1024-65535")]


def test_what_never_opens_is_not_drawn(real):
    labels = " ".join(relation.label for relation in drawing.relations_of(real, "2000", "chat_server"))
    assert "6667" in labels
    assert "994" not in labels

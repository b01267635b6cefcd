# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages of the reference site, as text; that Sphinx takes them without a warning is a step of ``make test``."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from reference import article, handwritten, pages, relations, rst
from reference.cells import HEADERS, Cells
from reference_site.hostile import EVIL, catalog_of, unescaped

ROOT = Path(__file__).resolve().parents[3]
LABEL = re.compile(r"^\.\. _([^:\n]+):$", re.MULTILINE)
LINK = re.compile(r":ref:`(?:\\.|[^`\\])*? <([a-z0-9_.-]+)>`")
PAGE = re.compile(r":doc:`(?:\\.|[^`\\])*? <([^<>`]+)>`")


@pytest.fixture(scope="module")
def shipped(real):
    return dict(pages.site(real, ROOT, ["README", "docs/README"]).pages())


@pytest.fixture(scope="module")
def made_up(small):
    return dict(pages.site(small, ROOT).pages())


@pytest.fixture(scope="module")
def attacked(small):
    return dict(pages.site(catalog_of(small), ROOT).pages())


def labels(site):
    return [label for text in site.values() for label in LABEL.findall(text)]


@pytest.mark.parametrize("site", ["shipped", "made_up", "attacked"])
def test_every_label_is_one_place_and_every_link_leads_to_one(site, request):
    site = request.getfixturevalue(site)
    found = labels(site)
    assert len(found) == len(set(found)), sorted({label for label in found if found.count(label) > 1})
    links = {target for text in site.values() for target in LINK.findall(text)}
    assert links <= set(found), sorted(links - set(found))


@pytest.mark.parametrize("site", ["shipped", "made_up"])
def test_every_link_to_a_page_leads_to_one(site, request):
    site = request.getfixturevalue(site)
    for name, text in site.items():
        for target in PAGE.findall(text):
            path = (Path("/") / Path(name).parent / target).as_posix()
            if not re.match("/(docs|reference|README)", path):
                assert f"{path[1:]}.rst" in site, f"{name} links to {target}"


def test_every_flow_document_feature_and_party_has_its_address(shipped, real):
    assert set(LABEL.findall(shipped["flows.rst"])) == set(real.flows)
    assert set(LABEL.findall(shipped["sources.rst"])) == {f"source-{key}" for key in real.sources}
    assert set(LABEL.findall(shipped["features.rst"])) == {f"feature-{key}" for key in real.features}
    assert set(LABEL.findall(shipped["parties.rst"])) == {f"party-{key}" for key in real.parties}


def test_every_document_is_linked_where_it_lies(shipped, real):
    page = re.sub(r"\\(.)", r"\1", shipped["sources.rst"])
    for source in real.sources.values():
        assert f"<{source.url}>`__" in page, source.id
        assert source.note in page, source.id


def test_every_server_role_of_every_version_has_a_page_with_all_its_flows(shipped, real):
    for version, product in real.products.items():
        for role in product.server_roles:
            page = shipped[f"versions/{version}/{role}.rst"]
            of_server = relations.of_server(real, version, role)
            for flow in (*of_server["in"], *of_server["out"]):
                assert f"<{flow.id}>`" in page, f"{version} {role} lacks {flow.id}"
            assert f"   {role}\n" in shipped[f"versions/{version}/index.rst"]


def test_the_index_of_ports_has_every_port_with_all_that_use_it(shipped, real):
    sections = re.split(r"^\.\. _port-([0-9-]+):$", shipped["ports.rst"], flags=re.MULTILINE)
    by_port = dict(zip(sections[1::2], sections[2::2], strict=True))
    for pair, users in relations.port_uses(real).items():
        low, high = pair
        section = by_port[str(low) if low == high else f"{low}-{high}"]
        for flow, _follow in users:
            assert f"<{flow.id}>`" in section, f"{pair} lacks {flow.id}"
    assert "<port-1024-65535>`" in by_port["1503"]  # a range that it lies in


def test_the_articles_eleven_come_first_and_in_its_order(shipped, real):
    said = article.names(ROOT / "catalog/schema.json")
    order = [relations.slug(name) for name in said]
    hidden = shipped["protocols/index.rst"].partition(".. toctree::")[2].split()[1:]
    assert len(said) == 11
    assert hidden[:11] == order
    ports = article.ports(ROOT / "docs/article.md")
    for name in said:
        assert f"on port {ports[name]}" in shipped[f"protocols/{relations.slug(name)}.rst"], name
    everything = " ".join(text for name, text in shipped.items() if name.startswith("protocols/"))
    assert all(f"<{flow}>`" in everything for flow in real.flows)


def test_what_is_refused_says_why_and_what_instead(shipped):
    assert "nothing listens on 994" in shipped["protocols/irc-ssl.rst"]
    assert "nothing listens on 522" in shipped["article.rst"]


def test_hostile_texts_stay_texts(attacked):
    for name, page in attacked.items():
        if name.endswith(".rst"):
            rest = unescaped(page)
            assert "script>" not in rest and "EVIL`" not in rest, name
            assert not re.search(r"[|*]EVIL|EVIL[|*_]|<EVIL", rest), name
            assert rest.count(".. raw:: html") == ("<svg" in page), name


def test_the_guard_against_hostile_texts_sees_one():
    assert "EVIL`" in unescaped(f"before {EVIL}")
    assert "EVIL`" not in unescaped(rst.text(EVIL))


def test_a_line_break_or_a_control_character_ends_no_line():
    assert rst.text("one\n\n.. raw:: html\x00\ttwo") == r"one \.\. raw\:\: html two"
    assert "\n" not in rst.ref("a\nb", "label")


def test_an_id_that_begins_with_a_digit_keeps_its_whole_address():
    assert '<span id="25-mail"></span>' in rst.anchor("25-mail")
    assert "span" not in rst.anchor("mail-25")


def test_equal_catalogs_give_equal_pages(small, made_up):
    shuffled = replace(small, sources=dict(reversed(small.sources.items())))
    assert dict(pages.site(small, ROOT).pages()) == made_up
    assert dict(pages.site(shuffled, ROOT).pages())["sources.rst"] == made_up["sources.rst"]


def test_versions_that_follow_each_other_are_drawn_together(small):
    cells = Cells(small)
    assert cells.versions(["2019", "se"]) == "2019 to SE"
    assert cells.versions(["se", "2000", "2003"]) == "2000 to 2003, SE"


def test_narrow_screens_learn_every_header(made_up):
    for kind, names in HEADERS.items():
        for place, name in enumerate(names, start=1):
            line = f'table.{kind} td:nth-child({place})::before {{ content: "{name}: "; }}'
            assert line in made_up["_static/tables.css"]


def test_site_css_stacks_every_table_that_has_headers():
    css = (ROOT / "tools/reference/static/site.css").read_text(encoding="utf-8")
    stacked = ", ".join(f".{kind}" for kind in HEADERS)
    assert f"table:is({stacked})" in css


def test_the_guides_come_with_the_files_that_they_link_to(tmp_path):
    names = handwritten.copy(ROOT, tmp_path)
    assert {path.stem for path in (ROOT / "docs").glob("*.md")} <= {Path(name).name for name in names}
    assert (tmp_path / "COPYING").is_file()


def test_writing_makes_a_file_a_page(tmp_path, small, made_up):
    count = pages.write(pages.site(small, ROOT), tmp_path)
    assert count == sum(name.endswith(".rst") for name in made_up) == len(list(tmp_path.rglob("*.rst")))

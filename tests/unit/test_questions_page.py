# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What docs/questions.md shows is what the catalog answers."""

from __future__ import annotations

import ast
import json
import re
import shlex
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.answer import OPTIONS, answer

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "questions.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)\n```$", PAGE, re.MULTILINE | re.DOTALL)
PAIRS = [(one[1], other[1]) for one, other in pairwise(BLOCKS) if other[0] in ("text", "json")]
TOLD = [pair for pair in PAIRS if pair[0].startswith("ansible-playbook")]
LOOKED_UP = [pair for pair in PAIRS if "lookup(" in pair[0]]
# variables of the playbook explain -> options; those of the other side of a comparison -> its words
VARIABLES = {"role": "roles", "feature": "features", "ports": "port"}
OTHER_SIDE = {"compare_to": "version", "compare_role": "roles", "compare_feature": "features"}


def options_of(command):
    """The options that the playbook gives to the module for this command line."""
    asked, other = {"as_text": True}, {}
    for word in shlex.split(command.replace("\\\n", " "))[2:]:
        if word == "-e":
            continue
        name, _sign, value = word.partition("=")
        if name in OTHER_SIDE:
            other[OTHER_SIDE[name]] = value
        else:
            name = VARIABLES.get(name, name)
            asked[name] = value.split(",") if OPTIONS[name]["type"] == "list" else value
    return {**asked, "compare_to": other} if other else asked


def test_every_question_of_the_table_has_a_section_with_an_answer():
    anchors = re.findall(r"\]\(#([a-z0-9-]+)\)", PAGE)
    titles = re.findall(r"^## (.+)$", PAGE, re.MULTILINE)
    sections = {re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-") for title in titles}
    assert set(anchors) <= sections and len(anchors) == 9
    assert len(TOLD) >= 9 and len(LOOKED_UP) == 2


@pytest.mark.parametrize(("command", "shown"), TOLD, ids=[command.split("explain ")[1] for command, _shown in TOLD])
def test_what_the_page_shows_is_the_answer(command, shown):
    lines = iter(answer(options_of(command)))
    skipping = False
    for line in shown.split("\n"):
        if line == "...":
            skipping = True
            continue
        found = next((one for one in lines if one == line), None) if skipping else next(lines, None)
        assert found == line, f"{command}: the page shows {line!r}, the answer has {found!r}"
        skipping = False
    assert skipping or next(lines, None) is None, f"{command}: the answer goes on; the page needs ... at the end"


@pytest.mark.parametrize(("expression", "shown"), LOOKED_UP)
def test_what_the_page_shows_of_a_lookup_is_its_answer(expression, shown):
    call = ast.parse(yaml.safe_load(expression)["msg"].strip("{} "), mode="eval").body
    options = {word.arg: ast.literal_eval(word.value) for word in call.keywords}
    lists = {name: [value] if OPTIONS[name]["type"] == "list" else value for name, value in options.items()}
    assert answer(lists) == json.loads(shown)


def test_the_variables_are_those_of_the_playbook():
    head = (ROOT / "playbooks" / "explain.yml").read_text(encoding="utf-8").split("- name:")[0]
    for name in (*VARIABLES, *OTHER_SIDE, "version", "direction", "flow", "explain", "host"):
        assert re.search(rf"\b{name}\b", head), f"explain.yml does not tell of {name}"


def test_the_page_is_linked():
    assert "questions.md" in (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    assert "docs/questions.md" in (ROOT / "README.md").read_text(encoding="utf-8")

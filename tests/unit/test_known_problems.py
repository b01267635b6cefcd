# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every code that is raised anywhere is known and explained, every known one is raised, and the page shows them all."""

from __future__ import annotations

import ast
import importlib.util
import re
from pathlib import Path

import pytest
from ansible_collections.msexchange.firewall.plugins.plugin_utils.known_problems.registry import PARTS
from ansible_collections.msexchange.firewall.plugins.plugin_utils.problems import LONGEST, Problem
from codes import makers, powershell_uses, uses

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ROOT / "plugins"
TREES = {
    path.relative_to(ROOT): ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted(PLUGINS.rglob("*.py"))
    if "known_problems" not in path.parts
}
MAKERS = makers(TREES.values())
SCRIPTS = sorted([*PLUGINS.rglob("*.ps1"), *PLUGINS.rglob("*.psm1")])
USES = [use for path, tree in TREES.items() for use in uses(tree, str(path), MAKERS)] + [
    use for path in SCRIPTS for use in powershell_uses(path.read_text(encoding="utf-8"), str(path.relative_to(ROOT)))
]
KNOWN = {code: kind for part in PARTS for code, kind in part.KINDS.items()}
# what Ansible shows as it is, so a text of ours needs its code in it
SHOWN = {"AnsibleActionFail", "AnsibleError"}


def test_what_makes_a_problem_is_found():
    assert {"Problem", "problem", "coded", "GatewayError", "Finding"} <= set(MAKERS)
    assert len(USES) > 60


def test_every_code_is_written_down_where_the_problem_is_made():
    missing = [use.place for use in USES if use.code is None]
    assert not missing, "give the code as a plain text (a GatewayError takes it as second argument): " + ", ".join(
        missing
    )


def test_every_code_is_explained():
    unknown = [f"{use.place} [{use.code}]" for use in USES if use.code is not None and use.code not in KNOWN]
    advice = """add `"CODE": Kind("a few words", "what led to it", "what to do"),` to KINDS in the part of \
plugins/plugin_utils/known_problems/ that fits (inventory, options, platforms, gateway, windows_host), \
then `make problems`: """
    assert not unknown, advice + ", ".join(unknown)


def test_every_explained_code_is_raised():
    idle = sorted(set(KNOWN) - {use.code for use in USES})
    assert not idle, f"nothing raises {', '.join(idle)}: take the entries out of known_problems/, then `make problems`"


@pytest.mark.parametrize("path", [path for path in TREES if path.parts[1] in ("action", "lookup")], ids=str)
def test_what_an_action_tells_by_itself_has_a_code_too(path):
    for node in ast.walk(TREES[path]):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in SHOWN and node.args:
            plain = isinstance(node.args[0], (ast.Constant, ast.JoinedStr))
            assert not plain, f"{path}:{node.lineno}: wrap the text: coded(text, 'a-code')"


def test_no_code_stands_in_two_parts_and_all_are_sorted_words():
    assert sum(len(part.KINDS) for part in PARTS) == len(KNOWN)
    for part in PARTS:
        assert list(part.KINDS) == sorted(part.KINDS), f"{part.__name__} is not sorted"
        assert part.TITLE and part.ABOUT
    for code, kind in KNOWN.items():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", code)
        for text in (kind.cause, kind.remedy):
            assert (text[0].isupper() or text[0] == "`") and text.endswith(".") and "  " not in text, f"{code}: {text}"
        assert kind.title and not kind.title.endswith("."), code


def page_tool():
    spec = importlib.util.spec_from_file_location("problems_page", ROOT / "tools" / "problems.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_what_the_known_problems_say():
    tool = page_tool()
    assert tool.PAGE.read_text(encoding="utf-8") == tool.page(), "run `make problems`, and look at the difference"
    headings = re.findall(r"^### (\S+)$", tool.page(), re.MULTILINE)
    assert sorted(headings) == sorted(KNOWN)


def test_the_page_links_to_headings_that_are_there():
    page = (ROOT / "docs" / "problems.md").read_text(encoding="utf-8")
    for file, anchor in re.findall(r"\]\(([\w-]+\.md)?(?:#([\w-]+))?\)", page):
        text = (ROOT / "docs" / (file or "problems.md")).read_text(encoding="utf-8")
        headings = {re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in re.findall(r"^#+ (.+)$", text, re.M)}
        assert not anchor or anchor in headings, f"{file}#{anchor}"


def test_the_readers_of_code_see_what_they_must(tmp_path):
    source = """
class Box:
    host: str
    code: str
def make(self, text, code): return Box("h", code)
def other(found):
    make("t", "first"); Box("h", code="second"); make("t", found.code); make("t", found); make("t")
"""
    tree = ast.parse(source)
    found = makers([tree])
    assert found == {"Box": 1, "make": 1}
    assert [use.code for use in uses(tree, "x.py", found)] == ["first", "second", None, None]


def test_the_reader_of_powershell_sees_what_it_must():
    source = """
$table = @{ a = @{ Code = 'first'; Text = 'x' } }
throw (New-FirewallException -Text $text -Code 'second')
New-FirewallException -Text $text -Code $Code
New-FirewallException -Text $text
New-FirewallException -Text $text -Code "in-$double"
# -Code 'comment'
function New-FirewallException {
Export-ModuleMember -Function New-FirewallException, Other
"""
    assert [use.code for use in powershell_uses(source, "x.psm1")] == ["first", "second", None, None]


LINES = {
    "a line break": ("a\nb", "a\\nb"),
    "a terminal's codes": ("\x1b[31mred", "\\x1b[31mred"),
    "what turns the direction of writing": ("\u202egnp", "\\u202egnp"),
    "half a character": ("\ud800", "\\ud800"),
    "NUL": ("\0", "\\x00"),
    "letters of the world": ("Größe 大", "Größe 大"),
}


@pytest.mark.parametrize("name", LINES)
def test_a_problem_is_one_line_that_says_its_code(name):
    raw, shown = LINES[name]
    line = str(Problem("bad-value", raw, "exchange_site", f"it is {raw}."))
    assert line == f"{shown}: exchange_site: it is {shown}. [bad-value]"
    assert line.isprintable()


def test_a_huge_value_is_cut_in_the_middle():
    line = str(Problem("bad-value", "mbx1", "exchange_site", f"{'x' * 10**6} is too much."))
    assert line.startswith("mbx1: exchange_site: xxx") and line.endswith("xxx is too much. [bad-value]")
    assert len(line) < LONGEST + 30

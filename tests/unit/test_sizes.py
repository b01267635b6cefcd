# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files and functions stay small enough to read; doc strings and documentation do not count."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# (where, lines of a file, lines of a function)
BUDGETS = {
    "plugins": (300, 40),
    "tests/unit": (400, 40),
    "tests/cases": (400, 40),
    "tests/plays": (400, 40),
    "tests/lab": (400, 40),
    "tests/bench": (400, 40),
    "tests/windows": (400, 40),
    "tools": (300, 40),
}
DATA = ("catalog", "examples", "roles", "playbooks")
PAGES = {"DOCUMENTATION", "EXAMPLES", "RETURN"}


def files(folder, *endings):
    return sorted(p for ending in endings for p in (ROOT / folder).rglob(f"*{ending}") if "__pycache__" not in p.parts)


def span(node):
    return node.end_lineno - node.lineno + 1


def prose(node):
    """Lines of a doc string, or of the documentation of a plugin."""
    found = 0
    for part in node.body:
        text = part.value.value if isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant) else None
        page = isinstance(part, ast.Assign) and {getattr(target, "id", "") for target in part.targets} & PAGES
        found += span(part) if page or isinstance(text, str) else 0
    return found


def too_long(path, lines, function_lines):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    total = len(path.read_text(encoding="utf-8").splitlines()) - prose(tree)
    fragments = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "ModuleDocFragment"]
    total -= sum(prose(node) for node in fragments)
    if total > lines:
        yield f"{path.relative_to(ROOT)}: {total} lines"
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and span(node) - prose(node) > function_lines:
            yield f"{path.relative_to(ROOT)}: {node.name} has {span(node) - prose(node)} lines"


@pytest.mark.parametrize("folder", BUDGETS)
def test_files_and_functions_keep_their_budget(folder):
    lines, function_lines = BUDGETS[folder]
    found = [text for path in files(folder, ".py") for text in too_long(path, lines, function_lines)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("folder", DATA)
def test_data_files_keep_their_budget(folder):
    sizes = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in files(folder, ".yml", ".yaml")}
    found = [f"{path.relative_to(ROOT)}: {count} lines" for path, count in sizes.items() if count > 300]
    assert not found, "\n".join(found)


def test_every_python_file_says_what_it_is_for_and_under_which_licence():
    for path in (p for folder in ("plugins", "tests", "tools") for p in files(folder, ".py")):
        text = path.read_text(encoding="utf-8")
        if text.strip():
            assert ast.get_docstring(ast.parse(text)), f"{path.relative_to(ROOT)} has no doc string"
            assert "SPDX-License-Identifier: GPL-3.0-or-later" in text[:600], path.relative_to(ROOT)

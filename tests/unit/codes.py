# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the codes of problems out of source code.

Whatever has a parameter or a field named ``code`` makes a problem: its calls are looked at, whoever wrote it. What only
hands on the ``code`` that it was given is such a maker itself, so following the name is enough.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Use:
    """One code in a call; ``code`` is None where it is no literal, nor handed on."""

    place: str
    code: str | None


def makers(trees: Iterable[ast.AST]) -> dict[str, int]:
    """Name of a function or class -> at which position its calls give the code."""
    found = {}
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                found.update(_of_class(node))
            elif isinstance(node, FUNCTIONS) and not node.name.startswith("__"):
                found.update(_position(node.name, [argument.arg for argument in _arguments(node)]))
    return found


def _arguments(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.arg]:
    return [argument for argument in node.args.args if argument.arg not in ("self", "cls")]


def _of_class(node: ast.ClassDef) -> dict[str, int]:
    """By its fields, or by its constructor."""
    for part in node.body:
        if isinstance(part, FUNCTIONS) and part.name == "__init__":
            return _position(node.name, [argument.arg for argument in _arguments(part)])
    fields = [part.target.id for part in node.body if isinstance(part, ast.AnnAssign)]
    return _position(node.name, fields)


def _position(name: str, words: list[str]) -> dict[str, int]:
    return {name: words.index("code")} if "code" in words else {}


def uses(tree: ast.AST, place: str, known: dict[str, int]) -> Iterator[Use]:
    """Every code that calls in this file give."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name in known:
            given = _given(node, known[name])
            if not _handed_on(given):
                literal = isinstance(given, ast.Constant) and isinstance(given.value, str)
                yield Use(f"{place}:{node.lineno}: {name}", given.value if literal else None)


def _given(call: ast.Call, position: int) -> ast.expr | None:
    for keyword in call.keywords:
        if keyword.arg in ("code", None):  # None is a whole record that is handed on: Problem(**record)
            return keyword.value if keyword.arg else ast.Name("code")
    return call.args[position] if position < len(call.args) else None


def _handed_on(node: ast.expr | None) -> bool:
    """``code`` itself, or the ``.code`` of something that was made elsewhere."""
    return "code" in (getattr(node, "id", ""), getattr(node, "attr", ""))


# `-Code 'a-code'` of a call, `Code = 'a-code'` of a table; what follows is taken as it stands
_POWERSHELL_CODE = re.compile(r"(?<![\w$.\[\]])-?Code(?:\s*=)?[ ]+(\S+)")
_POWERSHELL_MAKER = re.compile(r"(?<!function )\b(New-FirewallException|New-RuleFault)\b(?!.* -Code )")


def powershell_uses(text: str, place: str) -> Iterator[Use]:
    """Every code that a PowerShell file gives; a call without one has code None."""
    for number, line in enumerate(text.splitlines(), 1):
        code = line.split("#", 1)[0]
        for found in _POWERSHELL_CODE.findall(code):
            literal = re.match(r"'([^']*)'", found)
            if literal or not found.startswith(("$Code", "$reason.Code")):
                yield Use(f"{place}:{number}", literal.group(1) if literal else None)
        if _POWERSHELL_MAKER.search(code) and not code.startswith("Export-ModuleMember"):
            yield Use(f"{place}:{number}", None)

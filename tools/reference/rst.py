# SPDX-License-Identifier: GPL-3.0-or-later
"""Text of the catalog as reStructuredText: nothing in it is markup unless a function here makes it so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_ADDRESS = re.compile(r"([\\`<>*_|])")
_MARKED = r"\\\1"
_INDENT = "   "


def text(value: object) -> str:
    """Any text as one line of plain text: each character that could mean something gets a backslash.

    Control characters go: Sphinx would stop at some of them, and no title has a use for one.
    """
    printable = "".join(c if c.isprintable() else " " for c in str(value))
    return _PUNCTUATION.sub(_MARKED, " ".join(printable.split()))


def code(value: object) -> str:
    """A word of the catalog in code type. Catalog words hold no backquotes; any other value is plain text."""
    word = str(value)
    return f"``{word}``" if re.fullmatch(r"[A-Za-z0-9_.,:/-]+", word) else text(word)


def ref(title: object, label: str) -> str:
    """A link to a label of the site; Sphinx warns, and the build fails, where there is no such label."""
    return f":ref:`{text(title)} <{label}>`"


def link(title: object, address: str) -> str:
    """A link out of the site. A "_" at the end of an address would make it a name, so markup is escaped there too."""
    return f"`{text(title)} <{_ADDRESS.sub(_MARKED, address)}>`__"


def anchor(label: str) -> str:
    """A place that links lead to. docutils drops leading digits from an address, so those get the full one besides."""
    lines = [f".. _{label}:", ""]
    if not label[0].isalpha():
        lines = [".. raw:: html", "", f'{_INDENT}<span id="{label}"></span>', "", *lines]
    return "\n".join(lines)


def heading(title: str, line: str) -> str:
    """Over a page "#", a part "=", a section "-", an entry "~"; the title is reStructuredText already."""
    return f"{title}\n{line * max(4, len(title))}"


def bullets(items: Iterable[str]) -> str:
    return "\n".join(f"* {item}" for item in items)


def indented(block: str, depth: int = 1) -> str:
    return "\n".join(f"{_INDENT * depth}{line}" if line.strip() else "" for line in block.splitlines())


def fields(pairs: Iterable[tuple[str, str]]) -> str:
    """A field list; pairs without a value are left out."""
    return "\n".join(f":{name}: {value}" for name, value in pairs if value)


def table(kind: str, headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of one-line cells; ``kind`` is its CSS class, under which narrow screens stack its cells."""
    lines = [".. list-table::", f"{_INDENT}:header-rows: 1", f"{_INDENT}:class: {kind}", ""]
    for row in [headers, *rows]:
        marks = ["* -", *["  -"] * (len(row) - 1)]
        lines += [f"{_INDENT}{mark} {cell}".rstrip() for mark, cell in zip(marks, row, strict=True)]
    return "\n".join(lines)


def raw_html(markup: str) -> str:
    return f".. raw:: html\n\n{indented(markup)}"

# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes the pages that people wrote (Markdown, and what they link to) into the site, at the paths of the repository."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

_LINK = re.compile(r"\]\(([^)#\s]+)(#[^)\s]*)?\)")
FIRST = ("README.md", "CONTRIBUTING.md", "catalog/README.md", "tests/README.md", "tests/unit/published/README.md")


def pages(root: Path) -> list[Path]:
    """Markdown pages relative to the root, those in docs/ last and by name."""
    found = [Path(name) for name in FIRST if (root / name).is_file()]
    return [*found, *sorted(path.relative_to(root) for path in (root / "docs").glob("*.md"))]


def linked_files(root: Path, page: Path) -> set[Path]:
    """Files beside the pages (a license, an example) that a page links to."""
    targets = (match[1] for match in _LINK.finditer((root / page).read_text(encoding="utf-8")))
    local = {((root / page).parent / target).resolve() for target in targets if "://" not in target}
    return {path.relative_to(root.resolve()) for path in local if path.is_file()}


def copy(root: Path, target: Path) -> list[str]:
    """Copies the pages and what they link to; returns the names of the pages as Sphinx knows them."""
    found = pages(root)
    for path in {*found, *(linked for page in found for linked in linked_files(root, page))}:
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / path, target / path)
    return [path.with_suffix("").as_posix() for path in found]

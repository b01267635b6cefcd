# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies what git tracks or would track to .work/NAME/ansible_collections/msexchange/firewall: tree.py NAME."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COLLECTION = "ansible_collections/msexchange/firewall"
GENERATED = {".git", ".work", "__pycache__", ".pytest_cache", ".ruff_cache", ".hypothesis", ".ansible"}


def files() -> list[Path]:
    """The files of the tree, relative to its root; outside a git checkout (a tarball) all that no tool generated."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0:
        return [Path(name) for name in sorted(set(listed.stdout.split("\0"))) if name and (ROOT / name).is_file()]
    paths = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return sorted(path for path in paths if not GENERATED.intersection(path.parts))


def copy(name: str) -> Path:
    """Makes the copy equal to the tree; tools that write beside what they read, or walk everything, work on it.

    What ansible-test keeps in it between runs (its environments in tests/output) stays.
    """
    target, wanted = ROOT / ".work" / name / COLLECTION, files()
    stale = {path.relative_to(target) for path in target.rglob("*") if not path.is_dir()} - set(wanted)
    for path in stale:
        if path.parts[0] != ".git" and path.parts[:2] != ("tests", "output"):
            (target / path).unlink()
    for path in wanted:
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, target / path)
    return target


if __name__ == "__main__":
    print(copy(sys.argv[1]))

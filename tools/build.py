# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds the collection's tarball from a copy of the tree into .work/build/."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import environments
import tree

FOLDER = environments.WORK / "build"


def tarball() -> Path:
    """Where the build puts it; the name carries the version of galaxy.yml, and the importer insists on such a name."""
    galaxy = (environments.ROOT / "galaxy.yml").read_text(encoding="utf-8")
    version = re.search(r"^version: (\S+)$", galaxy, re.MULTILINE)[1]
    return FOLDER / f"msexchange-firewall-{version}.tar.gz"


def main() -> int:
    environments.ensure(["dev"])
    FOLDER.mkdir(parents=True, exist_ok=True)
    galaxy = str(environments.bin_directory("dev") / "ansible-galaxy")
    command = [galaxy, "collection", "build", "--force", "--output-path", str(FOLDER), str(tree.copy("built"))]
    return subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())

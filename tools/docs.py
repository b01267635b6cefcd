# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds the reference site in .work/docs-site/ and says where it begins; a warning of Sphinx is a failure.

Its pages come from the catalog (tools/reference), from docs/, and from the documentation of plugins and roles.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import environments
import tree

SITE = environments.WORK / "docs-site"
PAGES = SITE / "html"
COLLECTION = "msexchange.firewall"


def steps(executables: Path) -> list[list[str]]:
    """Pages of plugins and roles, pages of the catalog and the guides, and the site of all of them."""
    source = SITE / "rst"
    to_reference = ["--dest-dir", str(source / "reference"), COLLECTION]
    collection = ["collection", "--use-current", "--squash-hierarchy", "--cleanup", "similar-files", "--fail-on-error"]
    sphinx = ["-q", "-W", "--keep-going", "-b", "html", "-d", str(SITE / "doctrees"), "-j", "2"]
    return [
        [str(executables / "antsibull-docs"), *collection, *to_reference],
        [str(executables / "python"), "-m", "reference", str(source)],
        [str(executables / "sphinx-build"), *sphinx, str(source), str(PAGES)],
    ]


def main() -> int:
    copy = tree.copy("documented")
    executables = environments.bin_directory("docs")
    environment = os.environ | {
        "PATH": os.pathsep.join([str(executables), os.environ["PATH"]]),
        "ANSIBLE_COLLECTIONS_PATH": str(copy.parents[2]),
        # the generator reads the catalog through the collection itself
        "PYTHONPATH": os.pathsep.join([str(copy.parents[2]), str(copy / "tools")]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    shutil.rmtree(SITE, ignore_errors=True)
    (SITE / "rst" / "reference").mkdir(parents=True)
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    for step in steps(executables):
        done = subprocess.run(step, env=environment, **quiet, text=True, check=False)
        if done.returncode:
            print(done.stdout, file=sys.stderr)
            return 1
    print(f"the site begins at {(PAGES / 'index.html').relative_to(environments.ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

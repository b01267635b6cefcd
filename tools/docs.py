# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds the reference of plugins, modules and roles as a site in .work/docs-site/, and says where it begins."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import environments
import tree

SITE = environments.WORK / "docs-site"
COLLECTION = "msexchange.firewall"


def main() -> int:
    copy = tree.copy("documented")
    executables = environments.bin_directory("docs")
    environment = os.environ | {
        "PATH": os.pathsep.join([str(executables), os.environ["PATH"]]),
        "ANSIBLE_COLLECTIONS_PATH": str(copy.parents[2]),
    }
    shutil.rmtree(SITE, ignore_errors=True)
    SITE.mkdir(parents=True)
    source, pages = SITE / "rst", SITE / "html"
    init = ["sphinx-init", "--use-current", "--squash-hierarchy", "--lenient", "--dest-dir", str(SITE), COLLECTION]
    collection = ["collection", "--use-current", "--squash-hierarchy", "--cleanup", "similar-files"]
    sphinx = ["-q", "-b", "html", "-c", str(SITE), "-j", "2", str(source), str(pages)]
    steps = [
        [str(executables / "antsibull-docs"), *init],
        [str(executables / "antsibull-docs"), *collection, "--dest-dir", str(source), COLLECTION],
        [str(executables / "sphinx-build"), *sphinx],
    ]
    for step in steps:
        done = subprocess.run(
            step,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            print(done.stdout, file=sys.stderr)
            return 1
    print(f"the site begins at {(pages / 'index.html').relative_to(environments.ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

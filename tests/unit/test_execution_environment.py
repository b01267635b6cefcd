# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The definition of an execution environment names this version, and its lists hold what the code needs."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
# what ansible-core brings along itself
OF_CORE = {"ansible", "ansible_collections", "jinja2", "yaml", "cryptography", "packaging", "resolvelib"}
CONTROLLER = ("action", "lookup", "plugin_utils", "doc_fragments")


def read(path):
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


def test_the_definition_takes_the_tarball_of_this_version():
    name = "msexchange-firewall-{version}.tar.gz".format(**read("galaxy.yml"))
    definition = read("execution-environment.yml")
    (collection,) = definition["dependencies"]["galaxy"]["collections"]
    (file,) = definition["additional_build_files"]
    assert file["src"] == f".work/build/{name}"
    assert collection == {"name": f"{file['dest']}/{name}", "type": "file"}


def test_the_collection_says_what_it_needs_in_files_that_ship():
    needs = read("meta/execution-environment.yml")["dependencies"]
    assert set(needs) == {"python", "system"}
    assert all((ROOT / file).is_file() and file not in read("galaxy.yml")["build_ignore"] for file in needs.values())


def test_every_package_that_is_imported_on_the_controller_is_listed_and_no_other():
    imported = set()
    for folder in CONTROLLER:
        for path in (ROOT / "plugins" / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom) and not node.level:
                    names = [node.module]
                imported |= {name.split(".")[0] for name in names}
    needed = imported - OF_CORE - sys.stdlib_module_names
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    listed = {line.partition(">=")[0].strip() for line in lines if line.strip() and not line.startswith("#")}
    assert listed == needed

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A layer of the core imports only layers to its left, and nothing of it but the edge imports ansible."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CORE = ROOT / "plugins" / "plugin_utils"
#: what each layer may import besides itself; problems, words and atomic are for all
LEFT_OF = {
    "problems": set(),
    "known_problems": set(),
    "words": set(),
    "atomic": set(),
    "catalog": set(),
    "topology": {"catalog"},
    "plan": {"catalog", "topology"},
    "platforms": {"catalog", "topology", "plan"},
    "report": {"catalog", "topology", "plan"},
    # what actions share: the only place of the core that knows Ansible, and nothing else in the core imports it
    "edge": {"platforms"},
}
EDGE = "edge"
FOR_ALL = {"problems", "words", "atomic"}
FILES = sorted(path.relative_to(CORE) for path in CORE.rglob("*.py"))


def imported(path, base):
    """Dotted names that a file imports; relative ones are resolved against ``base``, the file's package in the core."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module or ""
        elif isinstance(node, ast.ImportFrom):
            package = ["core", *base][: 1 + len(base) - (node.level - 1)]
            names = [node.module] if node.module else [name.name for name in node.names]
            yield from (".".join([*package, name]) for name in names)


@pytest.mark.parametrize("file", FILES, ids=str)
def test_a_file_of_the_core_imports_only_to_its_left(file):
    layer = file.parts[0].removesuffix(".py")
    if layer == "__init__":
        assert not (CORE / file).read_text(encoding="utf-8").strip()
        return
    for name in imported(CORE / file, file.parts[:-1]):
        top = name.split(".")[0]
        assert top not in ("ansible_collections", "__main__"), f"{file} imports {name}"
        assert top != "ansible" or layer == EDGE, f"{file} imports {name}"
        if top == "core":
            found = name.split(".")[1]
            assert found in {layer, *FOR_ALL, *LEFT_OF[layer]}, f"{file} of layer {layer} imports {name}"


def test_every_layer_is_known():
    assert {file.parts[0].removesuffix(".py") for file in FILES} - {"__init__"} == set(LEFT_OF)


def test_the_reader_of_imports_resolves_relative_ones(tmp_path):
    file = tmp_path / "x.py"
    file.write_text("import json, ansible.errors\nfrom ...problems import P\nfrom .. import words\nfrom .a import b\n")
    assert list(imported(file, ("platforms", "nftables"))) == [
        "json",
        "ansible.errors",
        "core.problems",
        "core.platforms.words",
        "core.platforms.nftables.a",
    ]


SENT_TO_TARGETS = sorted(
    path.relative_to(ROOT)
    for folder in ("modules", "module_utils")
    for path in (ROOT / "plugins" / folder).rglob("*.py")
)


@pytest.mark.parametrize("file", SENT_TO_TARGETS, ids=str)
def test_what_is_sent_to_targets_imports_nothing_that_stays_on_the_controller(file):
    for name in imported(ROOT / file, ()):
        assert "plugin_utils" not in name, f"{file} imports {name}: only module_utils travels"
        assert name.split(".")[0] not in ("yaml", "jmespath", "netaddr"), f"{file} imports {name}: targets may lack it"

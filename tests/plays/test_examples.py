# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every example as a reader would use it: it has a plan without surprises, and becomes a file for its gateway."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
#: example -> the versions that it is about
VERSIONS = {
    "2007": {"2003", "2007"},
    "2010": {"2003", "2010"},
    "2013": {"2010", "2013", "2016"},
    "5.5": {"5.5", "2003"},
    "article": {"2000", "2003"},
    "current": {"2019", "se"},
}
OPENED_BY_ID = "is opened by exchange_flow_overrides, though nobody confirmed it"


def flows_of_the_catalog():
    files = sorted((ROOT / "catalog" / "flows").glob("*.yml"))
    return {f["id"]: f for path in files for f in yaml.safe_load(path.read_text(encoding="utf-8"))["flows"]}


def test_every_version_has_an_example(examples):
    assert {path.name for path in examples.iterdir()} == set(VERSIONS)
    products = yaml.safe_load((ROOT / "catalog" / "products.yml").read_text(encoding="utf-8"))["products"]
    assert {product["id"] for product in products} == set().union(*VERSIONS.values())


@pytest.mark.parametrize("name", VERSIONS)
def test_it_is_planned_for_its_versions_and_its_gateway_gets_a_file(name, player, examples):
    folders = {"exchange_appliance_state": "rendered", "exchange_appliance_review_directory": f"{player.folder}/out"}
    tasks = [
        {"msexchange.firewall.exchange_plan": {"save_to": f"{player.folder}/plan"}},
        {"ansible.builtin.include_role": {"name": "msexchange.firewall.exchange_appliance"}, "vars": folders},
    ]
    run = player(examples / name, playbook=[{"hosts": "gateways", "gather_facts": False, "tasks": tasks}])
    assert run.rc == 0, run.text
    plan, catalog = run.plan(), flows_of_the_catalog()
    strange = [text for text in plan["warnings"] if OPENED_BY_ID not in text]
    # the article names no port for it, so its organization does without
    assert strange == [text for text in strange if name == "article" and "New mail is there" in text]
    text = (player.folder / "out" / "gw1.nftables").read_text(encoding="utf-8")
    crossing = set(re.findall(r'counter name "flow_([^"]+)"', text)) & set(catalog)
    assert crossing <= {rule["flow"] for rule in plan["rules"]}
    ends = [catalog[flow][end] for flow in crossing for end in ("initiator", "listener")]
    assert VERSIONS[name] <= {version for end in ends for version in end.get("versions", ())}


@pytest.mark.parametrize("name", VERSIONS)
def test_it_says_what_it_shows_and_the_guides_name_it(name, examples):
    lines = (examples / name / "inventory.yml").read_text(encoding="utf-8").splitlines()
    assert lines[1] == "---" and lines[2].startswith("# ") and len(lines[2]) > 40
    for page in ("README.md", "docs/inventory.md"):
        assert f"examples/{name}`" in (ROOT / page).read_text(encoding="utf-8"), page

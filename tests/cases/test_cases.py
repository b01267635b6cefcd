# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each case's goldens are what the code makes of its inventory today; ``make cases`` rewrites them."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest
import yaml
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.registry import PLATFORMS

spec = importlib.util.spec_from_file_location("update_cases", Path(__file__).parents[1] / "update_cases.py")
update_cases = importlib.util.module_from_spec(spec)
spec.loader.exec_module(update_cases)
CASES = update_cases.cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_goldens_are_what_the_code_makes(case):
    wanted = update_cases.goldens(case)
    assert update_cases.existing(case) == sorted(wanted), "run make cases, and look at what changed"
    for name, text in wanted.items():
        assert (case / name).read_text(encoding="utf-8") == text, f"{case.name}/{name}: run make cases, and look at it"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_says_what_it_is_and_names_no_day(case):
    data = yaml.safe_load((case / "topology.yml").read_text(encoding="utf-8"))
    assert data["title"] and set(data) <= {"title", "fleet", "hosts"}
    for name in update_cases.existing(case):
        assert not re.search(r"\b20[2-9]\d-\d\d-\d\d\b", (case / name).read_text(encoding="utf-8"))


def test_every_platform_is_rendered_by_some_case():
    rendered = {path.name.partition(".")[0] for case in CASES for path in case.glob("rendered/*")}
    assert rendered == set(PLATFORMS) == set(update_cases.ENDINGS)


def test_there_is_a_case_for_each_kind_of_organization():
    assert {case.name for case in CASES} >= {
        "dag",
        "edge",
        "exchange_online",
        "gateway_pair",
        "hybrid",
        "ipv6",
        "load_balancers",
        "mixed_with_55",
        "nothing_selected",
        "own_flows",
        "published",
        "routing_groups",
        "single_server",
        "two_sites",
        "unsupported_feature",
    }

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Thousands of broken inputs through the core: each is taken, or told in sentences that name host or variable.

`make soak` sets MSX_BROKEN_INPUTS to 10000; a tenth of them is tried otherwise.
"""

from __future__ import annotations

import json
import os

import breaking
import pytest
from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.answer import OPTIONS, answer
from ansible_collections.msexchange.firewall.plugins.plugin_utils.known_problems.registry import PARTS
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.fleet import compute, contents
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.store import Options
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms import nftables
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.registry import platform_names
from ansible_collections.msexchange.firewall.plugins.plugin_utils.problems import LONGEST, ProblemError
from ansible_collections.msexchange.firewall.plugins.plugin_utils.report.text import plan_texts

MANY = int(os.environ.get("MSX_BROKEN_INPUTS", "1000"))
SHARES = 5  # so that a failure names its seeds, and pytest does not list ten thousand tests
KNOWN = {code for part in PARTS for code in part.KINDS}
OF_INVENTORIES = ("exchange_", "ansible_", "inventory_hostname")


def everything_of(inputs, options):
    """All that is made of an inventory without a device: plan, store, reports, rules in both modes."""
    fleet = compute(inputs, options, platform_names())
    kept = contents(fleet, inputs, plan_texts(fleet))
    json.dumps([kept.summary, kept.hosts]).encode()
    for text in kept.texts.values():
        text.encode()
    for part in fleet.slices:
        for mode in ("add", "enforce"):
            nftables.render(nftables.wanted(part.whole(), mode)).encode()


def check_problem(problem, hosts):
    line = str(problem)
    assert problem.code in KNOWN
    assert problem.host or problem.variable, line
    assert not problem.host or problem.host in hosts, line
    assert not problem.variable or problem.variable.startswith(OF_INVENTORIES), line
    assert len(problem.text) > 10 and line.isprintable() and len(line) < LONGEST + 50


def problems_of(seed):
    """The problems of one broken inventory, none where it is still good."""
    inputs = breaking.inventory(seed)
    try:
        everything_of(inputs, Options(narrow=seed % 3 == 0))
    except ProblemError as error:
        for problem in error.problems:
            check_problem(problem, {source.name for source in inputs})
        json.dumps([vars(problem) for problem in error.problems])
        return error.problems
    return ()


@pytest.mark.parametrize("share", range(SHARES))
def test_a_broken_inventory_is_taken_or_told_in_sentences(share):
    seeds = range(share, MANY, SHARES)
    told = set()
    count = 0
    for seed in seeds:
        try:
            found = problems_of(seed)
        except Exception as error:
            raise AssertionError(f"breaking.inventory({seed}) led to {error!r}") from error
        count += bool(found)
        told |= {problem.code for problem in found}
    assert count > len(seeds) * 0.6, "too few of them were broken"
    assert len(told) > 8


@pytest.mark.parametrize("share", range(SHARES))
def test_a_broken_question_is_answered_or_told_in_sentences(share):
    for seed in range(share, MANY // 5, SHARES):
        options = breaking.question(seed)
        try:
            answer(options)
        except ProblemError as error:
            assert error.problems
            for problem in error.problems:
                assert problem.variable in OPTIONS and problem.code in KNOWN and str(problem).isprintable()
        except Exception as error:
            raise AssertionError(f"breaking.question({seed}) led to {error!r}") from error

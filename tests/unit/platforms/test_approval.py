# SPDX-License-Identifier: GPL-3.0-or-later
"""What was approved is what may be done: each thing that differs is named."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.approval import (
    Intent,
    approval_text,
    directory_problems,
    intent_problems,
    plan_problems,
    text_digest,
)

INTENT = Intent("gw1", "nftables", "present", "add", "a" * 64, "b" * 64, text_digest("add table\n"))
WHEN = "2026-11-24T12:00:00.000000Z"


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "gw1.approval.json"
    file.write_text(approval_text(INTENT, WHEN), encoding="utf-8")
    return file


def test_the_same_intent_is_approved_whenever_that_was(path):
    assert intent_problems(INTENT, path) == []
    path.write_text(approval_text(INTENT, "2020-01-01T00:00:00.000000Z"), encoding="utf-8")
    assert intent_problems(INTENT, path) == []
    assert json.loads(path.read_text())["when"].startswith("2020")


DIFFERING = {
    "host": ("the device is not what", "belongs to another device"),
    "platform": ("the platform is not what", "check again"),
    "state": ("the state is not what", "use the approved one"),
    "mode": ("the mode is not what", "use the approved one"),
    "plan": ("the plan is not what", "the inventory or the collection changed since"),
    "fingerprint": ("what the device holds is not what", "it changed since"),
    "lines": ("the lines to send are not what", "have that approved"),
}


@pytest.mark.parametrize("name", DIFFERING)
def test_what_differs_is_named(name, path):
    (problem,) = intent_problems(replace(INTENT, **{name: "other"}), path)
    assert problem.code == "not-approved" and problem.variable == "exchange_appliance_approved_directory"
    assert all(words in problem.text for words in DIFFERING[name])


def test_every_field_of_an_intent_is_compared_and_all_that_differs_is_named_at_once(path):
    assert set(DIFFERING) == set(asdict(INTENT))
    (problem,) = intent_problems(replace(INTENT, plan="x", mode="enforce", lines="y"), path)
    assert "the mode, the plan and the lines to send are not what" in problem.text


UNUSABLE = {
    "{": "approval-unreadable",
    "[]": "approval-unreadable",
    "\udcff": "approval-unreadable",
    "{}": "not-approved",
    None: "nothing-approved",
}


@pytest.mark.parametrize("content", UNUSABLE)
def test_a_file_that_approves_nothing(content, tmp_path):
    file = tmp_path / "gw1.approval.json"
    if content is not None:
        file.write_bytes(content.encode("utf-8", "surrogateescape"))
    (problem,) = intent_problems(INTENT, file)
    assert problem.code == UNUSABLE[content]
    assert "gw1.approval.json" in problem.text


def test_a_plan_is_approved_by_its_digest():
    assert not plan_problems("gw1", "a" * 64, "", "exchange_appliance")
    assert not plan_problems("gw1", "a" * 64, f" {'A' * 64} ", "exchange_appliance")
    (problem,) = plan_problems("gw1", "a" * 64, "b" * 64, "exchange_appliance")
    assert problem.code == "plan-not-approved" and "a" * 64 in problem.text and "b" * 64 in problem.text
    assert plan_problems("gw1", "a" * 64, "a" * 12, "exchange_appliance")


def test_a_run_cannot_approve_itself(tmp_path):
    assert not directory_problems("gw1", "", str(tmp_path), "exchange_appliance")
    assert not directory_problems("gw1", str(tmp_path / "a"), str(tmp_path / "b"), "exchange_appliance")
    (problem,) = directory_problems("gw1", str(tmp_path), f"{tmp_path}/x/..", "exchange_appliance")
    assert problem.code == "approves-itself"

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan's files: made once by whoever comes first, readable for one user, and what a task may not see otherwise."""

from __future__ import annotations

import multiprocessing
import os
import stat
import time
from pathlib import Path

import pytest
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.fleet import OWN_VARIABLES, compute, contents
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.serial import slice_from
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.store import (
    ACKNOWLEDGEMENT,
    Options,
    PlanStore,
    differences,
    stamp,
)
from ansible_collections.msexchange.firewall.plugins.plugin_utils.problems import Problem, ProblemError
from fleet import inputs, mailbox

HOSTS = {
    "a": mailbox(1),
    "weird/../name": mailbox(2),
    "gw": {"platform": "nftables", "zones": {"x": ["10.0.0.1/32"], "y": ["10.0.0.0/24"]}},
    "web": {},
}
PLATFORMS = {"nftables": "nftables"}


def fleet(hosts=None, **options):
    given = inputs(hosts or HOSTS)
    return contents(compute(given, Options(**options), PLATFORMS), given, {"plan.txt": "a plan"})


def test_the_first_call_computes_and_the_second_reads(tmp_path):
    store = PlanStore(tmp_path / "plan")
    calls = []
    summary, first = store.ensure(lambda: calls.append(1) or fleet())
    again, second = store.ensure(lambda: calls.append(1) or fleet())
    assert (first, second, len(calls)) == (True, False, 1)
    assert again == summary
    assert set(summary) == {"digest", "warnings", "rules", "hosts", "gateways", "points", "variables"}
    assert summary["gateways"] == ["gw"]


def test_a_host_reads_its_own_part(tmp_path):
    store = PlanStore(tmp_path / "plan")
    store.ensure(fleet)
    assert slice_from(store.host("gw")["slice"]).rules and "slice" not in store.host("a")
    assert "boundary-servers" in store.host("a")["rules"]["in"]
    assert store.text("plan.txt") == "a plan"
    assert store.host("weird/../name")["values"]["exchange_addresses"] == ["10.0.0.2"]
    assert store.host("web") == {"values": {}, "rules": {}}
    assert store.host("late") == {}


def test_nobody_else_can_read_the_files(tmp_path):
    old = os.umask(0)
    try:
        PlanStore(tmp_path / "plan").ensure(fleet)
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "plan").stat().st_mode) == 0o700
    files = [path for path in (tmp_path / "plan").iterdir() if path.name != "lock"]
    assert len(files) == len(HOSTS) + 3  # the summary, the text, and what hosts share
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert not [path for path in files if path.suffix not in (".json", ".txt")]


def test_problems_are_kept_for_those_who_wait(tmp_path):
    store = PlanStore(tmp_path / "plan")
    broken = {"a": mailbox(1, version="2109"), "b": mailbox(2, roles=["x"])}
    summary, first = store.ensure(lambda: fleet(broken))
    again, second = store.ensure(lambda: pytest.fail("computed twice"))
    assert (first, second) == (True, False)
    problems = [Problem(**problem) for problem in again["problems"]]
    assert {problem.host for problem in problems} == {"a", "b"} and again == summary


def _ask(directory, marks, results):
    """What a worker of Ansible does; each computation leaves a mark."""

    def make():
        (Path(marks) / str(os.getpid())).touch()
        time.sleep(0.3)
        return fleet()

    summary, first = PlanStore(Path(directory)).ensure(make)
    results.put((first, summary["digest"]))


def test_of_many_processes_one_computes_and_the_others_wait(tmp_path):
    (tmp_path / "marks").mkdir()
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    workers = [
        context.Process(target=_ask, args=(tmp_path / "plan", tmp_path / "marks", results)) for _number in range(4)
    ]
    for worker in workers:
        worker.start()
    answers = [results.get(timeout=30) for _worker in workers]
    for worker in workers:
        worker.join(timeout=30)
    assert len(list((tmp_path / "marks").iterdir())) == 1
    assert sorted(first for first, _digest in answers) == [False, False, False, True]
    assert len({digest for _first, digest in answers}) == 1


def test_who_fails_for_another_reason_leaves_nothing_behind(tmp_path):
    store = PlanStore(tmp_path / "plan")

    def make():
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        store.ensure(make)
    assert store.ensure(fleet)[1]


def test_problems_of_topology_and_plan_come_together():
    hosts = {
        "a": mailbox(1, addresses=["::1"], features=["pop3"]),
        "gw": {"zones": {"x": ["10.0.0.0/24"], "y": ["10.1.0.0/24"]}},
    }
    with pytest.raises(ProblemError) as caught:
        fleet(hosts)
    assert {problem.code for problem in caught.value.problems} == {
        "bad-value",
        "feature-without-peer",
        "unknown-platform",
    }
    assert caught.value.message().startswith("3 problems were found; nothing was changed:\n  - a: exchange_addresses:")


def test_names_are_resolved_on_request_only():
    asked = []
    hosts = {"a": mailbox(1, addresses=["mbx.example.com"])}

    def resolve(name):
        asked.append(name)
        return ("10.0.0.1",)

    with pytest.raises(ProblemError):
        compute(inputs(hosts), Options(), PLATFORMS, resolve)
    assert not asked
    found = compute(inputs(hosts), Options(resolve_names=True), PLATFORMS, resolve)
    assert asked == ["mbx.example.com"] and found.topology.hosts["a"].addresses == ("10.0.0.1/32",)


def test_options_of_one_play_have_files_of_their_own():
    keys = {Options(narrow, names).key() for narrow in (False, True) for names in (False, True)}
    assert len(keys) == 4
    assert "does not support" in ACKNOWLEDGEMENT


SEEN = [
    ({"exchange_site": "x"}, {"exchange_site": "x"}, []),
    ({}, {"exchange_site": "x"}, ["this task sees 'x', but the inventory lacks it"]),
    ({"exchange_site": "x"}, {"exchange_site": "y"}, ["sees 'y', but the inventory has another value"]),
    ({"exchange_site": "x"}, {}, ["sees None, but the inventory has another value"]),
    ({"exchange_site": "x"}, {"exchange_site": "x", "exchange_plan_show": True, "iso_path": 1}, []),
    (
        {"exchange_networks": {"a": 1}},
        {"exchange_networks": {"a": 2}, "exchange_roles": ["mailbox"]},
        ["sees ['mailbox']", "sees {'a': 2}"],
    ),
]


@pytest.mark.parametrize(("stored", "seen", "texts"), SEEN)
def test_what_a_task_sees_otherwise_is_a_problem(stored, seen, texts):
    problems = differences("a", OWN_VARIABLES, stored, seen)
    assert len(problems) == len(texts)
    for problem, text in zip(problems, texts, strict=True):
        assert text in problem.text and problem.host == "a" and problem.code == "not-from-inventory"


def test_long_values_are_kept_as_digests_and_still_compared():
    """Every host's file has the fleet's variables: a list of all servers would make them grow with the square."""
    names = [f"mbx{number:05}" for number in range(1000)]
    kept = {"exchange_expected_servers": stamp(names), "exchange_site": stamp("hq")}
    assert len(str(kept)) < 200 and kept["exchange_site"] == "hq"
    seen = {"exchange_expected_servers": list(names), "exchange_site": "hq"}
    assert not differences("a", kept, kept, seen)
    (problem,) = differences("a", kept, kept, {**seen, "exchange_expected_servers": names[1:]})
    assert (problem.code, problem.variable) == ("not-from-inventory", "exchange_expected_servers")
    assert "has another value" in problem.text and len(problem.text) < 1000

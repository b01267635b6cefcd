# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway over time: reboots before and after a confirmation, jobs that meet, and going back for good."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from lablib.box import Box
from lablib.faults import Fault, kill_timer
from lablib.kills import ABSENT, FIRST, SECOND
from lablib.namespaces import run

NFT_DIES_LATE = Fault("nft", 1, "after")


@pytest.fixture
def box() -> Iterator[Box]:
    with Box() as made:
        yield made


def test_a_reboot_comes_up_with_what_was_confirmed_last(box: Box) -> None:
    foreign = box.foreign()
    box.bring(FIRST)
    options = box.change_to(SECOND)
    box.answer("apply", **options)
    assert box.live() == SECOND
    box.reboot()
    assert box.live() == FIRST
    found = box.answer("read")
    assert "restarted" in found["notices"][0]
    assert not found["pending"]
    assert "no change with this token" in box.call("confirm", token=options["token"]).answer["msg"]
    box.bring(SECOND)
    box.reboot()
    assert box.live() == SECOND
    assert box.answer("read")["persisted"] == box.answer("read")["fingerprint"]
    assert box.foreign() == foreign


def test_a_reboot_before_the_first_confirmation_comes_up_with_nothing_of_ours(box: Box) -> None:
    box.answer("apply", **box.change_to(FIRST))
    box.reboot()
    assert box.live() == ABSENT
    box.bring(FIRST)
    box.bring(ABSENT)
    box.reboot()
    assert box.live() == ABSENT


def test_of_two_jobs_at_once_one_wins_and_the_other_is_told(box: Box) -> None:
    for wanted in (FIRST, SECOND, ABSENT):
        options = box.change_to(wanted)
        calls = [box.arguments("apply", **{**options, "token": token}) for token in ("a", "b")]
        answers = box.at_once(*calls)
        lost = [answer for answer in answers if answer.get("failed")]
        assert len(lost) == 1, answers
        assert "another change waits for its confirmation" in lost[0]["msg"]
        winner = "b" if answers[0].get("failed") else "a"
        confirmations = box.at_once(*(box.arguments("confirm", token=token) for token in ("a", "b")))
        assert [bool(answer.get("failed")) for answer in confirmations] == [winner == "b", winner == "a"]
        assert box.live() == box.boots() == wanted


def test_a_job_that_waited_is_told_that_the_gateway_changed(box: Box) -> None:
    late = box.change_to(FIRST)
    box.bring(SECOND)
    assert "changed since it was read" in box.call("apply", **late).answer["msg"]
    assert box.live() == box.boots() == SECOND


def test_a_confirmation_whose_answer_was_lost_can_be_repeated(box: Box) -> None:
    options = box.change_to(FIRST)
    box.answer("apply", **options)
    assert box.answer("confirm", token=options["token"])["changed"]
    assert not box.answer("confirm", token=options["token"])["changed"]
    assert "confirmed already" in box.call("rollback", token=options["token"]).answer["msg"]
    assert box.live() == box.boots() == FIRST


def test_absent_leaves_the_gateway_as_it_was_found(box: Box) -> None:
    """Folders of the units that were there stay, and those that we made go; so do the files of a failed change."""
    for links in (None, box.units / "sysinit.target.wants"):
        if links:
            links.mkdir()
        files, rules = box.files(), box.gateway.command("nft", "list", "ruleset")
        box.bring(FIRST)
        options = box.change_to(SECOND, 1)
        box.answer("apply", **options)
        box.wait()
        box.bring(ABSENT)
        assert box.files() == files
        assert box.gateway.command("nft", "list", "ruleset") == rules


def test_absent_takes_away_what_a_first_change_left_that_was_taken_back(box: Box) -> None:
    box.answer("apply", **box.change_to(FIRST, 1))
    box.wait()
    found = box.answer("read")
    assert "nobody confirmed" in found["last_rollback"]
    assert (found["fingerprint"], found["persisted"]) == ("", "incomplete")
    box.bring(ABSENT)
    assert box.files() == {"units": "40755"}


@pytest.mark.parametrize("script", ["flush ruleset\n", "delete set inet msexchange_firewall g_nobody\n"])
def test_a_first_change_that_is_refused_leaves_nothing(box: Box, script: str) -> None:
    for options in ({"script": script}, {"expected_fingerprint": "0" * 64}):
        refused = box.call("apply", **{**box.change_to(FIRST), **options}).answer
        assert refused["failed"]
        assert box.files() == {"units": "40755"}


def test_nft_that_dies_after_the_kernel_took_the_change_leaves_the_former_table(box: Box) -> None:
    """Its exit code says that it failed; without a look at the table the change would stay, and no timer with it."""
    box.bring(FIRST)
    failed = box.call("apply", NFT_DIES_LATE, **box.change_to(SECOND)).answer
    assert failed["failed"]
    assert box.live() == FIRST
    assert not box.waits()


def test_who_is_left_of_a_killed_run_does_not_act_after_the_next_one(box: Box) -> None:
    """The module is killed while its nft still works; the lock stays with nft, so that a rollback comes after it."""
    box.bring(FIRST)
    options = box.change_to(SECOND)
    box.call("apply", Fault("orphan", 1), **options)
    box.answer("rollback", token=options["token"])
    time.sleep(1.5)  # longer than that nft takes, had nobody waited for it
    assert box.live() == FIRST
    assert not box.waits()


@pytest.fixture
def small_disk(box: Box) -> Iterator[Path]:
    """The module's directory on a disk of its own, that a test may fill."""
    box.directory.mkdir(mode=0o700)
    run("mount", "-t", "tmpfs", "-o", "size=128k,mode=0700", "none", str(box.directory))
    yield box.directory
    run("umount", "-l", str(box.directory))


def fill(disk: Path) -> None:
    with suppress(OSError), (disk / "filler").open("wb", buffering=0) as filler:
        while True:
            filler.write(b"0" * 4096)


def test_a_full_disk_keeps_nobody_from_going_back(box: Box, small_disk: Path) -> None:
    box.bring(FIRST)
    box.answer("apply", **box.change_to(SECOND, 2))
    fill(small_disk)
    box.wait()
    assert not box.waits()
    assert box.live() == box.boots() == FIRST
    refused = box.call("apply", **box.change_to(SECOND)).answer
    assert "No space left" in refused["msg"]
    assert not box.waits()
    assert box.live() == box.boots() == FIRST
    (small_disk / "filler").unlink()
    box.bring(SECOND)


def test_a_full_disk_refuses_a_confirmation_that_would_not_survive(box: Box, small_disk: Path) -> None:
    box.bring(FIRST)
    options = box.change_to(SECOND, 3)
    box.answer("apply", **options)
    fill(small_disk)
    assert "No space left" in box.call("confirm", token=options["token"]).answer["msg"]
    box.wait()
    assert box.live() == box.boots() == FIRST


def test_the_next_run_makes_up_for_a_timer_that_was_killed(box: Box) -> None:
    box.bring(FIRST)
    box.answer("apply", **box.change_to(SECOND, 1))
    box.gateway.call(kill_timer, str(box.directory))
    box.wait()
    assert box.live() == SECOND
    assert box.boots() == FIRST
    while box.answer("read")["pending"]:
        box.wait()
    assert box.live() == box.boots() == FIRST

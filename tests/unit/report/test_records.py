# SPDX-License-Identifier: GPL-3.0-or-later
"""Records of attempts, and how a fleet stands after a run."""

from __future__ import annotations

import json
import re

import pytest
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms import applying
from ansible_collections.msexchange.firewall.plugins.plugin_utils.problems import ProblemError
from ansible_collections.msexchange.firewall.plugins.plugin_utils.report import records
from ansible_collections.msexchange.firewall.plugins.plugin_utils.report.records import (
    Attempt,
    Record,
    Standing,
    Standings,
    rollout_text,
    safe_name,
    utc_now,
    who_runs,
)

PLAN, FORMER_PLAN = "a" * 64, "f" * 64
FACTS = {"fingerprint": "before", "peer": "192.0.2.9", "holds": FORMER_PLAN}


@pytest.fixture
def kept(tmp_path):
    return tmp_path / "records"


@pytest.fixture
def attempt(tmp_path, kept):
    record = Record("gw1", "nftables", "present", "add", PLAN, "0123456789ab", user="somebody")
    found = Attempt(record, str(kept), Standings(tmp_path / "standings"), "the_option")
    found.saw(FACTS)
    return found


def only(folder):
    (path,) = folder.glob("*")
    return path, json.loads(path.read_text(encoding="utf-8"))


def test_a_record_is_there_before_anything_is_sent_and_whole_afterwards(attempt, kept):
    attempt.begin({"add": 2, "change": 0, "remove": 0}, "add table\nadd chain\n")
    path, begun = only(kept)
    assert begun["outcome"] == "begun" and begun["ended"] == "" and begun["lines"] == ["add table", "add chain"]
    assert attempt.end("confirmed", "", "the controller", "after") == ""
    again, done = only(kept)
    assert again == path and re.fullmatch(r"\d{8}T\d{6}\.\d{6}Z-gw1-0123456789ab\.json", path.name)
    assert path.stat().st_mode & 0o777 == 0o640
    assert (done["outcome"], done["fingerprint_before"], done["fingerprint_after"]) == ("confirmed", "before", "after")
    assert done["peer"] == "192.0.2.9" and done["started"] < done["ended"] and done["counts"]["add"] == 2


ENDINGS = {
    # outcome -> (recorded, what the device holds, digest of it, fingerprint afterwards, failed)
    "confirmed": (True, "new", PLAN, "after", False),
    "unchanged": (False, "new", PLAN, None, False),
    "compared": (False, "checked", FORMER_PLAN, None, False),
    "refused": (True, "former", FORMER_PLAN, "before", True),
    "went back": (True, "former", FORMER_PLAN, "after", True),
    "unknown": (True, "unknown", "", "after", True),
    "unreadable": (False, "unknown", "", None, True),
    "not compared": (False, "unknown", "", None, False),
    "left to hands": (False, "by_hand", "", None, False),
}


@pytest.mark.parametrize("outcome", ENDINGS)
def test_every_outcome_says_how_the_device_stands(outcome, attempt, kept):
    recorded, holds, plan, fingerprint, failed = ENDINGS[outcome]
    attempt.end(outcome, "why", "who", "after")
    assert attempt.standings.get("gw1") == Standing("gw1", holds, plan, "why", failed)
    assert kept.exists() is recorded
    if recorded:
        _path, found = only(kept)
        assert (found["outcome"], found["why"], found["decided_by"]) == (outcome, "why", "who")
        assert found["fingerprint_after"] == fingerprint


def test_every_ending_of_a_change_is_an_outcome():
    words = {applying.CONFIRMED, applying.REFUSED, applying.WENT_BACK, applying.UNKNOWN}
    assert words <= set(ENDINGS)


def test_what_cannot_be_recorded_is_not_begun_and_a_lost_end_is_a_warning(attempt, kept):
    kept.write_text("a file in the way")
    with pytest.raises(ProblemError, match="no record can be written to"):
        attempt.begin({}, "")
    assert "could not be written" in attempt.end("confirmed")


def test_no_directory_keeps_no_record(attempt, kept):
    attempt.directory = ""
    attempt.begin({}, "")
    assert attempt.end("confirmed") == "" and not kept.exists()


def test_absent_leaves_nothing(attempt):
    attempt.record.state = "absent"
    attempt.end("confirmed")
    assert attempt.standings.get("gw1") == Standing("gw1", "nothing")


@pytest.mark.parametrize("host", ["gw1", "../../etc/x", "a/b", ".hidden", "", "x" * 300, "größe", "a\nb", "a b"])
def test_a_host_names_a_file_of_its_own_in_the_folder(host):
    name = safe_name(host)
    assert re.fullmatch(r"[A-Za-z0-9_~][A-Za-z0-9._~-]{0,100}", name)
    assert (name == host) == (host == "gw1")
    assert safe_name("a/b") != safe_name("a_b")


def test_times_sort():
    times = [utc_now() for _number in range(50)]
    assert times == sorted(times) and all(re.fullmatch(r"[\d-]{10}T[\d:]{8}\.\d{6}Z", one) for one in times)


def test_the_report_names_every_device_under_what_it_holds():
    text = rollout_text(
        [
            Standing("gw2", "former", FORMER_PLAN, "The change was\nnot confirmed.", True),
            Standing("gw1", "new", PLAN),
            Standing("gw4", "untouched"),
            Standing("gw3", "unknown", "", "timed out", True),
            Standing("gw0", "new", PLAN),
        ]
    )
    assert text.splitlines() == [
        "How the devices stand after this run:",
        "  hold the new plan: gw0 and gw1",
        "  hold what they held before:",
        f"    gw2 (plan {FORMER_PLAN[:12]}): The change was not confirmed.",
        "  nobody can say what they hold:",
        "    gw3: timed out",
        "  were not touched by this run:",
        "    gw4",
        "Mend the cause and run again: who holds the new plan stays as it is, the others are brought to it.",
    ]


def test_standings_know_who_failed_and_are_told_once(tmp_path):
    standings = Standings(tmp_path / "none")
    assert standings.failed() == [] and standings.get("gw1") is None
    standings.put(Standing("gw2", "unknown", failed=True))
    standings.put(Standing("gw1", "new"))
    assert standings.failed() == ["gw2"]
    assert [standings.once(), standings.once()] == [True, False]


def test_jobs_of_awx_and_tower():
    assert who_runs({"awx_job_id": 7, "awx_user_name": "amy"}) == ("7", "amy")
    assert who_runs({"tower_job_id": "8", "awx_job_id": ""}) == ("8", "")
    assert who_runs({}) == ("", "")
    assert records.local_user()

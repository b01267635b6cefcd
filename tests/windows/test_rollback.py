# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A change that nobody confirms is taken back by the host, whatever happens meanwhile; one that is confirmed stays."""

from __future__ import annotations

import fcntl
import json
import threading

import pytest
from harness import Refused
from samples import FOREIGN, foreign_rules, rule
from scheduler import SWITCHES, Scheduler

OLD = [rule("a"), rule("b", remote_addresses=["10.0.0.0/8"]), rule("c", description="Größe <2> & \"more\" 'yet'")]
NEW = [rule("a"), rule("b", local_ports=["587"]), rule("d")]


def texts(host):
    return sorted(host.ours().values())


def rests(host):
    """Nothing waits, and nothing lies about."""
    return not (host.kept / "pending.json").exists() and not (host.kept / "restore.ps1").exists() and no_task(host)


def no_task(host):
    return not list((host.folder / "tasks").glob("*"))


@pytest.fixture
def armed(driver, new_host):
    """A host with the old rules and a change to the new ones that waits for its confirmation."""
    host = new_host(foreign_rules(7))
    driver.apply(host, OLD)
    host.before = texts(host)
    driver.arm(host, NEW)
    host.after = texts(host)
    host.time = Scheduler(host, driver)
    return host


def test_what_is_confirmed_stays_whatever_comes_later(driver, armed):
    assert driver.read(armed)["pending"]
    told = driver.confirm(armed, plan="d1")
    assert told["changed"] and told["fingerprint"] == driver.read(armed)["fingerprint"]
    assert not driver.confirm(armed)["changed"], "asked again, since the answer was lost"
    armed.time.restart()
    armed.time.pass_time(3600)
    found = driver.read(armed, NEW)
    assert texts(armed) == armed.after and not found["differs"] and rests(armed)
    assert [found[key] for key in ("pending", "seconds_left", "holds", "last_rollback")] == [False, 0, "d1", ""]
    assert found["persisted"] == found["fingerprint"] and not found["changed"]
    with pytest.raises(Refused, match=r"\[confirmed-already\]$"):
        driver.rollback(armed)
    driver.apply(armed, OLD)
    assert driver.read(armed)["holds"] == "", "the confirmed rules are not there any more"


def test_without_a_confirmation_the_host_goes_back_alone(driver, armed):
    others = {"new-foreign": FOREIGN[3], "foreign-1": FOREIGN[5]}
    armed.set_rules({**armed.rules(), **others})  # somebody else works on the host meanwhile
    foreign = armed.foreign()
    armed.time.pass_time(30)
    assert texts(armed) == armed.after
    armed.time.pass_time(31)
    assert texts(armed) == armed.before and rests(armed) and armed.foreign() == foreign
    found = driver.read(armed)
    assert "nobody confirmed" in found["last_rollback"] and not found["pending"] and not found["changed"]
    for call in (driver.confirm, driver.rollback):
        if call == driver.rollback:
            assert not call(armed)["changed"], "it is back already"
        else:
            with pytest.raises(Refused, match=r"nobody confirmed.*\[nothing-pending\]$"):
                call(armed)


def test_the_shipped_script_goes_back_by_itself(pwsh, driver, armed):
    armed.time.pass_time(60)
    driver.arm(armed, NEW, token="two", seconds=2)
    done = armed.time.run_really(pwsh)
    assert done.returncode == 0 and not done.stdout and not done.stderr
    assert texts(armed) == armed.before and rests(armed)


def test_by_hand_the_script_goes_back_before_the_time(pwsh, armed):
    done = armed.time.run_by_hand(pwsh)
    assert done.returncode == 0 and not done.stdout and not done.stderr
    assert texts(armed) == armed.before and rests(armed)


def test_a_restart_brings_the_former_rules(driver, armed):
    armed.time.restart()
    assert texts(armed) == armed.before and rests(armed)
    assert "restarted before" in driver.read(armed)["last_rollback"]


def test_after_a_restart_with_the_firewall_late_it_is_tried_again(driver, armed):
    armed.set(service="stopped")
    armed.time.restart()
    assert texts(armed) == armed.after
    assert "not running" in json.loads((armed.kept / "outcome.json").read_text(encoding="utf-8"))["reason"]
    armed.set()
    armed.time.pass_time(61)
    assert texts(armed) == armed.before and rests(armed)


@pytest.mark.parametrize("jump", [86400 * 30, 3600, 59, -59, -3600, -80000])
def test_no_set_clock_keeps_the_host_from_going_back_in_time(driver, armed, jump):
    armed.time.pass_time(10)
    armed.time.set_clock(jump)
    armed.time.pass_time(5)
    assert texts(armed) == armed.after, "too early"
    assert 40 <= driver.read(armed)["seconds_left"] <= 45
    armed.time.pass_time(50)
    armed.time.pass_time(60)  # the repetition may come up to a minute later
    assert texts(armed) == armed.before and rests(armed)


@pytest.mark.parametrize("switch", [(key, value) for key, values in SWITCHES.items() for value in values[1:]])
def test_one_trigger_less_still_goes_back(driver, armed, switch):
    armed.time.switches |= dict([switch])
    if switch[0] == "boot_trigger":
        armed.time.restart()
        assert texts(armed) == armed.after
    armed.time.pass_time(61)
    assert texts(armed) == armed.before and rests(armed)


def test_where_no_task_ever_runs_the_next_reading_goes_back(driver, armed):
    armed.time._move_record(-61000)
    told = driver.call("Invoke-RuleOperation", armed, Operation="read", CheckMode=True)
    assert "without check mode" in told["notices"][0] and not told["changed"] and texts(armed) == armed.after
    found = driver.read(armed)
    assert "its task did not run" in found["notices"][0] and found["changed"]
    assert texts(armed) == armed.before and rests(armed) and driver.read(armed)["notices"] == []


def test_the_controller_has_it_go_back_at_once(driver, armed):
    assert driver.rollback(armed)["changed"] and texts(armed) == armed.before and rests(armed)
    assert not driver.rollback(armed)["changed"]
    assert driver.read(armed)["last_rollback"] == "the controller called the change back"


def test_what_may_not_be_confirmed(driver, armed):
    for token in ("other", "One"):
        for call in (driver.confirm, driver.rollback):
            with pytest.raises(Refused, match=r"\[nothing-pending\]$"):
                call(armed, token=token)
    rules = armed.rules()
    armed.set_rules({key: text.replace("LPort=587", "LPort=588") for key, text in rules.items()})
    with pytest.raises(Refused, match=r"\[not-as-applied\]$"):
        driver.confirm(armed)
    armed.set_rules(rules)
    armed.time._move_record(-61000)
    with pytest.raises(Refused, match=r"\[confirmed-too-late\]$"):
        driver.confirm(armed)
    armed.time.pass_time(60)
    assert texts(armed) == armed.before


def test_a_second_job_waits_until_the_first_is_over(driver, armed):
    for check in (True, False):
        for seconds in (0, 60):
            with pytest.raises(Refused, match=r"over in \d+ s.*\[change-pending\]$"):
                driver.arm(armed, [], token="two", seconds=seconds, check=check)
    assert texts(armed) == armed.after
    driver.rollback(armed)
    driver.arm(armed, [], token="two")
    driver.confirm(armed, token="two")
    assert texts(armed) == []


def test_state_absent_leaves_nothing(driver, armed):
    driver.confirm(armed)
    driver.arm(armed, [], token="two")
    armed.time.pass_time(61)
    assert texts(armed) == armed.after, "taking all away is a change like any other"
    driver.arm(armed, [], token="three")
    driver.confirm(armed, token="three")
    assert armed.rules() == foreign_rules(7) and no_task(armed) and not armed.kept.exists()


def test_check_mode_arms_nothing(driver, new_host):
    host = new_host(foreign_rules(2))
    assert driver.arm(host, NEW, check=True)["changed"]
    driver.confirm(host, check=True)
    driver.rollback(host, check=True)
    assert not host.kept.exists() and not (host.folder / "tasks").exists() and host.rules() == foreign_rules(2)


def test_a_lost_task_is_registered_again(driver, armed):
    (armed.folder / "tasks" / "msexchange.firewall rollback.xml").unlink()
    assert "registered again" in driver.read(armed)["notices"][0]
    armed.time.pass_time(61)
    assert texts(armed) == armed.before


def test_a_task_and_files_of_an_earlier_run_are_cleared(driver, armed):
    (armed.kept / "pending.json").unlink()
    assert driver.read(armed)["notices"] == []
    assert texts(armed) == armed.after and rests(armed) and not armed.kept.exists()


def test_a_task_that_finds_nothing_to_do_goes_away(driver, armed):
    for path in armed.kept.iterdir():
        path.unlink()
    driver.call("Complete-Rollback", armed)
    assert no_task(armed) and texts(armed) == armed.after


@pytest.mark.parametrize(
    ("scheduler", "code"), [("stopped", "windows-no-scheduler"), ("disabling", "windows-no-timer")]
)
def test_without_a_way_back_nothing_is_changed(driver, new_host, scheduler, code):
    host = new_host(foreign_rules(3), scheduler=scheduler)
    with pytest.raises(Refused, match=rf"\[{code}\]$"):
        driver.arm(host, NEW)
    assert host.rules() == foreign_rules(3)
    host.set()
    assert driver.read(host)["notices"] == [] and not host.kept.exists() and no_task(host)


@pytest.mark.parametrize("failing", [1, 2, 4, 6])
def test_a_change_that_fails_half_way_is_undone_at_once(driver, new_host, failing):
    host = new_host(foreign_rules(3))
    driver.apply(host, OLD)
    before = texts(host)
    host.set(fail_at=failing)
    with pytest.raises(Refused, match=r"\[windows-access-denied\]$") as told:
        driver.arm(host, NEW)
    host.set()
    assert not told.value.still_loaded and texts(host) == before and rests(host)


def test_a_change_that_fails_and_cannot_be_undone_is_left_to_the_task(driver, new_host):
    host = new_host(foreign_rules(3), stays="yes")
    driver.apply(host, [])
    with pytest.raises(Refused, match=r"\[windows-rule-stays\]$"):
        driver.apply(host, [rule("x")])
        driver.apply(host, [])
    before = texts(host)
    with pytest.raises(Refused) as told:
        driver.arm(host, NEW)
    assert told.value.still_loaded
    host.set()
    time = Scheduler(host, driver)
    time.pass_time(61)
    assert texts(host) == before and rests(host)


RIGHTS = {
    "others may write": "O:BAG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;BU)",
    "others may read": "O:BAG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FR;;;S-1-5-21-1-2-3-1104)",
    "somebody's own": "O:S-1-5-21-1-2-3-1104G:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)",
    "inherited": "O:BAG:SYD:AI(A;OICIID;FA;;;SY)(A;OICIID;FA;;;BA)",
    "no list at all": "O:BAG:SYD:NO_ACCESS_CONTROL",
    "an empty list": "O:BAG:SYD:P",
}


@pytest.mark.parametrize("case", RIGHTS)
def test_a_folder_that_others_can_reach_is_never_used(driver, armed, case):
    armed.set(acl=RIGHTS[case])
    calls = (driver.read, driver.confirm, driver.rollback, lambda host: driver.arm(host, OLD, token="two"))
    for call in (*calls, lambda host: driver.call("Complete-Rollback", host)):
        with pytest.raises(Refused, match=r"\[windows-unsafe-folder\]$"):
            call(armed)
    assert texts(armed) == armed.after
    armed.set()
    armed.time.pass_time(61)
    assert texts(armed) == armed.before


def test_a_link_in_place_of_the_folder_is_never_used(driver, armed, tmp_path):
    armed.kept.rename(tmp_path / "elsewhere")
    armed.kept.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Refused, match=r"\[windows-unsafe-folder\]$"):
        driver.read(armed)


def test_rules_that_somebody_edited_come_back_as_they_were(driver, new_host):
    host = new_host(foreign_rules(3))
    driver.apply(host, OLD)
    a, b, _c = host.ours().items()
    edited = "LUAuth=O:LSD:(A;;CC;;;S-1-5-32-544)|"
    host.set_rules({**host.rules(), a[0]: a[1] + edited, b[0]: b[1] + "IFType=Lan|", "twin": b[1]})
    before = sorted(sorted(text.split("|")) for text in texts(host))
    driver.arm(host, NEW)
    driver.rollback(host)
    assert sorted(sorted(text.split("|")) for text in texts(host)) == before


def test_a_rule_that_could_not_be_brought_back_stops_the_change(driver, new_host):
    host = new_host(foreign_rules(3))
    driver.apply(host, OLD)
    (name, text), *_rest = host.ours().items()
    host.set_rules({**host.rules(), name: text + "Security=Authenticate|"})
    before = host.rules()
    for check in (True, False):
        with pytest.raises(Refused, match=r'"msexchange.firewall rule a".*\[windows-no-return\]$'):
            driver.arm(host, [], check=check)
    assert host.rules() == before and not host.kept.exists()


def test_a_run_waits_for_the_lock_of_another(driver, armed):
    path = armed.kept / "lock"
    with path.open("w", encoding="ascii") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        with pytest.raises(Refused, match=r"\[lock-held\]$"):
            driver.confirm(armed)
        timer = threading.Timer(2, lambda: fcntl.flock(handle, fcntl.LOCK_UN))
        timer.start()
        assert driver.confirm(armed)["changed"]
        timer.join()
    assert texts(armed) == armed.after and rests(armed)


@pytest.mark.parametrize(
    ("connections", "peer"),
    [("192.0.2.9", "192.0.2.9"), ("fe80::5%7,fe80::5%7", "fe80::5"), ("192.0.2.9,192.0.2.8", ""), ("", "")],
)
def test_the_peer_is_told_only_where_it_is_certain(driver, new_host, connections, peer):
    assert driver.read(new_host(connections=connections))["peer"] == peer

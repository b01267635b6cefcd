# SPDX-License-Identifier: GPL-3.0-or-later
"""The module nftables_table on a gateway of its own: real nft, real timers, real files."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms import nftables
from ansible_collections.msexchange.firewall.tests.unit.platforms.nft import Nft, namespace
from ansible_collections.msexchange.firewall.tests.unit.platforms.samples import MAILBOX, piece, rule

MODULE = "ansible_collections.msexchange.firewall.plugins.modules.nftables_table"
ROOT = Path(__file__).resolve().parents[2]
FOREIGN = """
table inet firewalld {
  chain filter_FORWARD { type filter hook forward priority 10; policy accept; ct state invalid drop; };
}
table ip filter { chain FORWARD { type filter hook forward priority 0; policy accept; counter; }; }
"""
FIRST = nftables.wanted(piece(rule()), "add")
SECOND = nftables.wanted(piece(rule(), rule("r2", flow="pop", ports=((110, 110),), destination=MAILBOX)), "enforce")
OURS = "inet msexchange_firewall"


class Gateway:
    """A namespace with foreign tables, a directory and a unit folder."""

    def __init__(self, nft: Nft, folder: Path) -> None:
        self.nft = nft
        self.directory = folder / "state"
        self.unit = folder / "units" / "msexchange-firewall.service"
        self.unit.parent.mkdir()
        nft.load(FOREIGN)
        self.token = "t1"
        self.program = ["-m", MODULE]

    def start(self, operation: str, **options: object) -> subprocess.Popen:
        arguments = {"operation": operation, "directory": str(self.directory), "boot_unit": str(self.unit), **options}
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(ROOT / ".work" / "collections")}
        process = subprocess.Popen(
            [*self.nft.prefix, sys.executable, *self.program],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, start_new_session=True,
        )  # fmt: skip
        process.stdin.write(json.dumps({"ANSIBLE_MODULE_ARGS": arguments}))
        process.stdin.close()
        process.stdin = None
        return process

    def __call__(self, operation: str, **options: object) -> dict:
        out, _err = self.start(operation, **options).communicate(timeout=60)
        return json.loads(out)

    def apply(self, wanted: nftables.Table, seconds: int = 60, **options: object) -> dict:
        found = self("read")
        changes = nftables.changes(nftables.parse(found["table"]), wanted)
        values = {
            "script": nftables.script(changes.operations),
            "undo": nftables.script(changes.undo),
            "expected_fingerprint": found["fingerprint"],
            "rollback_seconds": seconds,
            "token": self.token,
            **options,
        }
        return self("apply", **values)

    def table(self) -> nftables.Table:
        return nftables.parse(self.nft.table())

    def others(self) -> str:
        tables = [self.nft.run("list", "table", *name.split()) for name in ("inet firewalld", "ip filter")]
        return "".join(tables)

    def pending(self) -> dict:
        return json.loads((self.directory / "pending.json").read_text())

    def waits(self) -> bool:
        return (self.directory / "pending.json").exists()


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    folder = Path(tempfile.mkdtemp(prefix="msexchange-lab-"))
    for nft in namespace():
        found = Gateway(nft, folder)
        before = found.others()
        yield found
        assert found.others() == before, "a foreign table changed"
        if found.waits():
            os.kill(found.pending()["pid"], signal.SIGKILL)
    shutil.rmtree(folder)


def until(met: Callable[[], bool], seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def test_reading_changes_nothing_and_leaves_nothing(gateway: Gateway) -> None:
    found = gateway("read")
    assert (found["table"], found["fingerprint"], found["persisted"], found["pending"]) == ("", "", "", False)
    assert "firewalld" in found["ruleset"]
    assert not gateway.directory.exists()
    assert found["changed"] is False


def test_confirmed_stays_and_boots(gateway: Gateway) -> None:
    began = time.monotonic()
    applied = gateway.apply(FIRST)
    assert time.monotonic() - began < 20, "the timer held the module's output open"
    assert nftables.parse(applied["table"]) == FIRST
    timer = gateway.pending()["pid"]
    gateway("confirm", token="t1")
    until(lambda: not Path(f"/proc/{timer}").exists())
    found = gateway("read")
    assert found["persisted"] == found["fingerprint"] == applied["fingerprint"]
    for other in ("sysinit.target", "nftables.service"):
        assert os.readlink(gateway.unit.parent / f"{other}.wants" / gateway.unit.name) == f"../{gateway.unit.name}"
    gateway.nft.run("delete", "table", *OURS.split())
    line = next(line for line in gateway.unit.read_text().splitlines() if line.startswith("ExecStart="))
    gateway.nft.run(*line.split("=", 1)[1].split()[1:])
    assert gateway("read")["fingerprint"] == found["persisted"]


def test_unconfirmed_goes_back_by_itself_with_its_counters(gateway: Gateway) -> None:
    gateway.apply(FIRST)
    gateway("confirm", token="t1")
    before = gateway.nft.run("list", "table", *OURS.split())
    gateway.apply(SECOND, seconds=2)
    assert gateway.table() == SECOND
    until(lambda: not gateway.waits())
    assert gateway.table() == FIRST
    assert sorted(gateway.nft.run("list", "table", *OURS.split()).splitlines()) == sorted(before.splitlines())
    found = gateway("read")
    assert "nobody confirmed" in found["last_rollback"]
    assert found["persisted"] == found["fingerprint"]


def test_the_timer_outlives_whoever_applied(gateway: Gateway) -> None:
    """The module is killed the moment the way back is armed, and its session with it."""
    changes = nftables.changes(nftables.ABSENT, FIRST)
    process = gateway.start("apply", script=nftables.script(changes.operations), token="t1", rollback_seconds=3)
    until(lambda: gateway.waits() and "pid" in gateway.pending())
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert gateway.waits()
    until(lambda: not gateway.waits())
    assert gateway.table() == nftables.ABSENT


def test_a_second_change_must_wait(gateway: Gateway) -> None:
    gateway.apply(FIRST)
    refused = gateway.apply(SECOND, token="t2")
    assert refused["failed"]
    assert "another change waits" in refused["msg"]
    assert gateway.table() == FIRST
    assert gateway("confirm", token="t1")["changed"]


def test_two_at_once_make_one_change(gateway: Gateway) -> None:
    script = nftables.script(nftables.changes(nftables.ABSENT, FIRST).operations)
    both = [gateway.start("apply", script=script, token=token) for token in ("a", "b")]
    results = [json.loads(process.communicate(timeout=60)[0]) for process in both]
    assert sorted(bool(one.get("failed")) for one in results) == [False, True]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"expected_fingerprint": "0" * 64}, "changed since it was read"),
        ({"script": "flush ruleset\n", "undo": ""}, f"not about {OURS} alone"),
        ({"script": f'add table {OURS} {{ comment "x"; }}; flush ruleset\n', "undo": ""}, "alone"),
        ({"script": f"add table {OURS}\nadd table inet x\n", "undo": ""}, "alone"),
        ({"script": f"add table {OURS}\n", "undo": "delete table ip filter\n"}, "alone"),
        ({"script": f"delete set {OURS} g_nobody\n", "undo": ""}, "nft -c -f - failed"),
        ({"undo": f"delete set {OURS} g_nobody\n"}, "nft -c -f - failed"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_happens(gateway: Gateway, options: dict, words: str) -> None:
    refused = gateway.apply(FIRST, **options)
    assert refused["failed"]
    assert words in refused["msg"]
    assert gateway.table() == nftables.ABSENT
    assert not gateway.waits()


def test_a_wrong_or_late_confirmation_is_refused(gateway: Gateway) -> None:
    assert "no change waits" in gateway("confirm", token="t1")["msg"]
    gateway.apply(FIRST, seconds=2)
    assert "no change with this token" in gateway("confirm", token="other")["msg"]
    until(lambda: not gateway.waits())
    assert "nobody confirmed" in gateway("confirm", token="t1")["msg"]
    assert gateway("rollback", token="t1")["changed"] is False


def test_what_somebody_else_changed_meanwhile_is_not_confirmed(gateway: Gateway) -> None:
    gateway.apply(FIRST)
    gateway.nft.run("flush", "chain", *OURS.split(), "forward")
    assert "no longer what was applied" in gateway("confirm", token="t1")["msg"]
    assert gateway("rollback", token="t1")["changed"]
    assert gateway.table() == nftables.ABSENT


# runs the module with an nft that breaks once a change is in
BREAKS = f"""
import runpy
from {MODULE.replace("modules.nftables_table", "module_utils.gateway.nft")} import GatewayError, Nft
load = Nft.load
def breaks(self, *arguments, **options):
    raise GatewayError("nft broke")
def loads_once(self, script, lock=None):
    load(self, script, lock)
    Nft._must = Nft._call = breaks
    breaks(self)
Nft.load = loads_once
runpy.run_module("{MODULE}", run_name="__main__")
"""


def test_a_change_that_fails_and_cannot_be_taken_back_at_once_says_so(gateway: Gateway) -> None:
    """Whoever hears "failed" must not believe that the former rules stand."""
    gateway.program = ["-c", BREAKS]
    script = nftables.script(nftables.changes(nftables.ABSENT, FIRST).operations)
    answer = gateway("apply", script=script, token="t1", expected_fingerprint="", rollback_seconds=2)
    assert answer["failed"] and answer["still_loaded"] and gateway.table() == FIRST
    gateway.program = ["-m", MODULE]
    until(lambda: "restored" in gateway("read")["last_rollback"] or gateway.table() == nftables.ABSENT)
    gateway("read")
    assert gateway.table() == nftables.ABSENT and not gateway.waits()


def test_rollback_on_request(gateway: Gateway) -> None:
    gateway.apply(FIRST)
    gateway("confirm", token="t1")
    gateway.apply(SECOND, token="t2")
    assert nftables.parse(gateway("rollback", token="t2")["table"]) == FIRST
    assert not gateway.waits()


def test_absent_leaves_nothing(gateway: Gateway) -> None:
    gateway.apply(SECOND)
    gateway("confirm", token="t1")
    gateway.apply(nftables.ABSENT)
    gateway("confirm", token="t1")
    assert gateway.nft.table() == ""
    assert not gateway.directory.exists()
    assert list(gateway.unit.parent.iterdir()) == []
    assert gateway("read")["persisted"] == ""


def test_a_removal_that_was_cut_after_it_counted_is_finished_by_whoever_looks_next(gateway: Gateway) -> None:
    gateway.apply(SECOND)
    gateway("confirm", token="t1")
    gateway.apply(nftables.ABSENT, token="t2")
    record = {
        **gateway.pending(),
        "confirming": {"sha256": "", "token": "t2", "plan": "", "fingerprint": "", "table": ""},
    }
    os.kill(record["pid"], signal.SIGKILL)
    (gateway.directory / "pending.json").write_text(json.dumps(record))
    (gateway.directory / "confirmed.nft").unlink()
    assert gateway("confirm", token="t2").get("failed") is None, "it counted, so asking again is no failure"
    assert not gateway.directory.exists() and list(gateway.unit.parent.iterdir()) == []


def test_a_flushed_table_is_remembered_as_it_was_confirmed(gateway: Gateway) -> None:
    gateway.apply(SECOND)
    gateway("confirm", token="t1")
    assert gateway("read")["confirmed_table"] == ""
    gateway.nft.run("delete", "table", *OURS.split())
    assert nftables.parse(gateway("read")["confirmed_table"]) == SECOND


def test_files_that_went_missing_are_noticed_and_written_again(gateway: Gateway) -> None:
    gateway.apply(FIRST)
    gateway("confirm", token="t1")
    gateway.unit.unlink()
    assert gateway("read")["persisted"] == "incomplete"
    gateway.apply(FIRST)
    gateway("confirm", token="t1")
    found = gateway("read")
    assert found["persisted"] == found["fingerprint"]


def test_a_timer_that_was_killed_is_replaced_or_made_up_for(gateway: Gateway) -> None:
    gateway.apply(FIRST, seconds=4)
    os.kill(gateway.pending()["pid"], signal.SIGKILL)
    assert "started again" in gateway("read")["notices"][0]
    os.kill(gateway.pending()["pid"], signal.SIGKILL)
    time.sleep(4)
    assert "without check mode" in gateway("read", _ansible_check_mode=True)["notices"][0]
    assert gateway.table() == FIRST
    assert "the former table was restored" in gateway("read")["notices"][0]
    assert gateway.table() == nftables.ABSENT


def test_after_a_restart_nothing_is_restored(gateway: Gateway) -> None:
    gateway.apply(FIRST)
    record = gateway.pending()
    (gateway.directory / "pending.json").write_text(json.dumps({**record, "boot_id": "before"}))
    assert "restarted" in gateway("read")["notices"][0]
    assert gateway.table() == FIRST
    assert not gateway.waits()


def test_check_mode_asks_the_kernel_and_changes_nothing(gateway: Gateway) -> None:
    assert gateway.apply(FIRST, _ansible_check_mode=True)["changed"]
    assert gateway.nft.table() == ""
    assert not gateway.directory.exists()
    assert gateway.apply(FIRST, script="nonsense", _ansible_check_mode=True)["failed"]


@pytest.mark.parametrize("mode", [0o755, 0o777])
def test_a_directory_that_others_can_reach_is_refused(gateway: Gateway, mode: int) -> None:
    gateway.directory.mkdir()
    gateway.directory.chmod(mode)
    assert "mode 0700" in gateway("read")["msg"]


def test_a_directory_that_others_can_replace_is_refused(gateway: Gateway) -> None:
    gateway.directory.parent.chmod(0o777)
    refused = gateway("apply", script="", token="t1")
    assert "can be changed by others" in refused["msg"]
    gateway.directory.parent.chmod(0o700)
    gateway.directory.symlink_to("/etc")
    assert "is no directory" in gateway("apply", script="", token="t1")["msg"]

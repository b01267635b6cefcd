# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the gateway's module in forked children that die at a chosen step; everything here runs in a namespace's worker.

A step is whatever leaves a trace: a change of the disk, a new process, a signal, a transaction of nft. The rollback
timer is a child of such a child, so its steps count on where the module's end.
"""

from __future__ import annotations

import json
import mmap
import os
import signal
import struct
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ansible.module_utils import basic
from ansible_collections.msexchange.firewall.plugins.modules import nftables_table

DISK = ("rename", "replace", "unlink", "mkdir", "rmdir", "symlink")
PROCESSES = ("fork", "kill")
# what a shell does in the place of nft, which is all of its arguments
SHELLS = {
    ("nft", "before"): "kill -9 $$",
    ("nft", "after"): '"$@"; kill -9 $$',
    ("orphan", ""): 'kill -9 $PPID; sleep 1; exec "$@"',
}
RUN_COMMAND = basic.AnsibleModule.run_command


@dataclass(frozen=True)
class Fault:
    """``step``: killed before its n-th step. ``seconds``: killed after that time. ``nft``: its n-th load is killed.

    ``orphan``: killed while its n-th load is at work, which takes a second then and goes on alone.
    """

    kind: str = ""
    number: float = 0
    when: str = ""  # of nft: before or after its work

    def __str__(self) -> str:
        return f"{self.kind} {self.number:g} {self.when}".strip()


NO_FAULT = Fault()


@dataclass(frozen=True)
class Outcome:
    """What a call came to: ``answer`` is empty where the process was killed before it could say anything."""

    answer: dict
    steps: int
    loads: int
    killed: bool


class Counters:
    """Numbers that a process shares with all that it forks."""

    def __init__(self) -> None:
        self.memory = mmap.mmap(-1, 16)

    def add(self, which: int) -> int:
        values = list(struct.unpack("qq", self.memory[:16]))
        values[which] += 1
        self.memory[:16] = struct.pack("qq", *values)
        return values[which]

    def values(self) -> tuple[int, int]:
        return struct.unpack("qq", self.memory[:16])


def operate(arguments: dict, fault: Fault = NO_FAULT) -> Outcome:
    """One call of the module to its end, and what it answered."""
    return operate_at_once([arguments], fault)[0]


def operate_at_once(calls: list[dict], fault: Fault = NO_FAULT) -> list[Outcome]:
    """Several calls side by side, as jobs of several controllers would make them."""
    started = [_start(arguments, fault) for arguments in calls]
    return [_finish(*one, fault) for one in started]


def _start(arguments: dict, fault: Fault) -> tuple[int, int, Counters]:
    counters = Counters()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _be_the_module(arguments, fault, writer, counters)
    os.close(writer)
    return child, reader, counters


def _finish(child: int, reader: int, counters: Counters, fault: Fault) -> Outcome:
    if fault.kind == "seconds":
        time.sleep(fault.number)
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reader, "rb") as pipe:
        text = pipe.read()
    _pid, status = os.waitpid(child, 0)
    try:
        answer = json.loads(text)
    except ValueError:
        answer = {}
    if not answer and not os.WIFSIGNALED(status):
        raise RuntimeError(f"the module said nothing that can be read: {text.decode(errors='replace')}")
    return Outcome(answer, *counters.values(), os.WIFSIGNALED(status))


def _be_the_module(arguments: dict, fault: Fault, writer: int, counters: Counters) -> None:
    """In the child: what Ansible does on a gateway, without starting Python anew. Never returns."""
    try:
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(writer, 1)
        os.close(writer)
        sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
        basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode()
        basic._ANSIBLE_PROFILE = "legacy"
        _count_steps(fault, counters)
        nftables_table.main()
    except SystemExit:
        sys.stdout.flush()
        os._exit(0)
    except BaseException:
        sys.stdout.write(traceback.format_exc())
        sys.stdout.flush()
    os._exit(1)


def _count_steps(fault: Fault, counters: Counters) -> None:
    real_kill = os.kill

    def step() -> None:
        if counters.add(0) == fault.number and fault.kind == "step":
            real_kill(os.getpid(), signal.SIGKILL)

    def counted(real: Callable, *arguments: object, **options: object) -> object:
        step()
        return real(*arguments, **options)

    def run_command(module: basic.AnsibleModule, command: list[str], **options: object) -> tuple:
        if "-f" in command and "-c" not in command:
            step()
            if counters.add(1) == fault.number and (fault.kind, fault.when) in SHELLS:
                command = ["/bin/sh", "-c", SHELLS[fault.kind, fault.when], "nft", *command]
        return RUN_COMMAND(module, command, **options)

    for name in (*DISK, *PROCESSES):
        setattr(os, name, partial(counted, getattr(os, name)))
    basic.AnsibleModule.run_command = run_command


def kill_timer(directory: str) -> None:
    """Kill the rollback timer of a pending change, where there is one."""
    try:
        os.kill(json.loads(Path(directory, "pending.json").read_text(encoding="utf-8"))["pid"], signal.SIGKILL)
    except (OSError, KeyError):
        return

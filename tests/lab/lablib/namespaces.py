# SPDX-License-Identifier: GPL-3.0-or-later
"""Network namespaces: make them, and run Python functions inside them in a worker process."""

from __future__ import annotations

import ctypes
import itertools
import os
import pickle
import re
import signal
import subprocess
import time
import traceback
from multiprocessing import Pipe
from pathlib import Path

CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)
# `nft` and `sshd` live where the PATH of users on Debian does not look.
PATHS = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin"])
COUNTER = itertools.count(1)


class WorkerError(Exception):
    """A function failed inside a namespace; the message holds its traceback."""


def run(*command: str, text: str | None = None) -> str:
    """Run a command to its end and return its output; a failure shows what it wrote."""
    environment = {**os.environ, "PATH": PATHS}
    done = subprocess.run(
        command, input=text, capture_output=True, text=True, check=False, timeout=300, env=environment
    )
    if done.returncode:
        told = done.stderr.strip() or done.stdout.strip()
        raise RuntimeError(f"{' '.join(command)} returned {done.returncode}: {told}")
    return done.stdout


def enter(name: str) -> None:
    """Move this thread into the named network namespace (os.setns needs Python 3.12)."""
    handle = os.open(f"/run/netns/{name}", os.O_RDONLY)
    try:
        if LIBC.setns(handle, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"setns {name}")
    finally:
        os.close(handle)


def die_with_parent() -> None:
    """In a child: have the kernel end us when the process that started us is gone, however it ended."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def forget_dead_runs() -> None:
    """Remove the namespaces of runs that were killed: their names hold the process id of the run."""
    for line in run("ip", "netns", "list").splitlines():
        found = re.match(r"msx(\d+)-", line)
        if not found or Path("/proc", found.group(1)).exists():
            continue
        name = line.split()[0]
        try:
            run("ip", "netns", "del", name)
        except RuntimeError:
            if Path("/run/netns", name).exists():
                raise  # else another run that starts just now was faster


class Worker:
    """A process that lives in one namespace and calls functions there, one after the other."""

    def __init__(self, namespace: str) -> None:
        self.namespace = namespace
        self.pipe, far = Pipe()
        parent = os.getpid()
        self.pid = os.fork()
        if self.pid == 0:
            self.pipe.close()
            self._serve(far, parent)
        far.close()

    def _serve(self, pipe, parent: int) -> None:
        # Siblings hold copies of our pipe, so its end would not tell that the test run is gone: this signal does.
        die_with_parent()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            enter(self.namespace)
            while os.getppid() == parent:
                function, arguments = pickle.loads(pipe.recv_bytes())
                pipe.send(_answer(function, arguments))
        except EOFError:
            os._exit(0)
        except BaseException:
            traceback.print_exc()
        os._exit(1)

    def call(self, function, *arguments, timeout: float = 120):
        """Call ``function(*arguments)`` inside the namespace; it must be importable by name."""
        self.send(function, *arguments)
        return self.receive(timeout)

    def send(self, function, *arguments) -> None:
        self.pipe.send_bytes(pickle.dumps((function, arguments)))

    def receive(self, timeout: float = 120):
        if not self.pipe.poll(timeout):
            raise WorkerError(f"{self.namespace}: no answer in {timeout} s")
        good, value = self.pipe.recv()
        if not good:
            raise WorkerError(f"{self.namespace}: {value}")
        return value

    def close(self) -> None:
        self.pipe.close()
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def _answer(function, arguments) -> tuple[bool, object]:
    try:
        return True, function(*arguments)
    except Exception:
        return False, traceback.format_exc()


class Namespace:
    """One network namespace with its worker; `close` ends every process in it and removes it."""

    def __init__(self, label: str) -> None:
        self.name = f"msx{os.getpid()}-{next(COUNTER)}-{label}"
        run("ip", "netns", "add", self.name)
        run("ip", "-n", self.name, "link", "set", "lo", "up")
        self.worker = Worker(self.name)
        self.call = self.worker.call

    def ip(self, lines: list[str]) -> None:
        """Run lines of `ip` in one go."""
        if lines:
            run("ip", "-n", self.name, "-batch", "-", text="\n".join(lines) + "\n")

    def nft(self, script: str) -> str:
        return run("ip", "netns", "exec", self.name, "nft", "-f", "-", text=script)

    def command(self, *words: str) -> str:
        return run("ip", "netns", "exec", self.name, *words)

    def sysctl(self, values: dict[str, int | str]) -> None:
        self.call(write_sysctls, values)

    def end_processes(self) -> None:
        """End what runs in this namespace (it is ours, so nothing else can be in it), but for the worker."""
        for _attempt in range(40):
            processes = {int(word) for word in run("ip", "netns", "pids", self.name).split()} - {self.worker.pid}
            for process in processes:
                _kill(process)
            if not processes:
                return
            time.sleep(0.05)

    def close(self) -> None:
        """Sessions of sshd and rollback timers end with it."""
        self.end_processes()
        self.worker.close()
        run("ip", "netns", "del", self.name)


def _kill(process: int) -> None:
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return


def write_sysctls(values: dict[str, int | str]) -> None:
    """Set sysctls of the namespace we are in, e.g. ``{"net/ipv4/ip_forward": 1}``."""
    for key, value in values.items():
        Path("/proc/sys", key).write_text(str(value), encoding="ascii")

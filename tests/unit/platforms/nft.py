# SPDX-License-Identifier: GPL-3.0-or-later
"""The real nft in a network namespace of its own, for tests that ask the kernel."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator

import pytest

_UNSHARE = ["unshare", "--net"]


def why_not() -> str:
    """Why the real nft cannot be asked here; empty where it can."""
    missing = [tool for tool in ("nft", "unshare", "nsenter") if shutil.which(tool) is None]
    if missing:
        return f"{', '.join(missing)} not installed"
    probe = subprocess.run([*_UNSHARE, "nft", "list", "ruleset"], capture_output=True, text=True, check=False)
    return "" if probe.returncode == 0 else f"no network namespace or no nftables: {probe.stderr.strip()}"


class Nft:
    """One namespace; it lives as long as the process that holds it."""

    def __init__(self) -> None:
        self.holder = subprocess.Popen([*_UNSHARE, "sh", "-c", "echo ready; exec sleep 3600"], stdout=subprocess.PIPE)
        self.holder.stdout.readline()
        self.prefix = ["nsenter", f"--net=/proc/{self.holder.pid}/ns/net"]

    def run(self, *arguments: str, stdin: str = "") -> str:
        done = subprocess.run(
            [*self.prefix, "nft", *arguments], input=stdin, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"nft {arguments}: {done.stderr}\n{stdin}"
        return done.stdout

    def load(self, script: str) -> None:
        self.run("-f", "-", stdin=script)

    def table(self, name: str = "inet msexchange_firewall") -> str:
        command = [*self.prefix, "nft", "-j", "list", "table", *name.split()]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout

    def close(self) -> None:
        self.holder.kill()
        self.holder.wait()
        self.holder.stdout.close()


def namespace() -> Iterator[Nft]:
    """A fixture's body: skips with the reason where the real nft cannot be asked."""
    reason = why_not()
    if reason:
        pytest.skip(f"the real nft is not asked: {reason} (uid {os.geteuid()})")
    nft = Nft()
    yield nft
    nft.close()

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fleet's plan on disk: computed once a play by whoever comes first, then read slice by slice.

Ansible runs every host's task in a process of its own, so the plan is shared through files that only this user can
read, in the temporary directory that Ansible removes when it ends. A lock makes the first process compute and the
others wait.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..atomic import replace_file
from ..problems import Problem, ProblemError

#: what must be said, word for word, to filter inside the support boundary
ACKNOWLEDGEMENT = "I know that Microsoft does not support this"

_SHORT = 500
_PIECES = "pieces.json"


@dataclass(frozen=True)
class Options:
    """What decides a plan besides the inventory."""

    narrow: bool = False
    resolve_names: bool = False

    def key(self) -> str:
        return f"{int(self.narrow)}{int(self.resolve_names)}"


@dataclass(frozen=True)
class Contents:
    """What is kept of a plan, as plain data."""

    summary: dict[str, Any]
    hosts: Mapping[str, dict[str, Any]]
    texts: Mapping[str, str]
    # what several hosts need, each once, by name; a host's part names its own under "needs"
    pieces: Mapping[str, Any] = field(default_factory=dict)


class PlanStore:
    """The files of one play's plan."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def ensure(self, make: Callable[[], Contents]) -> tuple[dict[str, Any], bool]:
        """The plan's summary, and whether this call computed it."""
        summary = self.directory / "summary.json"
        if summary.exists():  # written last, in one step
            return json.loads(summary.read_text()), False
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(self.directory / "lock"):
            if summary.exists():
                return json.loads(summary.read_text()), False
            try:
                content = self._written(make())
            except ProblemError as error:
                content = {"problems": [vars(problem) for problem in error.problems]}
            _write(summary, content)
            return content, True

    def _written(self, contents: Contents) -> dict[str, Any]:
        for name, text in contents.texts.items():
            _write(self.directory / name, text)
        places = self._write_pieces(contents.pieces) if contents.pieces else {}
        for name, part in contents.hosts.items():
            needs = part.get("needs")
            at = {"at": {need: places[need] for need in needs}} if needs else {}
            _write(self._path(name), {**{key: value for key, value in part.items() if key != "needs"}, **at})
        return contents.summary

    def _write_pieces(self, pieces: Mapping[str, Any]) -> dict[str, tuple[int, int]]:
        """One file for all, and where each stands in it, since a host of thousands reads only a few of them."""
        places: dict[str, tuple[int, int]] = {}
        lines, offset = [], 0
        for name, piece in pieces.items():
            lines.append(json.dumps(piece, separators=(",", ":")))  # ASCII, so that characters are bytes
            places[name] = (offset, len(lines[-1]))
            offset += len(lines[-1]) + 1
        replace_file(self.directory / _PIECES, "\n".join(lines), 0o600)
        return places

    def pieces(self, part: Mapping[str, Any]) -> dict[str, Any]:
        """What a host's part refers to, by name."""
        found = {}
        with (self.directory / _PIECES).open("rb") as stream:
            for name, (offset, length) in part.get("at", {}).items():
                stream.seek(offset)
                found[name] = json.loads(stream.read(length))
        return found

    def text(self, name: str) -> str:
        """One of the texts that were made with the plan."""
        return json.loads((self.directory / name).read_text())

    def once(self, deed: str) -> bool:
        """True for the first caller of the play that asks for this deed, and for nobody after it."""
        mark = self.directory / f"{hashlib.sha256(deed.encode()).hexdigest()[:32]}.done"
        try:
            mark.touch(mode=0o600, exist_ok=False)
        except FileExistsError:
            return False
        return True

    def host(self, name: str) -> dict[str, Any]:
        """What was written for a host; empty for one that the inventory did not have when the plan was made."""
        path = self._path(name)
        return json.loads(path.read_text()) if path.exists() else {}

    def _path(self, host: str) -> Path:
        return self.directory / f"{hashlib.sha256(host.encode()).hexdigest()[:32]}.json"


def stamp(value: Any) -> Any:
    """A value to compare by: a long one as its digest, since every host's file has those of the whole fleet."""
    text = json.dumps(value, sort_keys=True, default=str)
    return value if len(text) <= _SHORT else f"sha256 {hashlib.sha256(text.encode()).hexdigest()}"


def differences(
    name: str, variables: Iterable[str], stored: Mapping[str, Any], seen: Mapping[str, Any]
) -> list[Problem]:
    """Where a task sees another value of one of these inventory variables than the plan was made from (its stamp)."""
    problems = []
    for variable in variables:
        planned, here = stored.get(variable), seen.get(variable)
        if planned == stamp(here):
            continue
        shown = repr(here) if len(repr(here)) <= _SHORT else f"{repr(here)[:_SHORT]}..."
        what = "lacks it" if planned is None else "has another value"
        text = (
            f"this task sees {shown}, but the inventory {what}. The plan is made from the inventory alone, for all "
            "hosts at once: set exchange_* in the inventory, host_vars or group_vars, not for a play, a role or a task."
        )
        problems.append(Problem("not-from-inventory", name, variable, text))
    return problems


def _write(path: Path, content: Any) -> None:
    """Readable for this user alone; others may be waiting to read it."""
    replace_file(path, json.dumps(content, separators=(",", ":")), 0o600)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield

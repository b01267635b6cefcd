# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs `ansible-test sanity` on a copy of the tree: sanity.py ENVIRONMENT [OPTION...]; the environment has the core."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import environments
import tree

# All Pythons that one of these cores can meet on a target; those that this machine has are tried.
SERIES = [f"3.{minor}" for minor in range(6, 15)]
# The names under which ansible-core 2.16 to 2.21 look for the get-pip they downloaded before.
STAND_INS = ("get_pip_23_1_2.py", "get_pip_24_2.py", "get_pip_25_2.py")


def prepare_home(name: str) -> Path:
    """A home of its own under .work/, so that the environments of ansible-test don't land in the user's home."""
    home = environments.WORK / f"sanity-{name}" / "home"
    cache = home / ".ansible/test/cache"
    cache.mkdir(parents=True, exist_ok=True)
    for name in STAND_INS:
        shutil.copyfile(environments.ROOT / "tools/get_pip.py", cache / name)
    for settings in (".config/pip", ".pip"):  # the user's choice of a package registry holds there too
        theirs, ours = Path.home() / settings, home / settings
        if theirs.exists() and not ours.exists():
            ours.parent.mkdir(parents=True, exist_ok=True)
            ours.symlink_to(theirs)
    return home


def pythons(home: Path) -> list[str]:
    """The directories to search for Pythons: one with the real ones, then PATH without shims that may fail."""
    directory = home / "bin"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    for series in SERIES:
        found = environments.find_python(series)
        if found:
            (directory / f"python{series}").symlink_to(found[0])
    return [str(directory), *(entry for entry in os.environ["PATH"].split(os.pathsep) if Path(entry).name != "shims")]


def main() -> int:
    name, *options = sys.argv[1:]
    copy = tree.copy(f"sanity-{name}")
    # The copy lies in a folder that git ignores here: without a repository of its own ansible-test sees no file in it.
    subprocess.run(["git", "init", "--quiet", "."], cwd=copy, check=True)
    home = prepare_home(name)
    executables = environments.bin_directory(name)
    environment = os.environ | {"HOME": str(home), "PATH": os.pathsep.join([str(executables), *pythons(home)])}
    for variable in ("PYTHONPATH", "ANSIBLE_COLLECTIONS_PATH", "VIRTUAL_ENV"):
        environment.pop(variable, None)
    command = [str(executables / "ansible-test"), "sanity", "--venv", "--color", "no", *options]
    return subprocess.run(command, cwd=copy, env=environment, stdin=subprocess.DEVNULL, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs `ansible-test sanity` on a copy of the tree: sanity.py ENVIRONMENT [OPTION...]; the environment has the core.

validate-modules asks a `pwsh` for the options of a PowerShell module, and crashes where there is none. With one, pslint
would want to install an analyzer from a gallery. So validate-modules runs apart, with a pwsh on PATH if one is found.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import environments
import tree

sys.path.insert(0, str(environments.ROOT / "tests" / "windows"))
from harness import find_pwsh  # the tests' way to find one

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


APART = "validate-modules"


def runs(options: list[str]) -> list[tuple[list[str], str]]:
    """Options of each run of ansible-test, and the pwsh that is on PATH for it."""
    named = [value for option, value in pairwise(options) if option == "--test"]
    if named and APART not in named:
        return [(options, "")]
    pwsh = find_pwsh()
    apart = options if named else [*options, "--test", APART]
    if not pwsh:
        print(f"{APART} leaves out PowerShell modules: no pwsh was found", flush=True)
        apart = [*apart, *(path for path in python_modules())]
    others = [([*options, "--skip-test", APART], "")] if not named else []
    return [*others, (apart, pwsh)]


def python_modules() -> list[str]:
    """Everything that validate-modules looks at, but for PowerShell modules and their documentation."""
    modules = [path for path in tree.files() if path.parts[:2] == ("plugins", "modules")]
    scripts = {path.stem for path in modules if path.suffix == ".ps1"}
    others = [path for path in tree.files() if path.parts[0] == "plugins" and path.suffix == ".py"]
    return [str(path) for path in others if path.stem not in scripts]


def main() -> int:
    name, *options = sys.argv[1:]
    copy = tree.copy(f"sanity-{name}")
    # The copy lies in a folder that git ignores here: without a repository of its own ansible-test sees no file in it.
    subprocess.run(["git", "init", "--quiet", "."], cwd=copy, check=True)
    home = prepare_home(name)
    executables = environments.bin_directory(name)
    environment = dict(os.environ)
    for variable in ("PYTHONPATH", "ANSIBLE_COLLECTIONS_PATH", "VIRTUAL_ENV"):
        environment.pop(variable, None)
    # found with the user's home, since it may be cached there
    planned, path, worst = runs(options), [str(executables), *pythons(home)], 0
    for given, pwsh in planned:
        folders = [*path, str(Path(pwsh).parent)] if pwsh else path
        environment |= {"HOME": str(home), "PATH": os.pathsep.join(folders)}
        command = [str(executables / "ansible-test"), "sanity", "--venv", "--color", "no", *given]
        done = subprocess.run(command, cwd=copy, env=environment, stdin=subprocess.DEVNULL, check=False)
        worst = max(worst, done.returncode)
    return worst


if __name__ == "__main__":
    sys.exit(main())

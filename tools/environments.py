# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the virtual environments of tools/environments.toml under .work/, or updates them: environments.py NAME..."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from threading import Lock

import system_packages

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / ".work"
APT = Lock()  # environments are made side by side, and apt-get allows one of itself
PROBE = "import sys; print(sys.executable, '.'.join(map(str, sys.version_info[:3])))"


class EnvironmentMissing(Exception):
    """An environment cannot be had on this machine; the message says why."""


@cache
def table() -> dict[str, dict]:
    return tomllib.loads((ROOT / "tools/environments.toml").read_text())


@cache
def find_python(series: str) -> tuple[str, str] | None:
    """The real path and the version of a Python of this series ("3.12"), or None.

    A name on PATH may be a pyenv shim that fails, so only the answer of a started interpreter counts.
    """
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    candidates = [shutil.which(f"python{series}"), *sorted(map(str, pyenv.glob(f"{series}.*/bin/python{series}")))]
    for candidate in filter(None, candidates):
        answer = subprocess.run([candidate, "-c", PROBE], capture_output=True, text=True, check=False)
        if answer.returncode == 0:
            executable, version = answer.stdout.split()
            return executable, version
    return None


def python_of(name: str) -> tuple[str, str] | None:
    """The Python that makes this environment here, or None when the machine has none that it can use."""
    found = (find_python(series) for series in table()[name]["python"])
    return next(filter(None, found), None)


def core_version(name: str) -> str:
    return table()[name]["packages"][0].partition("==")[2]


def cores() -> list[str]:
    """The names of the ansible-core environments that this machine's Pythons allow, newest core first."""
    return [name for name in table() if name.startswith("core-") and name.count("-") == 1 and python_of(name)]


def bin_directory(name: str) -> Path:
    return WORK / name / "bin"


def make(name: str) -> str:
    """Makes the environment unless it is as the table says; returns a line that says what was done, or ''."""
    entry, found = table()[name], python_of(name)
    if not found:
        raise EnvironmentMissing(f"{name} needs one of Python {', '.join(entry['python'])}, and none was found")
    executable, version = found
    files = [ROOT / path for path in entry["requirements"]]
    wanted = [version, *entry["packages"], *(path.read_text() for path in files)]
    digest = hashlib.sha256("\0".join(wanted).encode()).hexdigest()
    stamp = WORK / name / ".stamp"
    if stamp.exists() and stamp.read_text() == digest:
        return ""
    start = time.monotonic()
    create(name, executable, version)
    pip = [str(bin_directory(name) / "python"), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    run([*pip, *entry["packages"], *(part for path in files for part in ("-r", str(path)))])
    stamp.write_text(digest)
    return f".work/{name} is ready: {entry['packages'][0]} on Python {version} ({time.monotonic() - start:.0f} s)"


def create(name: str, executable: str, version: str) -> None:
    """An empty environment, unless one of this very Python is there already."""
    config = WORK / name / "pyvenv.cfg"
    if config.exists() and f"version = {version}\n" in config.read_text() and bin_directory(name).exists():
        return
    with APT:
        if subprocess.run([executable, "-c", "import ensurepip"], capture_output=True, check=False).returncode:
            system_packages.ensure_package(f"python{version.rpartition('.')[0]}-venv", "to make virtual environments")
    run([executable, "-m", "venv", "--clear", str(WORK / name)])


def run(command: list[str]) -> None:
    quiet = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "stdin": subprocess.DEVNULL}
    done = subprocess.run(command, **quiet, text=True, check=False)
    if done.returncode:
        raise EnvironmentMissing(f"{' '.join(command)} failed:\n{done.stdout}")


def link_collection() -> None:
    """Makes .work/collections, where Ansible and Python find this tree as msexchange.firewall."""
    link = WORK / "collections/ansible_collections/msexchange/firewall"
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink():
        link.symlink_to("../../../..")


def ensure(names: list[str]) -> None:
    """Makes several environments, two at a time, and says so once for each that was not ready."""
    link_collection()
    names = list(dict.fromkeys(names))
    with ThreadPoolExecutor(2) as pool:
        for line in pool.map(make, names):
            if line:
                print(line, flush=True)


def main() -> int:
    try:
        ensure(sys.argv[1:])
    except (EnvironmentMissing, system_packages.PackageMissing) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks execution-environment.yml: ansible-builder makes a context of it, and what its steps do offline is done here.

No image is built: that takes a container runtime and a base image. What the image's build would install of ours is
installed from the context instead, and asked for its dependencies as the build asks it.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import build
import environments

CONTEXT = environments.WORK / "ee" / "context"
INSTALLED = environments.WORK / "ee" / "collections"


class Wrong(Exception):
    """What is not as it should be, in a sentence."""


def tool(name: str, *words: str, where: Path = environments.ROOT) -> str:
    command = [str(environments.bin_directory("builder") / name), *words]
    done = subprocess.run(command, cwd=where, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Wrong(f"{name} {words[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def check_context() -> None:
    tool("ansible-builder", "create", "--file", "execution-environment.yml", "--context", str(CONTEXT))
    (instructions,) = [path for name in ("Containerfile", "Dockerfile") if (path := CONTEXT / name).exists()]
    image = re.search(r'^ARG EE_BASE_IMAGE="(.*)"$', instructions.read_text(encoding="utf-8"), re.MULTILINE)
    if not image or "/" in image[1]:
        raise Wrong(f"{instructions.name} must leave the base image to --build-arg EE_BASE_IMAGE, without a registry")
    packed = CONTEXT / "_build" / "collection" / build.tarball().name
    if packed.read_bytes() != build.tarball().read_bytes():
        raise Wrong(f"{packed.name} of the context is not what was built")


def check_collection() -> None:
    """As the galaxy stage does it, in the folder that the context becomes."""
    words = ("collection", "install", "-r", "requirements.yml", "--collections-path", str(INSTALLED), "--offline")
    tool("ansible-galaxy", *words, where=CONTEXT / "_build")
    if not (INSTALLED / "ansible_collections/msexchange/firewall/MANIFEST.json").exists():
        raise Wrong("the collection was not installed from the context")
    told = tool("ansible-builder", "introspect", str(INSTALLED))
    for package in ("jmespath", "openssh-clients [platform:rpm]", "openssh-client [platform:dpkg]"):
        if package not in told:
            raise Wrong(f"ansible-builder does not learn of {package} from meta/execution-environment.yml:\n{told}")


def main() -> int:
    shutil.rmtree(CONTEXT.parent, ignore_errors=True)
    CONTEXT.parent.mkdir(parents=True)
    try:
        check_context()
        check_collection()
    except Wrong as problem:
        print(problem)
        return 1
    print("ansible-builder made a context with the collection and what it needs")
    return 0


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: GPL-3.0-or-later
"""Installs the Debian packages that the lab needs, or names them where only root may: system_packages.py."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

# command -> Debian package that has it
LAB = {
    "nft": "nftables",
    "ip": "iproute2",
    "sshd": "openssh-server",
    "ssh": "openssh-client",
    "conntrack": "conntrack",
    "sudo": "sudo",
}
POLICY = Path("/usr/sbin/policy-rc.d")


class PackageMissing(Exception):
    """A system package is missing and cannot be installed by us; the message names it."""


def system_path() -> str:
    """PATH with the administrators' directories, which users on Debian lack."""
    return os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin"])


def missing_for_lab() -> list[str]:
    """Names of the packages whose command is not there."""
    return [package for command, package in LAB.items() if not shutil.which(command, path=system_path())]


def ensure_package(package: str, purpose: str) -> None:
    install([package], purpose)


def install(packages: list[str], purpose: str) -> None:
    names = " ".join(packages)
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise PackageMissing(f"missing {purpose}: {names} (as root: apt-get install {names})")
    print(f"installing with apt-get {purpose}: {names}", flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    no_services = not POLICY.exists()
    if no_services:  # a tool for tests must not leave an ssh service running on somebody's machine
        POLICY.write_text("#!/bin/sh\nexit 101\n")
        POLICY.chmod(0o755)
    try:
        for arguments in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", *packages]):
            quiet = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True}
            done = subprocess.run(["apt-get", *arguments], env=environment, **quiet, check=False)
        if done.returncode:
            raise PackageMissing(f"apt-get could not install {names}:\n{done.stdout}{done.stderr}")
    finally:
        if no_services:
            POLICY.unlink()
    if "openssh-server" in packages and shutil.which("systemctl"):
        subprocess.run(["systemctl", "disable", "ssh.service", "ssh.socket"], capture_output=True, check=False)
        print("the ssh service of openssh-server was left stopped and disabled: tests start their own", flush=True)


def namespaces_problem() -> str:
    """Why network namespaces cannot be used here, or '' when they can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    name = f"msx-probe-{os.getpid()}"
    tool = shutil.which("ip", path=system_path())
    if not tool:
        return "the command ip is missing (package iproute2)"
    quiet = {"capture_output": True, "text": True}
    made = subprocess.run([tool, "netns", "add", name], **quiet, check=False)
    if made.returncode:
        return f"network namespaces are not allowed here: {made.stderr.strip()}"
    nft = shutil.which("nft", path=system_path()) or "nft"
    listed = subprocess.run([tool, "netns", "exec", name, nft, "list", "ruleset"], **quiet, check=False)
    subprocess.run([tool, "netns", "delete", name], **quiet, check=False)
    return f"nftables does not work in a namespace: {listed.stderr.strip()}" if listed.returncode else ""


def lab_problem() -> str:
    """Installs what the lab needs; returns why the lab cannot run, or '' when it can."""
    packages = missing_for_lab()
    if packages:
        try:
            install(packages, "for the lab")
        except PackageMissing as problem:
            return str(problem)
    return namespaces_problem()


def main() -> int:
    problem = lab_problem()
    if problem:
        print(f"no real packets on this machine: {problem}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: GPL-3.0-or-later
"""A real sshd inside a namespace, with keys of its own, and the variables by which Ansible reaches it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from .namespaces import Namespace, die_with_parent, run

PATHS = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
CONFIG = """\
ListenAddress {address}
Port {port}
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/client_key.pub
PidFile {folder}/sshd.pid
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
StrictModes no
UseDNS no
PermitRootLogin prohibit-password
Subsystem sftp internal-sftp
SetEnv PATH={paths}
"""
# An account that exists for one sshd only: these files lie over the machine's own in the mount namespace that
# `ip netns exec` makes for it. "*" is a password that fits nothing; "!" would lock the account for sshd.
UID = 64242
ACCOUNT = {
    "passwd": "{name}:x:{uid}:{uid}::{home}:/bin/sh\n",
    "shadow": "{name}:*:20000:0:99999:7:::\n",
    "group": "{name}:x:{uid}:\n",
    "sudoers": "Defaults !syslog\n{name} ALL=(ALL:ALL) NOPASSWD: ALL\n",
}


class SshServer:
    """``SshServer(lab.gateway, "10.99.0.1")``: started at once, ended by `close` (by its process id)."""

    def __init__(self, namespace: Namespace, address: str, port: int = 22, account: str = "") -> None:
        """``account``: who logs in, in place of root; it may become root by sudo and exists nowhere else."""
        self.address, self.port, self.user = address, port, account or "root"
        self.folder = Path(tempfile.mkdtemp(prefix="msxlab-ssh-"))
        for name in ("host_key", "client_key"):
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", str(self.folder / name))
        public = (self.folder / "host_key.pub").read_text(encoding="ascii").split()
        name = address if port == 22 else f"[{address}]:{port}"
        (self.folder / "known_hosts").write_text(f"{name} {public[0]} {public[1]}\n", encoding="ascii")
        config = self.folder / "sshd_config"
        config.write_text(CONFIG.format(address=address, port=port, folder=self.folder, paths=PATHS), encoding="ascii")
        # sshd's separation directory, which its unit makes where sshd runs as a service
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        with (self.folder / "log").open("wb") as log:
            program = [str(shutil.which("sshd", path=PATHS)), "-D", "-e", "-f", str(config)]
            words = ["ip", "netns", "exec", namespace.name, *self._with_account(account), *program]
            streams = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log}
            self.process = subprocess.Popen(words, preexec_fn=die_with_parent, **streams)
        self._wait(namespace)

    def _with_account(self, name: str) -> list[str]:
        """The start of a command line that runs the rest of it on a machine with this account."""
        if not name:
            return []
        home = self.folder / "home"
        home.mkdir()
        os.chown(home, UID, UID)
        self.folder.chmod(0o711)  # it reads its authorized keys with its own rights
        lines = []
        for file, line in ACCOUNT.items():
            place, copy = Path("/etc", file), self.folder / file
            before = place.read_text(encoding="utf-8") if file in ("passwd", "group") else ""
            copy.write_text(before + line.format(name=name, uid=UID, home=home), encoding="utf-8")
            copy.chmod(place.stat().st_mode & 0o777)
            lines.append(f"mount --bind {copy} {place}")
        return ["sh", "-ec", "; ".join([*lines, 'exec "$@"']), "sh"]

    def logins(self) -> int:
        """How many logins there were so far."""
        return (self.folder / "log").read_text(encoding="utf-8").count("Accepted publickey for ")

    def _wait(self, namespace: Namespace) -> None:
        end = time.monotonic() + 10
        while not namespace.call(answers, self.address, self.port):
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"sshd did not start: {(self.folder / 'log').read_text(encoding='utf-8')}")
            time.sleep(0.05)

    def variables(self) -> dict[str, object]:
        """Host variables for the inventory."""
        options = f"-o UserKnownHostsFile={self.folder}/known_hosts -o StrictHostKeyChecking=yes -o IdentitiesOnly=yes"
        return {
            "ansible_connection": "ssh",
            "ansible_host": self.address,
            "ansible_port": self.port,
            "ansible_user": self.user,
            "ansible_ssh_private_key_file": str(self.folder / "client_key"),
            "ansible_ssh_common_args": options,
            "ansible_python_interpreter": os.path.realpath(sys.executable),
        }

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> SshServer:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def answers(address: str, port: int) -> bool:
    """Whether something listens there, seen from this namespace."""
    try:
        with socket.create_connection((address, port), 1):
            return True
    except OSError:
        return False

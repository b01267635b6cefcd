# SPDX-License-Identifier: GPL-3.0-or-later
"""An example organization as a running lab: its network, an sshd on the gateway, and plays against it."""

from __future__ import annotations

import ipaddress
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from functools import cache
from pathlib import Path

from .calls import call_tcp, call_udp, serve_tcp, serve_udp
from .inventory import TOOLS, Inventory, read_inventory
from .namespaces import PATHS, run
from .net import Lab
from .oracle import Oracle, connection_ports
from .ssh import SshServer

ROOT = Path(__file__).resolve().parents[3]
CATALOG = ROOT / "catalog"
EXAMPLES = ROOT / "examples"
NAMES = sorted(path.name for path in EXAMPLES.iterdir() if path.is_dir())
# A foreign firewall that drops all it does not know, with the one line that lets our marked packets through.
FOREIGN = """
table inet foreign_firewall {
 chain forward {
  type filter hook forward priority filter; policy drop;
  meta mark & 0x04000000 == 0x04000000 accept
 }
}
"""


def collections_path() -> str:
    """The folder above `ansible_collections` for this tree, whether it is the repository or an installed collection."""
    for parent in ROOT.parents:
        if parent.name == "ansible_collections":
            return str(parent.parent)
    return str(ROOT / ".work" / "collections")


class Site:
    """One example, running. Plays come from the management network and reach the gateway by ssh."""

    def __init__(self, example: str, gateway: str = "gw1") -> None:
        self.example, self.gateway = example, gateway
        self.inventory: Inventory = read_inventory(EXAMPLES / example, gateway=gateway)
        self.oracle = Oracle(CATALOG, self.inventory)
        with ExitStack() as stack:
            self.folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="msxlab-site-")))
            self.lab = stack.enter_context(Lab(self.inventory.layout()))
            self.address = self._own_address()
            self.ssh = stack.enter_context(SshServer(self.lab.gateway, self.address))
            self.stack = stack.pop_all()
        (self.folder / "units").mkdir()
        self._manage()
        (self.folder / "ansible.cfg").write_text("[defaults]\n", encoding="ascii")
        self.overlay()

    def _own_address(self) -> str:
        """The gateway's address in the management network: the first one of it."""
        network = self.inventory.management()[0]
        interface = self.inventory.zone(str(network[1]))
        self.controller = self.lab.zones[interface]
        self.lab.gateway_address(interface, str(network[1]))
        return str(network[1])

    def _manage(self) -> None:
        """Every end answers on the port that Ansible manages it through: the role looks whether that stays so."""
        for party in self.inventory.parties:
            variables = self.inventory.hosts.get(party.name, {})
            for low, _high in connection_ports(variables) if variables else ():
                address = party.addresses[0]
                self.lab.zone_of(address).call(serve_tcp, address, low)

    def overlay(self, **hosts: Mapping[str, object]) -> None:
        """Host variables that win over the example's for the plays that follow; none given takes all back."""
        # The examples leave ansible_host to name resolution, and the lab has no name server.
        content = {
            p.name: {"ansible_host": p.addresses[0]} for p in self.inventory.parties if p.name in self.inventory.hosts
        }
        for name, variables in {self.gateway: self.ssh.variables(), **hosts}.items():
            content.setdefault(name, {}).update(variables)
        (self.folder / "lab.json").write_text(json.dumps({"all": {"hosts": content}}), encoding="utf-8")

    def end(self, party: str, version: int = 4) -> str:
        """The first address of a party in one family, e.g. ``end("network internal_clients", 6)``."""
        found = next(p for p in self.inventory.parties if p.name == party)
        return next(a for a in found.addresses if ipaddress.ip_address(a).version == version)

    def reach(self, source: str, destination: str, transport: str, port: int, version: int = 4) -> str:
        """A real connection from party to party: `open` or `blocked`; the destination does listen there."""
        here, there = self.end(source, version), self.end(destination, version)
        serve, call = {"tcp": (serve_tcp, call_tcp), "udp": (serve_udp, call_udp)}[transport]
        self.lab.zone_of(there).call(serve, there, port)
        return self.lab.zone_of(here).call(call, here, there, port)

    @property
    def place(self) -> dict[str, object]:
        """Where the role keeps its files: in the lab's folder, since the file system is shared by all namespaces."""
        return {
            "exchange_appliance_directory": str(self.folder / "var"),
            "exchange_appliance_boot_unit": str(self.folder / "units" / "msexchange-firewall.service"),
        }

    def command(self, playbook: str, *words: str, variables: Mapping[str, object] | None = None) -> list[str]:
        """The words that run a playbook from the management network."""
        inventories = ["-i", str(EXAMPLES / self.example), "-i", str(self.folder / "lab.json")]
        extra = ["-e", json.dumps({**self.place, **(variables or {})})]
        program = str(TOOLS / "ansible-playbook")
        return ["ip", "netns", "exec", self.controller.name, program, *inventories, *extra, *words, playbook]

    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "PATH": PATHS,
            "ANSIBLE_COLLECTIONS_PATH": collections_path(),
            "ANSIBLE_CONFIG": str(self.folder / "ansible.cfg"),  # nobody's own settings
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_LOCAL_TEMP": str(self.folder / "tmp"),
            "ANSIBLE_SSH_CONTROL_PATH_DIR": str(self.folder / "cp"),
        }

    def play(
        self, playbook: str, *words: str, variables: Mapping[str, object] | None = None, timeout: float = 300
    ) -> subprocess.CompletedProcess[str]:
        """Run a playbook and return how it ended; it may fail."""
        command = self.command(playbook, *words, variables=variables)
        settings = {"timeout": timeout, "env": self.environment(), "cwd": self.folder}
        return subprocess.run(command, capture_output=True, text=True, check=False, **settings)

    def apply(self, mode: str = "enforce", **variables: object) -> str:
        """Bring the gateway to the plan by the real role; what Ansible wrote is the answer."""
        settings = {"exchange_appliance_mode": mode, **variables}
        done = self.play("msexchange.firewall.site", "--limit", self.gateway, variables=settings)
        if done.returncode:
            raise RuntimeError(f"the play failed:\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def beside_foreign(self) -> str:
        """`add`, straight from `enforce`, on a gateway that a foreign firewall guards."""
        self.lab.gateway.nft(FOREIGN)
        return self.apply("add")

    def remove(self) -> str:
        return self.apply(exchange_appliance_state="absent")

    def close(self) -> None:
        self.stack.close()

    def __enter__(self) -> Site:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


@cache
def missing_tools() -> list[str]:
    """What this machine lacks for the lab; an empty list means that it can run."""
    lacking = [name for name in ("ip", "nft", "sshd", "ssh", "ssh-keygen") if not shutil.which(name, path=PATHS)]
    if lacking or os.geteuid() != 0:
        return [*lacking, *([] if os.geteuid() == 0 else ["root"])]
    name = f"msx{os.getpid()}-may-i"
    try:
        run("ip", "netns", "add", name)
    except RuntimeError as error:
        return [f"leave to make network namespaces ({error})"]
    try:
        run("ip", "netns", "exec", name, "nft", "list", "ruleset")
    except RuntimeError as error:
        return [f"a kernel with nf_tables ({error})"]
    finally:
        run("ip", "netns", "del", name)
    return []

# SPDX-License-Identifier: GPL-3.0-or-later
"""Any way people run it: each ends with the same table on the gateway, confirmed anew; a second run changes nothing.

A way is tried on a gateway that lost its table. Both runs of it stand in one playbook, since starting Ansible is what
takes the time; each play computes its plan anew.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from lablib.namespaces import PATHS
from lablib.site import Site
from lablib.ssh import SshServer

APPLIANCE = "msexchange.firewall.exchange_appliance"
OURS = ("inet", "msexchange_firewall")
# a login to read with, which ControlPersist keeps, and new ones to apply and to confirm with
FRESH_LOGINS = 3
ENFORCE = {"exchange_appliance_mode": "enforce"}
JUMP = "network internal_clients"
FORWARD = """
table ip forwarded {{
 chain out {{
  type nat hook output priority -100
  ip daddr {front} tcp dport 2222 dnat to {behind}:22
 }}
}}
"""


def table(site: Site) -> str:
    """Our table without what traffic moves, empty where there is none. Its objects stand in the order in which they
    came to be, which tells nothing, so they are sorted; the order of rules in a chain stays."""
    if OURS[1] not in site.lab.gateway.command("nft", "list", "tables"):
        return ""
    listing = site.lab.gateway.command("nft", "-s", "list", "table", *OURS)
    head, *lines = [line for line in listing.splitlines() if "packets" not in line]
    return "\n\n".join([head, *sorted("\n".join(lines[:-1]).split("\n\n"))])


@dataclass
class Ways:
    """The site, what its gateway has to hold, and a folder for playbooks."""

    site: Site
    wanted: str
    folder: Path = field(init=False)

    def __post_init__(self) -> None:
        self.folder = self.site.folder / "ways"
        self.folder.mkdir(exist_ok=True)

    def forget(self) -> None:
        """The gateway loses its table, as by somebody's `flush ruleset`."""
        if table(self.site):
            self.site.lab.gateway.command("nft", "delete", "table", *OURS)

    def mend(self) -> None:
        """The gateway as the other tests want it."""
        self.site.overlay()
        if table(self.site) != self.wanted:
            self.site.apply("enforce")

    def run(self, plays: Sequence[Mapping[str, object]], *words: str) -> subprocess.CompletedProcess[str]:
        playbook = self.folder / "play.yml"
        playbook.write_text(json.dumps([{"gather_facts": False, **play} for play in plays]), encoding="utf-8")
        return self.site.play(str(playbook), *words, variables=ENFORCE)

    def holds(self, way: Mapping[str, object], *words: str, wanted: str | None = None) -> str:
        """Runs a way twice on a gateway without a table; what Ansible wrote is the answer."""
        self.forget()
        plays = [{**way, "name": "first"}, {**way, "name": "again"}]
        done = self.run(plays, *words)
        assert done.returncode == 0, done.stdout + done.stderr
        assert changes(done, "first") == 1 and changes(done, "again") == 0, done.stdout
        assert table(self.site) == (self.wanted if wanted is None else wanted)
        return done.stdout


def changes(done: subprocess.CompletedProcess[str], play: str) -> int:
    """How often a play changed the gateway."""
    batches = [text for text in done.stdout.split("\nPLAY ") if text.startswith(f"[{play}]")]
    assert batches, done.stdout + done.stderr
    return sum(len(re.findall(r"^changed: \[gw1", text, re.MULTILINE)) for text in batches)


@pytest.fixture(scope="module")
def shared(current: Site) -> Iterator[Ways]:
    found = Ways(current, table(current))
    assert "drop" in found.wanted
    yield found
    found.mend()


@pytest.fixture
def ways(shared: Ways) -> Iterator[Ways]:
    yield shared
    shared.site.overlay()


ROLE = {"ansible.builtin.import_role": {"name": APPLIANCE}}
INCLUDED = {"ansible.builtin.include_role": {"name": APPLIANCE}}
KEYWORDS = {
    "twice in one play": {"hosts": "gateways", "roles": [APPLIANCE], "tasks": [INCLUDED]},
    "in batches": {"hosts": "gateways:edge_servers", "serial": [1, "100%"], "tasks": [ROLE]},
    "each host at its own pace": {"hosts": "gateways:edge_servers", "strategy": "free", "tasks": [ROLE]},
}


@pytest.mark.parametrize("way", KEYWORDS)
def test_keywords_of_a_play(way: str, ways: Ways) -> None:
    before = ways.site.ssh.logins()
    ways.holds(KEYWORDS[way])
    assert ways.site.ssh.logins() - before >= FRESH_LOGINS


def test_limited_to_the_gateway_and_by_tags(ways: Ways) -> None:
    plan = {"ansible.builtin.import_role": {"name": "msexchange.firewall.exchange_plan"}}
    other = {"ansible.builtin.fail": {"msg": "not asked for"}, "tags": ["other"]}
    text = ways.holds({"hosts": "all", "tasks": [plan, ROLE, other]}, "--limit", "gw1", "--tags", "exchange_appliance")
    assert "Compute the plan" not in text and "mbx1" not in text


def test_limited_to_a_host_without_rules_nobodys_change(ways: Ways) -> None:
    site = ways.site
    ways.mend()
    before = site.ssh.logins()
    done = site.play("msexchange.firewall.site", "--limit", "dc1", variables=ENFORCE)
    assert done.returncode == 0, done.stdout + done.stderr
    assert table(site) == ways.wanted and site.ssh.logins() == before


def test_delegated(ways: Ways) -> None:
    """To another name of the gateway it works; to a machine that the rules are not of it is refused."""
    site = ways.site
    site.overlay(**{"gw1-console": site.ssh.variables()})
    task = {APPLIANCE: {"mode": "enforce", **{k.rpartition("appliance_")[2]: v for k, v in site.place.items()}}}
    ways.holds({"hosts": "gw1", "tasks": [{**task, "delegate_to": "gw1-console"}]})
    before = table(site)
    refused = [
        ("mbx1", {"delegate_to": "gw1"}),
        ("gw1", {"delegate_to": "localhost"}),
        ("gw1", {"connection": "local"}),
    ]
    site.overlay(gw1={k: v for k, v in site.ssh.variables().items() if k != "ansible_connection"})
    done = ways.run([{"hosts": host, "tasks": [{**task, **key, "ignore_errors": True}]} for host, key in refused])
    said = done.stdout + done.stderr
    assert "Traceback" not in said and table(site) == before
    assert "mbx1: delegate_to: the task is delegated to the gateway gw1" in said
    assert "gw1: delegate_to: the task would bring the rules of gw1 to the machine that Ansible runs on" in said
    assert "gw1: connection: the task would bring the rules of gw1 to the machine" in said


def test_check_mode_of_a_gateway_that_is_down(ways: Ways) -> None:
    site, review = ways.site, ways.folder / "review"
    site.overlay(gw1={**site.ssh.variables(), "ansible_port": 1})
    settings = {**ENFORCE, "exchange_appliance_review_directory": str(review)}
    done = site.play("msexchange.firewall.site", "--limit", "gw1", "--check", "--diff", variables=settings)
    assert done.returncode == 0 and "gw1 is out of reach" in done.stdout + done.stderr, done.stdout + done.stderr
    assert "gw1 nftables (out of reach, not compared)" in done.stdout
    assert [path.name for path in review.iterdir()] == ["gw1.not-compared"]
    # what is kept is the table that the gateway has to hold, as a script
    ways.forget()
    site.lab.gateway.command("nft", "-f", str(review / "gw1.not-compared"))
    assert table(site) == ways.wanted
    done = site.play("msexchange.firewall.site", "--limit", "gw1", variables=ENFORCE)
    assert done.returncode != 0 and "This device was not brought to the plan" in done.stdout + done.stderr
    assert table(site) == ways.wanted


@pytest.mark.skipif(not shutil.which("sudo", path=PATHS), reason="sudo is not installed")
def test_become_of_a_play_with_a_user_who_is_not_root(ways: Ways) -> None:
    site = ways.site
    with SshServer(site.lab.gateway, site.address, 2022, account="msx-operator") as ssh:
        site.overlay(gw1=ssh.variables())
        ways.holds({"hosts": "gateways", "become": True, "tasks": [ROLE]})
        assert ssh.logins() >= FRESH_LOGINS


def test_through_a_jump_host(ways: Ways) -> None:
    """The gateway sees the jump host, so that is what may not be locked out."""
    site = ways.site
    address = site.end(JUMP)
    with SshServer(site.lab.zone_of(address), address) as jump:
        over = {
            **site.ssh.variables(),
            "ansible_ssh_common_args": f"-F {ssh_config(ways, jump)}",
            "ansible_control_path_dir": str(ways.folder / "cp"),  # ControlPersist still holds the direct way
        }
        site.overlay(gw1=over)
        done = ways.run([{"hosts": "gateways", "tasks": [ROLE]}], "--check")
        refused = re.search(r"would cut Ansible's connections from (10\.9\.\S+) to", done.stdout + done.stderr)
        assert done.returncode != 0 and refused, done.stdout + done.stderr
        networks = {"exchange_management_networks": [*map(str, site.inventory.management()), refused[1]]}
        site.overlay(**{**dict.fromkeys(site.inventory.hosts, networks), "gw1": {**over, **networks}})
        through, logins = jump.logins(), site.ssh.logins()
        ways.forget()
        plays = [{"hosts": "gateways", "tasks": [ROLE], "name": name} for name in ("first", "again")]
        done = ways.run(plays)
        assert (changes(done, "first"), changes(done, "again")) == (1, 0), done.stdout + done.stderr
        assert refused[1].removesuffix("/32") in table(site)
        assert jump.logins() - through >= FRESH_LOGINS and site.ssh.logins() - logins >= FRESH_LOGINS
    site.overlay()
    site.apply("enforce", exchange_appliance_may_go=[refused[1]])  # a place that Ansible comes from goes by name alone


def ssh_config(ways: Ways, jump: SshServer) -> Path:
    """What people have in ~/.ssh/config; options on ssh's command line do not reach the jump."""
    path = ways.folder / "ssh_config"
    key, known = jump.folder / "client_key", jump.folder / "known_hosts"
    mine = ways.site.ssh.folder
    path.write_text(
        f"Host {jump.address}\n User root\n IdentityFile {key}\n IdentitiesOnly yes\n UserKnownHostsFile {known}\n"
        f"Host {ways.site.address}\n ProxyJump {jump.address}\n UserKnownHostsFile {mine}/known_hosts\n",
        encoding="ascii",
    )
    return path


def test_through_a_forwarded_port(ways: Ways) -> None:
    """Another device answers on its own address and port, and passes the connection on to the gateway."""
    site = ways.site
    front = str(next(n for n in site.inventory.management() if n.version == 4)[200])
    site.controller.nft(FORWARD.format(front=front, behind=site.address))
    options = f"{site.ssh.variables()['ansible_ssh_common_args']} -o HostKeyAlias={site.address}"
    forwarded = {"ansible_host": front, "ansible_port": 2222, "ansible_ssh_common_args": options}
    site.overlay(gw1={**site.ssh.variables(), **forwarded})
    before = site.ssh.logins()
    ways.holds({"hosts": "gateways", "tasks": [ROLE]})
    site.controller.nft("delete table ip forwarded\n")
    assert site.ssh.logins() - before >= FRESH_LOGINS


def test_on_the_gateway_itself(ways: Ways) -> None:
    """Ansible runs there: no connection, and nobody to be seen, so the management networks have to be named."""
    site = ways.site
    python = ways.folder / "python"
    real = site.ssh.variables()["ansible_python_interpreter"]
    python.write_text(f'#!/bin/sh\nexec ip netns exec {site.lab.gateway.name} {real} "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    site.overlay(gw1={"ansible_connection": "local", "ansible_python_interpreter": str(python)})
    before = site.ssh.logins()
    ways.holds({"hosts": "gateways", "tasks": [ROLE]})
    assert site.ssh.logins() == before

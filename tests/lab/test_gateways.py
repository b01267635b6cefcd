# SPDX-License-Identifier: GPL-3.0-or-later
"""Several gateways: two in series on one path, and a pair that stands in for each other."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.fleet import Fleet, compute
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.store import Options
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms import nftables
from ansible_collections.msexchange.firewall.plugins.plugin_utils.topology.models import HostInput
from lablib.calls import call_tcp, serve_tcp
from lablib.inventory import TOOLS
from lablib.namespaces import PATHS, Namespace
from lablib.site import collections_path
from lablib.ssh import SshServer
from lablib.wiring import Wiring

INTERNET, CLIENT, EDGE, MAILBOX = "203.0.113.9", "10.9.0.9", "172.16.20.1", "10.0.0.1"
SITE = {
    "mbx1": {"exchange_version": "se", "exchange_roles": ["mailbox"], "exchange_addresses": [MAILBOX]},
    "edge1": {"exchange_version": "se", "exchange_roles": ["edge_transport"], "exchange_addresses": [EDGE]},
}
NETWORKS = {"internal_clients": ["10.9.0.0/24"]}
# the inner gateway and all that it guards lie behind one interface of the outer one
OUTER = {"edge0": ["172.16.20.0/24"], "dmz0": ["10.0.0.0/8"], "wan0": ["0.0.0.0/0"]}
INNER = {"servers0": ["10.0.0.0/24"], "clients0": ["10.9.0.0/24"], "out0": ["0.0.0.0/0"]}


def plan(**gateways: dict) -> Fleet:
    hosts = {**SITE, **{name: {"exchange_platform": "nftables", "exchange_zones": z} for name, z in gateways.items()}}
    given = [HostInput(name, (), {"exchange_networks": NETWORKS, **said}) for name, said in hosts.items()]
    return compute(given, Options(), {"nftables": "nftables"})


def load(node: Namespace, fleet: Fleet, host: str) -> None:
    part = next(part for part in fleet.slices if part.host == host)
    node.nft(nftables.render(nftables.wanted(part.whole(), "enforce")))


def rules(node: Namespace) -> list[str]:
    """Our table without what traffic moves."""
    listing = node.command("nft", "-s", "list", "table", "inet", "msexchange_firewall")
    return [line for line in listing.splitlines() if "packets" not in line]


@pytest.fixture(scope="module")
def series() -> Iterator[Wiring]:
    """Internet - outer gateway - perimeter with the Edge server - inner gateway - clients and servers."""
    cables = [
        (("outer", "wan0", "192.0.2.1/30"), ("internet", "lab0", "192.0.2.2/30")),
        (("outer", "edge0", "172.16.20.9/30"), ("edge", "lab0", "172.16.20.10/30")),
        (("outer", "dmz0", "172.16.20.5/30"), ("inner", "out0", "172.16.20.6/30")),
        (("inner", "servers0", "10.0.0.5/30"), ("servers", "lab0", "10.0.0.6/30")),
        (("inner", "clients0", "10.9.0.5/30"), ("clients", "lab0", "10.9.0.6/30")),
    ]
    routes = {
        "internet": [("default", "192.0.2.1")],
        "edge": [("default", "172.16.20.9")],
        "servers": [("default", "10.0.0.5")],
        "clients": [("default", "10.9.0.5")],
        "inner": [("default", "172.16.20.5"), (f"{MAILBOX}/32", "10.0.0.6"), (f"{CLIENT}/32", "10.9.0.6")],
        "outer": [(f"{INTERNET}/32", "192.0.2.2"), (f"{EDGE}/32", "172.16.20.10"), ("10.0.0.0/8", "172.16.20.6")],
    }
    nodes = {"internet": False, "edge": False, "servers": False, "clients": False, "outer": True, "inner": True}
    with Wiring(nodes, cables, routes) as wiring:
        for node, address in (("internet", INTERNET), ("edge", EDGE), ("servers", MAILBOX), ("clients", CLIENT)):
            wiring.address(node, address)
        yield wiring


PLACES = {INTERNET: "internet", EDGE: "edge", MAILBOX: "servers", CLIENT: "clients"}


def reach(wiring: Wiring, source: str, destination: str, port: int) -> str:
    wiring[PLACES[destination]].call(serve_tcp, destination, port)
    return wiring[PLACES[source]].call(call_tcp, source, destination, port)


CALLS = [
    (EDGE, MAILBOX, 25, "open"),  # through both, and so the next two
    (MAILBOX, EDGE, 50636, "open"),
    (MAILBOX, INTERNET, 443, "open"),
    (CLIENT, MAILBOX, 443, "open"),  # through the inner one alone
    (INTERNET, EDGE, 25, "open"),  # through the outer one alone
    (INTERNET, MAILBOX, 25, "blocked"),
    (MAILBOX, INTERNET, 22, "blocked"),
    (EDGE, MAILBOX, 50636, "blocked"),
    (CLIENT, INTERNET, 443, "open"),  # nobody's business
]


def test_both_gateways_of_a_path_let_the_planned_packets_pass(series: Wiring) -> None:
    assert [reach(series, *call[:3]) for call in CALLS] == ["open"] * len(CALLS), "the network itself has a hole"
    fleet = plan(outer=OUTER, inner=INNER)
    load(series["outer"], fleet, "outer")
    load(series["inner"], fleet, "inner")
    assert [(*call[:3], reach(series, *call[:3])) for call in CALLS] == CALLS


def test_a_path_needs_the_rule_on_every_gateway(series: Wiring) -> None:
    """The sweep of a single gateway cannot tell whether another one on the path lacks a rule: this one can."""
    fleet = plan(outer=OUTER, inner=INNER)
    for lacking, other in (("outer", "inner"), ("inner", "outer")):
        load(series[other], fleet, other)
        load(series[lacking], fleet, lacking)
        chain = series[lacking].command("nft", "-a", "list", "chain", "inet", "msexchange_firewall", "planned_v4")
        line = next(line for line in chain.splitlines() if 'comment "mitigation-443"' in line)
        handle = line.rsplit(" ", 1)[1]
        series[lacking].nft(f"delete rule inet msexchange_firewall planned_v4 handle {handle}\n")
        assert reach(series, MAILBOX, INTERNET, 443) == "blocked"
        load(series[lacking], fleet, lacking)
        assert reach(series, MAILBOX, INTERNET, 443) == "open"


PAIR = {"inside0": ["10.0.0.0/24"], "clients0": ["10.9.0.0/24"]}


@pytest.fixture
def pair() -> Iterator[Wiring]:
    """Two gateways side by side between clients and servers; routes decide which one is in charge."""
    cables, routes = [], {"clients": [], "servers": []}
    for number, name in ((1, "gw1"), (2, "gw2")):
        cables += [
            ((name, "clients0", f"10.9.{number}.1/30"), ("clients", f"lab{number}", f"10.9.{number}.2/30")),
            ((name, "inside0", f"10.0.{number}.1/30"), ("servers", f"lab{number}", f"10.0.{number}.2/30")),
        ]
        routes[name] = [(f"{CLIENT}/32", f"10.9.{number}.2"), (f"{MAILBOX}/32", f"10.0.{number}.2")]
    with Wiring({"clients": False, "servers": False, "gw1": True, "gw2": True}, cables, routes) as wiring:
        wiring.address("clients", CLIENT)
        wiring.address("servers", MAILBOX)
        yield wiring


def in_charge(wiring: Wiring, number: int) -> None:
    wiring["clients"].ip([f"route replace {MAILBOX}/32 via 10.9.{number}.1 src {CLIENT}"])
    wiring["servers"].ip([f"route replace {CLIENT}/32 via 10.0.{number}.1 src {MAILBOX}"])


def inventory_of_pair(folder: Path, **servers: SshServer) -> dict:
    """Both gateways in a group whose variables say platform and zones once."""
    hosts = {
        name: {
            **server.variables(),
            # the file system is shared by all namespaces
            "exchange_appliance_directory": str(folder / name),
            "exchange_appliance_boot_unit": str(folder / f"{name}.service"),
        }
        for name, server in servers.items()
    }
    perimeter = {"vars": {"exchange_platform": "nftables", "exchange_zones": PAIR}, "hosts": hosts}
    return {
        "all": {
            "vars": {"exchange_networks": NETWORKS, "exchange_management_networks": ["10.9.0.0/16"]},
            "hosts": {"mbx1": {**SITE["mbx1"], "ansible_connection": "local"}},
            "children": {"perimeter": perimeter},
        }
    }


def apply_to_pair(wiring: Wiring, folder: Path) -> subprocess.CompletedProcess[str]:
    """The real role over ssh from the clients' network, one gateway after the other."""
    roles = ["msexchange.firewall.exchange_appliance"]
    play = {"hosts": "perimeter", "gather_facts": False, "serial": 1, "any_errors_fatal": True, "roles": roles}
    (folder / "play.yml").write_text(json.dumps([play]), encoding="utf-8")
    (folder / "ansible.cfg").write_text("[defaults]\n", encoding="ascii")
    environment = {
        **os.environ,
        "PATH": PATHS,
        "ANSIBLE_COLLECTIONS_PATH": collections_path(),
        "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_LOCAL_TEMP": str(folder / "tmp"),
        "ANSIBLE_SSH_CONTROL_PATH_DIR": str(folder / "cp"),
    }
    words = ["ip", "netns", "exec", wiring["clients"].name, str(TOOLS / "ansible-playbook")]
    words += ["-i", str(folder / "inventory.json"), "-e", "exchange_appliance_mode=enforce", str(folder / "play.yml")]
    with SshServer(wiring["gw1"], "10.9.1.1") as first, SshServer(wiring["gw2"], "10.9.2.1") as second:
        inventory = inventory_of_pair(folder, gw1=first, gw2=second)
        (folder / "inventory.json").write_text(json.dumps(inventory), encoding="utf-8")
        return subprocess.run(words, capture_output=True, text=True, check=False, timeout=300, env=environment)


def test_a_pair_of_gateways_holds_the_same_rules_and_either_lets_the_same_pass(pair: Wiring, tmp_path: Path) -> None:
    done = apply_to_pair(pair, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("changed=1") == 2
    assert rules(pair["gw1"]) == rules(pair["gw2"])
    for number in (1, 2):
        in_charge(pair, number)
        for port, expected in ((443, "open"), (80, "blocked"), (3389, "blocked")):
            pair["servers"].call(serve_tcp, MAILBOX, port)
            assert pair["clients"].call(call_tcp, CLIENT, MAILBOX, port) == expected, (number, port)
    again = apply_to_pair(pair, tmp_path)
    assert again.returncode == 0 and again.stdout.count("changed=0") == 2, again.stdout + again.stderr

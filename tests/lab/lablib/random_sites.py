# SPDX-License-Identifier: GPL-3.0-or-later
"""Made-up organizations: many small inventories with everything that may decide who may talk to whom."""

from __future__ import annotations

import json
import random
from datetime import date
from functools import cache
from pathlib import Path

import yaml

from .inventory import Inventory

ZONES = {
    "in0": ["10.1.0.0/16", "2001:db8:1::/48"],
    "far0": ["10.2.0.0/16", "2001:db8:2::/48"],
    "dmz0": ["10.3.0.0/16", "2001:db8:3::/48"],
    "out0": ["0.0.0.0/0", "::/0"],
}
ERAS = (["5.5", "2000", "2003"], ["2003", "2007", "2010"], ["2010", "2013", "2016"], ["2016", "2019", "se"])
NETWORKS = {
    "internal_clients": [["10.2.128.0/17", "2001:db8:2:8000::/49"], ["10.1.0.0/16", "2001:db8:1::/48"]],
    "admin_workstation": [["10.2.200.0/24", "2001:db8:2:c800::/56"]],
    "exchange_online": [["198.51.100.0/24", "2001:db8:365::/48"]],
    "mail_relay": [["192.0.2.16/28"]],
    "x400_mta": [["192.0.2.0/24", "2001:db8:400::/48"]],
    "dns_server": [["10.3.53.0/28", "2001:db8:3:53::/64"], ["10.2.200.128/25"]],
    "skype_server": [["10.2.77.0/24"]],
}
# the day of these inventories: some of their own flows and overrides are over by then
TODAY = date(2030, 6, 15)
OWN_NETWORKS = {"monitoring": ["10.2.60.0/24", "2001:db8:2:3c00::/56"], "backup": ["10.3.70.0/24"]}
_OWN = {"title": "Own", "need": "Ours.", "owner": "Us", "protocol": "own"}
_SECOND = {"id": "more", "title": "More", "direction": "both", "transport": "udp", "ports": ["30000-30010"]}
# as Microsoft's endpoints web service answers
RECORDS = [
    {"id": 1, "serviceArea": "Exchange", "ips": ["198.51.100.0/25", "2001:db8:365::/48"], "tcpPorts": "80,443"},
    {"id": 8, "serviceArea": "Exchange", "urls": ["*.example.com"], "tcpPorts": "80,443"},
    {"id": 10, "serviceArea": "Exchange", "ips": ["198.51.100.192/26"], "tcpPorts": "25"},
    {"id": 56, "serviceArea": "Common", "ips": ["198.51.100.128/26"], "tcpPorts": "80,443"},
]
FILES = {"online.json": json.dumps(RECORDS)}
# drawn as often as all others together: what most plans have
USUAL = ("domain_controller", "dns_server", "witness", "load_balancer", "mail_relay", "skype_server", "x400_mta")


class Maker:
    """``Maker(catalog folder, seed).inventory()``: equal seeds make equal inventories."""

    def __init__(self, catalog: Path, seed: int) -> None:
        self.dice = random.Random(seed)
        self.products = _load(catalog / "products.yml")["products"]
        self.windows = [w["id"] for w in _load(catalog / "products.yml")["windows"]]
        self.features = [feature for feature in _entries(catalog, "features") if "refused" not in feature]
        flows = _entries(catalog, "flows")
        self.flows = [flow for flow in flows if "refused" not in flow]
        self.peers = sorted(
            party["id"] for party in _load(catalog / "parties.yml")["parties"] if party["kind"] == "peer"
        )
        self.follows = sorted({follow["id"] for flow in flows for follow in flow.get("follows", [])})

    def inventory(self) -> Inventory:
        dice = self.dice
        self.own: list[str] = []  # parties that its own flows bring in
        era = dice.choice([*ERAS, [product["id"] for product in self.products]])
        fleet = {
            "exchange_networks": {
                party: dice.choice(choices) for party, choices in NETWORKS.items() if dice.random() < 0.6
            },
            "exchange_management_networks": ["10.1.99.0/24", "2001:db8:1:9900::/56"],
        }
        if dice.random() < 0.6:
            own = self._extra_flows(dice.randint(1, 3))
            named = {party for flow in own for end in ("initiator", "listener") for party in flow[end]["parties"]}
            self.own = sorted(named & set(OWN_NETWORKS))
            fleet["exchange_extra_flows"] = own
            fleet["exchange_networks"] |= {party: OWN_NETWORKS[party] for party in sorted(named & set(OWN_NETWORKS))}
        if dice.random() < 0.6:
            fleet["exchange_flow_overrides"] = self._overrides(dice.randint(1, 12))
        if "exchange_online" in fleet["exchange_networks"] and dice.random() < 0.5:
            del fleet["exchange_networks"]["exchange_online"]
            fleet["exchange_online_endpoints"] = {"file": "online.json", "date": "2030-06-01"}
        groups = dice.sample(["alpha", "beta"], dice.randint(0, 2))
        by_group = self._by_group(dice.choice(era), groups)
        hosts = {"gw": {"exchange_zones": ZONES, "exchange_platform": "nftables"}}
        for number in range(dice.randint(2, 7)):
            hosts[f"mx{number}"] = self._server(number, dice.choice(era))
        for number in range(dice.randint(0, 4)):
            hosts[f"peer{number}"] = self._peer(number + 100, list(hosts))
        members = {
            name: frozenset(group for group in groups if dice.random() < 0.4) for name in hosts if name[:2] == "mx"
        }
        if dice.random() < 0.2:
            self._split(hosts)
            return Inventory((), "gw", {n: self._of_two(fleet, v) for n, v in hosts.items()}, members, FILES)
        return Inventory((), "gw", {n: {**fleet, **by_group, **v} for n, v in hosts.items()}, members, FILES)

    def _extra_flows(self, count: int) -> list[dict]:
        """Between servers and anybody, in both directions, with what a flow may have; some are over."""
        dice, found = self.dice, []
        roles = sorted({role for product in self.products for role in product["server_roles"]})
        others = [*OWN_NETWORKS, *self.peers, "internal_clients", "internet", *roles]
        for number in range(count):
            ends = [{"parties": dice.sample(roles, dice.randint(1, 3))}, {"parties": dice.sample(others, 2)}]
            dice.shuffle(ends)
            transport = dice.choice(["tcp", "tcp", "udp", "esp"])
            flow = {
                **_OWN,
                "id": f"own-{number}",
                "initiator": ends[0],
                "listener": ends[1],
                "transport": transport,
            }
            if transport != "esp":
                flow["ports"] = dice.sample([2525, "9100-9200", 443, 64327], dice.randint(1, 2))
            for name, choices in (
                ("scope", ["same_site", "same_dag", "same_routing_group", "other_routing_group"]),
                ("network", ["replication"]),
                ("features", [["pop3"], ["dag", "imap4"]]),
                ("expiry", ["2030-06-14", "2030-06-15"]),
                ("follows", [[_SECOND]]),
            ):
                if dice.random() < 0.2:
                    flow[name] = dice.choice(choices)
            found.append(flow)
        return found

    def _overrides(self, count: int) -> dict[str, dict]:
        """Flows of the catalog off or moved, unconfirmed ones opened; some overrides are over."""
        dice, found = self.dice, {}
        for flow in dice.sample(self.flows, count):
            wanted = {"enabled": False}
            if flow.get("boundary") == "whole":
                continue
            if "ports" in flow and dice.random() < 0.6:
                wanted = {"ports": dice.sample([4443, "5000-5010", 25], dice.randint(1, 2))}
            if flow["confidence"] == "unconfirmed":
                wanted["enabled"] = True
            over = {"expiry": dice.choice(["2030-06-14", "2030-06-15"])} if dice.random() < 0.3 else {}
            found[flow["id"]] = {**wanted, **over, "reason": "Made up."}
        return found

    def _by_group(self, version: str, groups: list[str]) -> dict:
        """Roles and features that groups say for their hosts; some will not fit, which is the plan's to report."""
        roles = next(p for p in self.products if p["id"] == version)["server_roles"]
        features = [feature["id"] for feature in self.features]
        return {
            "exchange_role_groups": {group: [self.dice.choice(roles)] for group in groups},
            "exchange_feature_groups": {group: self.dice.sample(features, 2) for group in groups},
        }

    def _split(self, hosts: dict[str, dict]) -> None:
        """Two organizations behind one gateway."""
        for name, values in hosts.items():
            if name != "gw" and self.dice.random() < 0.5:
                values["exchange_organization"] = "other"

    def _of_two(self, fleet: dict, values: dict) -> dict:
        """Each organization declares half of the networks."""
        other = values.get("exchange_organization") == "other"
        networks = fleet["exchange_networks"]
        mine = {party: networks[party] for number, party in enumerate(sorted(networks)) if number % 2 == other}
        return {**fleet, "exchange_networks": mine, **values}

    def _server(self, number: int, version: str) -> dict:
        dice = self.dice
        product = next(p for p in self.products if p["id"] == version)
        roles = dice.sample(product["server_roles"], dice.randint(1, min(2, len(product["server_roles"]))))
        fitting = [f["id"] for f in self.features if any(_fits(entry, version, roles) for entry in f["available"])]
        values = {
            "exchange_version": version,
            "exchange_roles": roles,
            "exchange_features": [feature for feature in fitting if dice.random() < 0.4],
            "exchange_addresses": self._addresses(number, 10),
        }
        for variable, choices in (
            ("exchange_routing_group", ["first", "second"]),
            ("exchange_site", ["here", "there"]),
            ("exchange_dag", ["dag1", "dag2"]),
            ("exchange_dynamic_ports", ["49152-49200", [6005, "7000-7010"]]),
            ("ansible_connection", ["ssh", "winrm", "psrp", "local"]),
            ("exchange_static_ports", [{dice.choice(self.follows): [dice.randint(1024, 65535)]}]),
        ):
            if dice.random() < 0.4:
                values[variable] = dice.choice(choices)
        if dice.random() < 0.4:
            values["exchange_replication_addresses"] = self._addresses(number, 20)
        return values

    def _peer(self, number: int, others: list[str]) -> dict:
        dice = self.dice
        values = {
            "exchange_party": dice.choice([dice.choice(USUAL), dice.choice(self.peers), *self.own]),
            "exchange_addresses": self._addresses(number, 10),
            "exchange_windows_version": dice.choice(self.windows),
        }
        servers = [name for name in others if name.startswith("mx")]
        if values["exchange_party"] == "load_balancer" and dice.random() < 0.6:
            values["exchange_servers"] = dice.sample(servers, dice.randint(1, len(servers)))
        if dice.random() < 0.5:
            values["exchange_dag"] = dice.choice(["dag1", "dag2"])
        if values["exchange_party"] == "load_balancer":
            self._balance(number, values)
        return values

    def _balance(self, number: int, values: dict) -> None:
        """Virtual addresses of its own, one that it shares with others, or its own address again."""
        dice = self.dice
        choices = [self._addresses(number, 30), ["10.3.30.250"], values["exchange_addresses"][:1]]
        if dice.random() < 0.7:
            values["exchange_virtual_addresses"] = dice.choice(choices)
        if dice.random() < 0.7:
            values["exchange_keeps_client_address"] = dice.choice([True, False, False])
        if dice.random() < 0.5:
            values["exchange_published_addresses"] = {values["exchange_addresses"][0]: f"192.0.2.{number}"}

    def _addresses(self, number: int, third: int) -> list[str]:
        """One or both families, in a random zone; some lie inside a declared network."""
        zone = self.dice.choice([1, 2, 3])
        third = self.dice.choice([third, third + 190]) if zone == 2 else third
        found = [f"10.{zone}.{third}.{number + 1}", f"2001:db8:{zone}:{third:x}::{number + 1:x}"]
        return found if self.dice.random() < 0.8 else found[:1]


def _fits(entry: dict, version: str, roles: list[str]) -> bool:
    return version in entry["versions"] and bool(set(roles) & set(entry["server_roles"]))


@cache
def _load(path: Path) -> dict:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _entries(catalog: Path, kind: str) -> list[dict]:
    return [entry for path in sorted(catalog.glob(f"{kind}/*.yml")) for entry in _load(path)[kind]]

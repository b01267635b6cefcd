# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts about Windows hosts against what was published: Setup's rules, and the services of each server role."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from catalog_data.entries import PRODUCTS, hold, pair, read
from catalog_data.host_entries import ENTRIES, places, servers_of

RAW = Path(__file__).resolve().parents[4] / "shared" / "facts" / "setup-rules-2010.yaml"
ROLES = {
    "cas": "client_access",
    "edge": "edge_transport",
    "hub": "hub_transport",
    "mailbox": "mailbox",
    "um": "unified_messaging",
}
KEYWORDS = {"RPC": "rpc", "RPC-EPMap": "rpc_epmap"}


def _published() -> list[dict]:
    if not RAW.exists():
        pytest.skip(f"the list of Setup's rules lies outside of a clone, and there is none at {RAW}")
    return read(RAW)["exchange_2010"]["rules"]


def _named(name: str) -> dict:
    (only,) = [
        rule for rule in ENTRIES["setup_rules"] if name in (rule["name"], rule.get("printed")) and _of_2010(rule)
    ]
    return only


def _of_2010(rule: dict) -> bool:
    return any("2010" in place["versions"] for place in places(rule))


def test_every_published_rule_of_2010_is_there_and_no_other() -> None:
    names = {name for rule in ENTRIES["setup_rules"] if _of_2010(rule) for name in (rule["name"], rule.get("printed"))}
    published = {rule["name"] for rule in _published()}
    hold([f"{name}: is published, and not in the catalog" for name in sorted(published - names)])
    assert sum(map(_of_2010, ENTRIES["setup_rules"])) == len(published)


def test_published_rules_of_2010_have_their_roles_ports_and_programs() -> None:
    problems = []
    for raw in _published():
        rule = _named(raw["name"])
        roles = {role for role in PRODUCTS["2010"]["server_roles"] if "all" in raw["roles"]}
        roles |= {ROLES[role] for role in raw["roles"] if role != "all"}
        if {role for place in places(rule) for _version, role in servers_of(place)} != roles:
            problems.append(f"{rule['id']}: the list has {', '.join(sorted(roles))}")
        ports = KEYWORDS.get(raw["port"]) or [int(port) for port in str(raw["port"]).split(",")]
        if rule["ports"] != ports:
            problems.append(f"{rule['id']}: the list has {raw['port']}")
        # a remark behind the program corrects a misprint: "X (as printed; surely Y)"
        program = re.sub(r".*surely ([^)]+)\).*", r"\1", raw["program"]).split(" (")[0]
        found = rule.get("program", "any")
        if found.lower().rpartition(program.lower())[2] or (program == "any") != (found == "any"):
            problems.append(f"{rule['id']}: the list has {raw['program']}, the catalog {found}")
    hold(problems)


# Windows services by version and server role, from the documents that list them (svc2013, svc2016); written from there
_EVERYWHERE = {"MSExchangeHM", "MSExchangeServiceHost"}
_MAILBOX_2013 = {
    *("MSExchangeADTopology", "MSExchangeDagMgmt", "MSExchangeDelivery", "MSExchangeEdgeSync", "MSExchangeIMAP4BE"),
    *("MSExchangeIS", "MSExchangeMailboxAssistants", "MSExchangeMailboxReplication", "MSExchangePOP3BE"),
    *("MSExchangeRPC", "MSExchangeRepl", "MSExchangeThrottling", "MSExchangeTransport"),
    *("MSExchangeTransportLogSearch", "MSExchangeUM"),
}
_FRONT_END = {"MSExchangeFrontEndTransport", "MSExchangeIMAP4", "MSExchangePOP3", "MSExchangeUMCR"}
_EDGE = {"ADAM_MSExchange", "MSExchangeTransport", "MSExchangeTransportLogSearch"} | _EVERYWHERE
_UNIFIED_MESSAGING = {"MSExchangeUM", "MSExchangeUMCR"}
LISTED = {
    ("2013", "client_access"): {"MSExchangeADTopology"} | _FRONT_END | _EVERYWHERE,
    ("2013", "mailbox"): _MAILBOX_2013 | _EVERYWHERE,
    ("2013", "edge_transport"): _EDGE,
    ("2016", "mailbox"): _MAILBOX_2013 | _FRONT_END | _EVERYWHERE,
    ("2016", "edge_transport"): _EDGE,
    ("2019", "mailbox"): (_MAILBOX_2013 | _FRONT_END | _EVERYWHERE) - _UNIFIED_MESSAGING,
    ("2019", "edge_transport"): _EDGE,
}
# Windows' own, on every server
WINDOWS_SERVICES = {"RPCSS"}


@pytest.mark.parametrize("server", LISTED, ids="-".join)
def test_services_stand_where_documents_list_them(server: tuple[str, str]) -> None:
    found = {
        entry["service"]
        for entry in ENTRIES["services"]
        for place in places(entry)
        if server in servers_of(place) and "service" in entry
    }
    assert found - WINDOWS_SERVICES == LISTED[server]


# what the connectors' page says of a Mailbox server of 2016 and 2019 (recv2016), and the port pages of POP3 and IMAP4
LISTENERS = {
    "MSExchangeFrontEndTransport": {25, 587, 717},
    "MSExchangeTransport": {465, 2525},
    "MSExchangeDelivery": {475},
    "MSExchangePOP3": {110, 995},
    "MSExchangeIMAP4": {143, 993},
    "MSExchangeRepl": {64327},
}


@pytest.mark.parametrize("service", LISTENERS)
@pytest.mark.parametrize("version", ["2016", "2019", "se"])
def test_published_listeners_have_their_service(service: str, version: str) -> None:
    ports = {
        port
        for entry in ENTRIES["services"]
        if entry.get("service") == service and isinstance(entry["ports"], list)
        for place in places(entry)
        if (version, "mailbox") in servers_of(place)
        for low, high in map(pair, entry["ports"])
        for port in range(low, high + 1)
    }
    assert LISTENERS[service] <= ports

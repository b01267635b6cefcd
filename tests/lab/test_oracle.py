# SPDX-License-Identifier: GPL-3.0-or-later
"""The oracle's own answers, checked against what a person reads in the examples and in the catalog."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lablib.inventory import Inventory, read_inventory
from lablib.oracle import Oracle
from lablib.site import CATALOG, EXAMPLES

RUNS_ANYWHERE = True
INTERNET, MANAGEMENT, CLIENT, ADMIN, ONLINE = "203.0.113.9", "10.99.0.7", "10.9.1.1", "10.9.200.5", "198.51.100.8"


@pytest.fixture(scope="module")
def article() -> Oracle:
    return Oracle(CATALOG, read_inventory(EXAMPLES / "article"))


@pytest.fixture(scope="module")
def current() -> Oracle:
    return Oracle(CATALOG, read_inventory(EXAMPLES / "current"))


BE1, BE2, BR1, FE1 = "10.1.10.11", "10.4.10.12", "10.2.10.11", "172.16.20.11"
IM1, CHAT1, CONF1, DC1 = "10.1.10.21", "10.1.10.22", "10.1.10.23", "10.1.10.2"


@pytest.mark.parametrize(
    ("source", "destination", "transport", "port", "flows"),
    [
        (BE1, BE2, "tcp", 691, {"smtp-lsa-691"}),
        (BE1, BR1, "tcp", 691, set()),
        (BE1, BR1, "tcp", 25, {"smtp-lsa-25"}),
        (BE2, BR1, "tcp", 25, set()),
        (CLIENT, CHAT1, "tcp", 994, set()),
        (CLIENT, CONF1, "tcp", 522, set()),
        (CLIENT, CONF1, "udp", 1024, {"audio-1731+audio_media"}),
        (CONF1, CLIENT, "udp", 1023, set()),
        (IM1, CLIENT, "tcp", 1024, {"rvp-80+rvp_callback"}),
        (CLIENT, IM1, "tcp", 1024, set()),
        (CLIENT, BE1, "tcp", 5000, {"msrpc-135-outlook-2000-2003+rpc"}),
        (CLIENT, BE1, "tcp", 5001, set()),
        # H.245 is the kernel's to open, so its range is not
        (CLIENT, CONF1, "tcp", 30000, set()),
        (INTERNET, FE1, "tcp", 25, {"mail-internet-in-25-2000-2003"}),
        (INTERNET, BE1, "tcp", 25, set()),
        ("2001:db8:1:10::11", "2001:db8:4:10::12", "tcp", 691, {"smtp-lsa-691"}),
    ],
)
def test_the_article(
    article: Oracle, source: str, destination: str, transport: str, port: int, flows: set[str]
) -> None:
    assert article.allowed(source, destination, transport, port) == flows


MBX1, MBX3, LB1, EDGE1, DC2 = "10.1.10.11", "10.2.10.11", "10.1.10.100", "172.16.20.11", "10.2.10.2"
BILLING = "10.3.20.2"
REPLICA1, REPLICA3, WITNESS = "10.1.11.11", "10.2.11.11", "10.3.10.5"


@pytest.mark.parametrize(
    ("source", "destination", "transport", "port", "flows"),
    [
        (MBX1, MBX3, "tcp", 12345, {"boundary-servers"}),
        (MBX1, MBX3, "esp", 0, {"boundary-servers"}),
        (MBX1, DC2, "udp", 1, {"boundary-to-domain-controllers"}),
        (REPLICA1, REPLICA3, "tcp", 64327, {"dag-64327-replication"}),
        (REPLICA1, REPLICA3, "tcp", 12345, set()),
        (REPLICA1, MBX3, "tcp", 64327, set()),
        (MBX1, WITNESS, "tcp", 445, {"witness-445"}),
        # mbx3 stands in another site than the Edge servers, and lb1 names mbx1 and mbx2 only
        (MBX1, EDGE1, "tcp", 50636, {"edgesync-50636"}),
        (MBX3, EDGE1, "tcp", 50636, set()),
        (LB1, MBX3, "tcp", 443, set()),
        (CLIENT, LB1, "tcp", 443, {"client-https-443"}),
        # the longest prefix decides: this address is a workstation of administrators and no client
        (ADMIN, LB1, "tcp", 443, {"admin-https-443"}),
        (ADMIN, EDGE1, "tcp", 3389, {"edge-rdp-3389"}),
        # Exchange Online is the Internet as well
        (ONLINE, EDGE1, "tcp", 25, {"edge-internet-in-25", "hybrid-mail-in-25"}),
        # a flow of the example's own
        (BILLING, MBX3, "tcp", 2525, {"invoices-relay-2525"}),
        (BILLING, MBX3, "tcp", 25, set()),
        (MBX3, BILLING, "tcp", 2525, set()),
        (MANAGEMENT, MBX1, "tcp", 5986, {"management"}),
        (MANAGEMENT, MBX1, "tcp", 22, set()),
    ],
)
def test_the_current_organization(
    current: Oracle, source: str, destination: str, transport: str, port: int, flows: set[str]
) -> None:
    assert current.allowed(source, destination, transport, port) == flows


def test_enforce_judges_only_servers_and_load_balancers(current: Oracle) -> None:
    assert current.judged(CLIENT, LB1)
    assert current.judged(REPLICA1, INTERNET)
    assert not current.judged(CLIENT, DC2)
    assert not current.judged(WITNESS, DC2)
    assert not current.judged(CLIENT, INTERNET)


PERIMETER = {
    "exchange_networks": {"internal_clients": ["10.9.0.0/16"]},
    "exchange_online_endpoints": {"file": "online.json", "date": "2026-11-01"},
}
BALANCED = {
    "m1": {"exchange_version": "se", "exchange_roles": ["mailbox"], "exchange_addresses": ["10.0.0.1"]},
    "m2": {"exchange_version": "se", "exchange_roles": ["mailbox"], "exchange_addresses": ["10.0.0.2"]},
    "lb": {
        "exchange_party": "load_balancer",
        "exchange_addresses": ["10.0.1.1"],
        "exchange_virtual_addresses": ["10.0.1.9"],
        "exchange_servers": ["m1"],
        "exchange_keeps_client_address": False,
    },
}


def balanced(**said: object) -> Oracle:
    hosts = {**BALANCED, "lb": {**BALANCED["lb"], **said}, "m1": {**BALANCED["m1"], "exchange_features": ["hybrid"]}}
    record = {"id": 1, "serviceArea": "Exchange", "ips": ["198.51.100.0/24"]}
    files = {"online.json": json.dumps([record, {**record, "serviceArea": "Skype", "ips": ["192.0.2.0/24"]}])}
    return Oracle(CATALOG, Inventory((), "gw", {name: {**PERIMETER, **v} for name, v in hosts.items()}, files=files))


@pytest.mark.parametrize(
    ("source", "destination", "flows"),
    [
        (CLIENT, "10.0.1.9", {"client-https-443"}),
        (CLIENT, "10.0.1.1", set()),
        (CLIENT, "10.0.0.1", set()),
        (CLIENT, "10.0.0.2", {"client-https-443"}),
        ("10.0.1.1", "10.0.0.1", {"balancer-https-443"}),
        ("10.0.1.9", "10.0.0.1", set()),
        ("10.0.0.1", ONLINE, {"hybrid-out-443", "mitigation-443"}),
        ("10.0.0.1", "192.0.2.1", {"mitigation-443"}),
    ],
)
def test_a_balancer_that_hides_clients_and_exchange_online_from_a_file(
    source: str, destination: str, flows: set[str]
) -> None:
    assert balanced().allowed(source, destination, "tcp", 443) == flows


def test_a_balancer_that_keeps_addresses_hides_nobody() -> None:
    kept = balanced(exchange_keeps_client_address=True)
    assert kept.allowed(CLIENT, "10.0.0.1", "tcp", 443) == {"client-https-443"}
    assert kept.judged(CLIENT, "10.0.1.9")


SMALL_CATALOG = Path(__file__).resolve().parents[1] / "unit" / "small_catalog"


@pytest.mark.parametrize(("flow", "port"), [("probe-1080", 1080), ("guess-1090", 1090)])
def test_what_nobody_confirmed_opens_by_its_id_alone(flow: str, port: int) -> None:
    server = {"exchange_version": "2019", "exchange_roles": ["mailbox"], "exchange_addresses": ["10.0.0.1"]}
    server["exchange_features"] = ["probes"]
    by_id = {flow: {"enabled": True, "reason": "The vendor asks for it."}}
    for overrides, expected in (({}, set()), (by_id, {flow})):
        hosts = {"a": {**server, "exchange_flow_overrides": overrides}, "gw": {"exchange_flow_overrides": overrides}}
        oracle = Oracle(SMALL_CATALOG, Inventory((), "gw", hosts, {}, {}))
        assert oracle.allowed("10.0.0.1", INTERNET, "tcp", port) == expected

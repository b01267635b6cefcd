# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers of the oracle for the example of each generation that a person can check in the catalog's documents."""

from __future__ import annotations

from functools import cache

import pytest
from lablib.inventory import read_inventory
from lablib.oracle import Oracle
from lablib.site import CATALOG, EXAMPLES

RUNS_ANYWHERE = True
CLIENT, INTERNET, ADMIN, ONLINE = "10.9.1.1", "203.0.113.9", "10.9.200.5", "198.51.100.8"
EDGE1, EDGE2, VIRTUAL, OWN = "172.16.20.11", "172.16.30.11", "10.3.10.100", "10.3.10.101"
FRONT1, MBX1, UM1, PBX = "10.1.10.11", "10.1.10.31", "10.1.10.41", "10.3.20.5"

ORACLE = cache(lambda name: Oracle(CATALOG, read_inventory(EXAMPLES / name)))
ANSWERS = {
    "2007": [
        # the balancer hides its servers: clients call its virtual address alone
        (CLIENT, VIRTUAL, "tcp", 443, {"client-https-443-2007-2010"}),
        (CLIENT, OWN, "tcp", 443, set()),
        (CLIENT, FRONT1, "tcp", 443, set()),
        # Outlook calls the Mailbox server itself, on 135 and then within 2007's range
        (CLIENT, MBX1, "tcp", 60000, {"msrpc-135-outlook-2007+rpc"}),
        (CLIENT, MBX1, "tcp", 60001, set()),
        # continuous replication on its own network: files by SMB, seeding by RPC
        ("10.1.11.31", "10.4.11.31", "tcp", 445, {"ccr-445-replication-2007"}),
        ("10.1.11.31", "10.4.11.31", "udp", 3343, {"cluster-3343-udp-replication"}),
        ("10.1.11.31", "10.4.11.31", "udp", 3344, set()),
        # Hub Transport of the subscribed site calls Edge, never back
        (FRONT1, EDGE1, "tcp", 50636, {"edgesync-50636-2007-2010"}),
        (FRONT1, EDGE2, "tcp", 50636, set()),
        (EDGE1, FRONT1, "tcp", 50636, set()),
        (PBX, UM1, "tcp", 5060, {"um-sip-2007-2010"}),
        (PBX, UM1, "udp", 1023, set()),
    ],
    "2010": [
        (CLIENT, VIRTUAL, "tcp", 135, {"balancer-rpc-135-clients-2010"}),
        # Outlook's RPC is fixed to two ports, so nothing else of the range 6005-65534 is open
        (CLIENT, VIRTUAL, "tcp", 59531, {"balancer-rpc-135-clients-2010+rpc"}),
        (CLIENT, VIRTUAL, "tcp", 59533, set()),
        (CLIENT, MBX1, "tcp", 65535, set()),
        ("10.1.11.31", "10.2.11.11", "tcp", 64327, {"dag-64327-replication"}),
        (ONLINE, EDGE1, "tcp", 25, {"edge-internet-in-25-2007-2010", "hybrid-mail-in-25-2010"}),
        (ONLINE, EDGE2, "tcp", 25, {"edge-internet-in-25-2007-2010"}),
        (PBX, UM1, "tcp", 16500, {"um-worker-control-2010"}),  # opened by its id alone
    ],
    "2013": [
        # one balancer stands for both versions behind it
        (CLIENT, VIRTUAL, "tcp", 443, {"client-https-443", "client-https-443-2013"}),
        (CLIENT, MBX1, "tcp", 443, set()),  # Mailbox servers of 2013 take no clients
        (MBX1, EDGE1, "tcp", 50636, {"edgesync-50636"}),
        (MBX1, "172.16.20.12", "tcp", 50636, {"edgesync-50636-mixed-older"}),
        ("10.4.10.31", EDGE2, "tcp", 25, {"mailbox-edge-25-unsubscribed"}),
        (MBX1, EDGE2, "tcp", 25, set()),
        ("10.3.10.9", FRONT1, "tcp", 5985, {"hybrid-agent-servers-2010-2013"}),
        (ONLINE, FRONT1, "tcp", 443, {"client-https-443-internet-2013"}),
        (ADMIN, EDGE1, "tcp", 3389, {"edge-rdp-3389"}),
    ],
    "5.5": [
        (CLIENT, FRONT1, "tcp", 5000, {"msrpc-135-outlook-55+rpc"}),
        (CLIENT, FRONT1, "tcp", 5001, set()),
        ("10.3.10.9", FRONT1, "tcp", 389, {"adc-389-55"}),
        ("10.3.10.9", "10.2.10.11", "tcp", 389, set()),  # a domain controller as well, so 390
        ("10.3.10.9", "10.2.10.11", "tcp", 390, {"adc-390-55"}),
        ("172.16.20.11", FRONT1, "tcp", 135, {"msrpc-135-owa-55"}),
        ("10.1.10.21", "10.4.10.22", "udp", 3343, {"cluster-3343-udp-2000-2003", "cluster-high-udp-2000-2003"}),
        ("172.16.30.5", "172.16.20.21", "tcp", 443, {"proxy-web-443-2003"}),
        (INTERNET, "172.16.20.21", "tcp", 443, set()),  # in its place the proxy
    ],
}


@pytest.mark.parametrize("name", ANSWERS)
def test_what_a_person_would_say(name: str) -> None:
    oracle = ORACLE(name)
    said = [(*asked, oracle.allowed(*asked)) for *asked, _flows in ANSWERS[name]]
    assert said == [tuple(row) for row in ANSWERS[name]]

# SPDX-License-Identifier: GPL-3.0-or-later
"""A load balancer with a virtual address, that keeps its clients' addresses or hides them: with real packets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lablib.calls import call_tcp, serve_tcp
from lablib.site import Site

VIRTUAL = "10.1.10.200"
CLIENTS = "network internal_clients"


@pytest.fixture
def site(current: Site) -> Iterator[Site]:
    """The balancer lb1 stands in front of mbx1 and mbx2; afterwards the site is as it was."""
    if VIRTUAL not in current.lab.place:
        current.lab.add_address("hq0", VIRTUAL)
    yield current
    current.overlay()
    current.apply("enforce")


def reached(site: Site) -> dict[str, str]:
    """What a client gets on 443, by whom it calls."""
    here = site.end(CLIENTS)
    called = {"virtual": VIRTUAL, **{name: site.end(name) for name in ("lb1", "mbx1", "mbx2", "mbx3")}}
    found = {}
    for name, there in called.items():
        site.lab.zone_of(there).call(serve_tcp, there, 443)
        found[name] = site.lab.zone_of(here).call(call_tcp, here, there, 443)
    return found


def test_clients_reach_the_virtual_address_and_servers_only_where_these_see_them(site: Site) -> None:
    hidden = {"exchange_virtual_addresses": [VIRTUAL], "exchange_keeps_client_address": False}
    site.overlay(lb1=hidden)
    site.apply("enforce")
    closed = {"lb1": "blocked", "mbx1": "blocked", "mbx2": "blocked"}
    assert reached(site) == {"virtual": "open", **closed, "mbx3": "open"}
    site.overlay(lb1={**hidden, "exchange_keeps_client_address": True})
    site.apply("enforce")
    assert reached(site) == {"virtual": "open", "lb1": "blocked", "mbx1": "open", "mbx2": "open", "mbx3": "open"}

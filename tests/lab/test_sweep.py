# SPDX-License-Identifier: GPL-3.0-or-later
"""What passes the gateway is what catalog and inventory call for: planned ports, their neighbours and a sample.

`make sweep` sends to all 65,535 ports instead.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lablib.site import Site
from lablib.sweep import ALONE, BESIDE, ENFORCE, Result, interesting_ports, pairs, sweep


@pytest.fixture(params=["article", "current"])
def site(request: pytest.FixtureRequest) -> Site:
    return request.getfixturevalue(request.param)


def swept(site: Site, mode: str) -> Result:
    every = pairs(site.inventory)
    result = sweep(site.lab, site.oracle, mode, every, interesting_ports(site.oracle, every))
    assert result.pairs == len(every)
    print(f"{site.example}, {mode}: {result.pairs} pairs, {result.packets} packets")
    return result


def test_enforce_passes_exactly_what_is_planned(site: Site) -> None:
    assert swept(site, ENFORCE).wrong == []


@pytest.fixture
def added(site: Site) -> Iterator[Site]:
    """The same site in `add`, beside a foreign firewall that lets nothing through but what we mark."""
    site.beside_foreign()
    yield site
    site.apply("enforce")


def test_add_opens_exactly_what_is_planned_in_a_foreign_firewall(added: Site) -> None:
    try:
        assert swept(added, BESIDE).wrong == []
    finally:
        added.lab.gateway.nft("delete table inet foreign_firewall\n")
    # Alone, the same rules restrict nothing at all.
    every = pairs(added.inventory)
    assert sweep(added.lab, added.oracle, ALONE, every, [25, 522, 994, 40000]).wrong == []

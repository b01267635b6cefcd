# SPDX-License-Identifier: GPL-3.0-or-later
"""What passes the gateway is what catalog and inventory call for: planned ports, their neighbours and a sample.

`make sweep` sends to all 65,535 ports instead.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lablib.site import Site
from lablib.sweep import ALONE, BESIDE, ENFORCE, Result, interesting_ports, pairs, sweep


def swept(site: Site, mode: str) -> Result:
    every = pairs(site.inventory)
    result = sweep(site.lab, site.oracle, mode, every, interesting_ports(site.oracle, every))
    assert result.pairs == len(every)
    print(f"{site.example}, {mode}: {result.pairs} pairs, {result.packets} packets")
    return result


def test_enforce_passes_exactly_what_is_planned(example: Site) -> None:
    assert swept(example, ENFORCE).wrong == []


@pytest.fixture(params=["article", "current"])
def added(request: pytest.FixtureRequest) -> Iterator[Site]:
    """A site in `add`, beside a foreign firewall that lets nothing through but what we mark.

    How marks work does not depend on the version of Exchange, so the oldest and the newest example will do.
    """
    site = request.getfixturevalue(request.param)
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

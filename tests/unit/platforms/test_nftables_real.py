# SPDX-License-Identifier: GPL-3.0-or-later
"""The six properties of a driver, held against the real nft and the real kernel."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms import nftables
from ansible_collections.msexchange.firewall.tests.unit.platforms import samples
from ansible_collections.msexchange.firewall.tests.unit.platforms.nft import Nft, namespace
from hypothesis import HealthCheck, given, settings

REAL = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def nft() -> Iterator[Nft]:
    yield from namespace()


def start(nft: Nft, table: nftables.Table) -> None:
    nft.load(nftables.render(table))
    assert nftables.parse(nft.table()) == table


@REAL
@given(samples.slices(), samples.MODES)
def test_what_is_rendered_is_read_back(nft: Nft, piece: object, mode: str) -> None:
    start(nft, nftables.wanted(piece, mode))


@REAL
@given(samples.slices(), samples.MODES, samples.slices(), samples.MODES)
def test_changes_lead_there_and_back(
    nft: Nft, first: object, first_mode: str, second: object, second_mode: str
) -> None:
    current, wanted = nftables.wanted(first, first_mode), nftables.wanted(second, second_mode)
    start(nft, current)
    todo = nftables.changes(current, wanted)
    nft.load(nftables.script(todo.operations))
    assert nftables.parse(nft.table()) == wanted
    assert not nftables.changes(nftables.parse(nft.table()), wanted)
    nft.load(nftables.script(todo.undo))
    assert nftables.parse(nft.table()) == current


@REAL
@given(samples.slices(), samples.MODES)
def test_first_time_and_absent(nft: Nft, piece: object, mode: str) -> None:
    nft.run("flush", "ruleset")
    wanted = nftables.wanted(piece, mode)
    todo = nftables.changes(nftables.parse(nft.table()), wanted)
    nft.load(nftables.script(todo.operations))
    assert nftables.parse(nft.table()) == wanted
    nft.load(nftables.script(nftables.changes(wanted, nftables.ABSENT).operations))
    assert nft.run("list", "ruleset") == ""

# SPDX-License-Identifier: GPL-3.0-or-later
"""The six properties that every driver has to have, on made-up plans, against a model of nft."""

from __future__ import annotations

import re

from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.models import Slice
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms import nftables
from ansible_collections.msexchange.firewall.tests.unit.platforms import samples
from ansible_collections.msexchange.firewall.tests.unit.platforms.model import Model
from hypothesis import given, settings

MANY = settings(max_examples=60, deadline=None)


def loaded(table: nftables.Table) -> Model:
    model = Model()
    model.load(nftables.script(nftables.changes(nftables.ABSENT, table).operations))
    return model


@MANY
@given(samples.slices(), samples.MODES, samples.slices(), samples.MODES)
def test_changes_lead_there_and_back(first: Slice, first_mode: str, second: Slice, second_mode: str) -> None:
    current, wanted = nftables.wanted(first, first_mode), nftables.wanted(second, second_mode)
    todo = nftables.changes(current, wanted)
    model = loaded(current)
    model.load(nftables.script(todo.operations))
    assert nftables.parse(model.listing()) == wanted
    model.load(nftables.script(todo.undo))
    assert nftables.parse(model.listing()) == current


@MANY
@given(samples.slices(), samples.MODES)
def test_what_is_written_is_read_back_and_a_second_run_changes_nothing(piece: Slice, mode: str) -> None:
    wanted = nftables.wanted(piece, mode)
    found = nftables.parse(loaded(wanted).listing())
    assert found == wanted
    assert not nftables.changes(found, wanted)
    assert nftables.changes(found, wanted).add == nftables.changes(found, wanted).remove == ()


@MANY
@given(samples.slices(), samples.MODES)
def test_absent_leaves_nothing_and_the_undo_brings_it_back(piece: Slice, mode: str) -> None:
    wanted = nftables.wanted(piece, mode)
    todo = nftables.changes(wanted, nftables.ABSENT)
    model = loaded(wanted)
    model.load(nftables.script(todo.operations))
    assert model.tables == {}
    model.load(nftables.script(todo.undo))
    assert nftables.parse(model.listing()) == wanted


@MANY
@given(samples.slices(), samples.MODES)
def test_equal_input_gives_equal_bytes(piece: Slice, mode: str) -> None:
    again = Slice(**{**vars(piece), "rules": tuple(piece.rules)})
    assert nftables.render(nftables.wanted(piece, mode)) == nftables.render(nftables.wanted(again, mode))


@MANY
@given(samples.slices(), samples.MODES)
def test_no_string_of_an_inventory_gets_out_of_its_quotes(piece: Slice, mode: str) -> None:
    """The model splits commands as nft does and refuses any that is not about our table."""
    text = nftables.script(nftables.changes(nftables.ABSENT, nftables.wanted(piece, mode)).operations)
    assert all(line.count('"') % 2 == 0 for line in text.splitlines())
    assert not set("$`\\#\r") & set(text)
    outside = re.sub(r'"[^"]*"', "", text)
    ends = ("flags interval;", "protocol tcp;", "priority -10;", "policy accept;", "ipv4_addr;", "ipv6_addr;")
    assert outside.count(";") == sum(outside.count(end) for end in ends)
    loaded(nftables.wanted(piece, mode))

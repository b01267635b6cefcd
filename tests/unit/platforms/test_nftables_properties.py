# SPDX-License-Identifier: GPL-3.0-or-later
"""What is nft's own of the properties on made-up plans; those of every driver are in test_properties.py."""

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

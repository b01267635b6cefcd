# SPDX-License-Identifier: GPL-3.0-or-later
"""A change that is killed anywhere ends on the old rules or the new ones, on the gateway and on its disk."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from lablib.box import Box
from lablib.kills import Kill, chosen_kills, suffer

# `make soak` sets this to 200
KILLS = int(os.environ.get("MSX_LAB_KILLS", "20"))
SEED = int(os.environ.get("MSX_LAB_SEED", "5"))


@pytest.fixture(scope="module")
def box() -> Iterator[Box]:
    with Box() as made:
        yield made


@pytest.fixture(scope="module")
def kills(box: Box) -> list[Kill]:
    return chosen_kills(box, KILLS, SEED)


@pytest.mark.parametrize("number", range(KILLS))
def test_a_kill_leaves_the_old_rules_or_the_new(box: Box, kills: list[Kill], number: int) -> None:
    try:
        suffer(box, kills[number])
    except AssertionError as error:
        raise AssertionError(f"{kills[number]}: {error}") from error

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The properties that every driver has to have, on made-up plans, against a model of its device."""

from __future__ import annotations

import pytest
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.models import Slice
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.registry import PLATFORMS
from ansible_collections.msexchange.firewall.tests.unit.platforms import samples
from ansible_collections.msexchange.firewall.tests.unit.platforms.devices import DEVICES, Device
from hypothesis import given, settings

MANY = settings(max_examples=50, deadline=None)


@pytest.fixture(params=sorted(PLATFORMS), scope="module")
def device(request) -> Device:
    return DEVICES[request.param]


def test_each_platform_has_a_device_to_be_tried_on() -> None:
    assert set(DEVICES) == set(PLATFORMS)


@MANY
@given(samples.slices(), samples.MODES, samples.slices(), samples.MODES)
def test_changes_lead_there_and_back(device, first: Slice, first_mode: str, second: Slice, second_mode: str) -> None:
    driver = device.driver
    current, wanted = device.wanted(first, first_mode), device.wanted(second, second_mode)
    todo = driver.changes(current, wanted)
    box = device.loaded(current)
    box.load(driver.script(todo.operations))
    assert driver.parse(box.listing()) == wanted and box.foreign_untouched
    box.load(driver.script(todo.undo))
    assert driver.parse(box.listing()) == current and box.foreign_untouched


@MANY
@given(samples.slices(), samples.MODES)
def test_what_is_written_is_read_back_and_a_second_run_changes_nothing(device, piece: Slice, mode: str) -> None:
    driver, wanted = device.driver, device.wanted(piece, mode)
    found = driver.parse(device.loaded(wanted).listing())
    assert found == wanted
    assert not driver.changes(found, wanted)
    assert driver.changes(found, wanted).add == driver.changes(found, wanted).remove == ()


@MANY
@given(samples.slices(), samples.MODES, samples.slices())
def test_a_rendered_file_brings_any_device_to_what_is_wanted(device, piece: Slice, mode: str, before: Slice) -> None:
    wanted = device.wanted(piece, mode)
    text = device.driver.render(wanted)
    assert device.driver.render(device.wanted(Slice(**{**vars(piece), "rules": tuple(piece.rules)}), mode)) == text
    if not device.takes_files:
        return  # nft's file replaces the table in a transaction; test_nftables_real.py loads it into a real kernel
    box = device.loaded(device.wanted(before, mode))
    for _time in range(2):
        box.load(text)
        assert device.driver.parse(box.listing()) == wanted and box.foreign_untouched


@MANY
@given(samples.slices(), samples.MODES)
def test_absent_leaves_nothing_and_the_undo_brings_it_back(device, piece: Slice, mode: str) -> None:
    driver, wanted = device.driver, device.wanted(piece, mode)
    todo = driver.changes(wanted, driver.ABSENT)
    box = device.loaded(wanted)
    box.load(driver.script(todo.operations))
    assert box.empty and box.foreign_untouched
    box.load(driver.script(todo.undo))
    assert driver.parse(box.listing()) == wanted

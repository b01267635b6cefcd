# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands for a device of each platform in the tests of its driver; ``registry`` and this table hold the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any

from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.models import Slice
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms import nftables, windows
from ansible_collections.msexchange.firewall.tests.unit.platforms import model, windows_model


class Gateway(model.Model):
    """A gateway with nft."""

    foreign_untouched = True  # the model refuses any command about another table by itself

    @property
    def empty(self) -> bool:
        return self.tables == {}


@dataclass(frozen=True)
class Device:
    """A platform's driver, how it is asked, and a device that takes its scripts and lists what it holds."""

    driver: ModuleType
    wanted: Callable[[Slice, str], Any]
    make: Callable[[], Any]
    takes_files: bool  # whether the model also takes what ``render`` writes

    def loaded(self, wanted: Any) -> Any:
        """A device that holds this."""
        found = self.make()
        found.load(self.driver.script(self.driver.changes(self.driver.ABSENT, wanted).operations))
        return found


DEVICES = {
    "nftables": Device(nftables, nftables.wanted, Gateway, takes_files=False),
    "windows": Device(windows, partial(windows.wanted, outbound=True), windows_model.Model, takes_files=True),
}

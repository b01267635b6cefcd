# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shared by the unit tests; pytest also puts this folder on the path, so that they can import ``fleet``."""

from __future__ import annotations

import pytest
from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.load import load
from fleet import SMALL_CATALOG


@pytest.fixture(scope="session")
def small():
    """A made-up catalog with one flow for each kind there is."""
    return load(SMALL_CATALOG)


@pytest.fixture(scope="session")
def real():
    """The catalog that ships."""
    return load()

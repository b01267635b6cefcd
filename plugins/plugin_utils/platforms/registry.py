# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one table of platforms: its name in an inventory, what Ansible calls its network OS, and its driver here."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

# platform: (module, values of ansible_network_os that mean it)
PLATFORMS: dict[str, tuple[str, tuple[str, ...]]] = {
    "nftables": (".nftables", ()),
    "windows": (".windows", ()),
}
#: platforms of hosts that apply rules to themselves; nobody names them, and no appliance has them
HOST_PLATFORMS = frozenset({"windows"})


def platform_names() -> dict[str, str]:
    """Every word that names an appliance's platform in an inventory -> the platform."""
    appliances = {platform: row for platform, row in PLATFORMS.items() if platform not in HOST_PLATFORMS}
    words = {platform: platform for platform in appliances}
    words.update({word: platform for platform, (_module, spoken) in appliances.items() for word in spoken})
    return words


def role_of(platform: str) -> str:
    """The role that applies it, whose name begins its options: what a problem names."""
    return "exchange_windows" if platform in HOST_PLATFORMS else "exchange_appliance"


def driver(platform: str) -> ModuleType:
    """The driver of a platform; KeyError for an unknown one, which the topology has refused before."""
    return import_module(PLATFORMS[platform][0], __package__)

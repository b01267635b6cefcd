# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Ansible's own connection variables tell about a host."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

# a port that is none of these is taken for one that is forwarded to the host by something else
USUAL_PORTS = {22, 5985, 5986}


def is_address(text: str) -> bool:
    try:
        ipaddress.ip_interface(text)
    except ValueError:
        return False
    return True


def port(values: Mapping[str, Any]) -> int:
    """The port that the connection variables name; 0 where they name none."""
    raw = str(values.get("ansible_port", values.get("ansible_ssh_port", ""))).strip()
    return int(raw) if raw.isascii() and raw.isdigit() else 0


def connection_ports(values: Mapping[str, Any]) -> tuple[int, ...]:
    """The TCP ports that Ansible reaches the host through; none for connections that use no port of it."""
    connection = str(values.get("ansible_connection", "ssh")).rsplit(".", 1)[-1]
    if connection == "local":
        return ()
    if port(values):
        return (port(values),)
    if connection in ("winrm", "psrp"):
        plain = "http" in (values.get("ansible_winrm_scheme"), values.get("ansible_psrp_protocol"))
        return (5985,) if plain else (5986,)
    return (22,)

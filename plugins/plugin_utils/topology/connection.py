# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Ansible's own connection variables tell about a host."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any

from ..catalog.load import port_range
from ..problems import Problem

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
    try:
        low, high = port_range(values[_port_variable(values)])
    except (KeyError, ValueError):
        return 0
    return low if low == high else 0


def port_problems(host: str, values: Mapping[str, Any]) -> Iterator[Problem]:
    """A port that is set and none: rules would keep the usual one open, and Ansible would not come through there."""
    name = _port_variable(values)
    if values.get(name) not in (None, "") and not port(values):
        text = f"{values[name]!r} is no port; write a number from 1 to 65535."
        yield Problem("bad-value", host, name, text)


def _port_variable(values: Mapping[str, Any]) -> str:
    return "ansible_port" if "ansible_port" in values else "ansible_ssh_port"


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

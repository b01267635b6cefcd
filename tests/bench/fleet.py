# SPDX-License-Identifier: GPL-3.0-or-later
"""A made-up organization of any size: Mailbox servers in sites and availability groups, their directory, a gateway."""

from __future__ import annotations

from typing import Any

SERVERS_IN_SITE = 50
FLEET_VARIABLES = {
    "exchange_networks": {"internal_clients": ["172.16.0.0/12"]},
    "exchange_management_networks": ["192.168.255.0/24"],
    "exchange_role_groups": {"mailbox_servers": ["mailbox"]},
    "ansible_connection": "local",
}


def fleet(servers: int) -> dict[str, dict[str, Any]]:
    """Host name -> the host's own variables."""
    sites = range(-(-servers // SERVERS_IN_SITE))
    hosts = {f"mbx{number:05}": _server(number) for number in range(servers)}
    hosts |= {
        f"dc{site:03}": {"exchange_party": "domain_controller", "exchange_addresses": [f"10.{site}.1.1"]}
        for site in sites
    }
    zones = {f"site{site}": [f"10.{site}.0.0/16"] for site in sites}
    zones |= {"clients": ["172.16.0.0/12"], "outside": ["0.0.0.0/0"]}
    hosts["gw1"] = {"exchange_platform": "nftables", "exchange_zones": zones}
    return hosts


def _server(number: int) -> dict[str, Any]:
    site, place = divmod(number, SERVERS_IN_SITE)
    return {
        "exchange_version": "2019",
        "exchange_site": f"site{site}",
        "exchange_features": ["dag"],
        "exchange_dag": f"dag{number // 16}",
        "exchange_addresses": [f"10.{site}.2.{place + 1}"],
        "exchange_replication_addresses": [f"10.{site}.3.{place + 1}"],
    }


def inventory(servers: int) -> dict[str, Any]:
    """The same as an Ansible inventory; server roles come from a group, as users write it."""
    hosts = fleet(servers)
    mailboxes = {name: {} for name in hosts if name.startswith("mbx")}
    return {"all": {"hosts": hosts, "vars": FLEET_VARIABLES, "children": {"mailbox_servers": {"hosts": mailboxes}}}}

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be wrong with addresses that hosts are published as, beyond address translation."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from ..problems import Problem
from .models import Host

_VARIABLE = "exchange_published_addresses"


def translation_problems(hosts: Mapping[str, Host], doubtful: Collection[str]) -> Iterable[Problem]:
    """Several hosts may share a published address, each for ports of its own; a real one is never published."""
    owners = {
        prefix: host.name for host in hosts.values() for prefix in (*host.addresses, *host.replication, *host.virtual)
    }
    for host in hosts.values():
        own = {*host.addresses, *host.virtual}
        for real, published in host.published:
            if real not in own and (host.addresses or not host.parties) and host.name not in doubtful:
                text = (
                    f"{_plain(real)} is published, but it is no address of this host; "
                    "write its own address first and the published one behind it."
                )
                yield Problem("published-stranger", host.name, _VARIABLE, text)
            for prefix in published:
                if prefix in owners:
                    text = (
                        f"{_plain(real)} is published as {_plain(prefix)}, which is an address of {owners[prefix]} "
                        "itself; published addresses exist on the device that translates them, and on no host."
                    )
                    yield Problem("published-twice", host.name, _VARIABLE, text)
                elif (":" in prefix) != (":" in real):
                    text = (
                        f"{_plain(real)} is published as {_plain(prefix)}, which is of the other address family; "
                        "translation between IPv4 and IPv6 is not planned, so give an address of the same one."
                    )
                    yield Problem("published-family", host.name, _VARIABLE, text)


def _plain(prefix: str) -> str:
    return prefix.split("/")[0]

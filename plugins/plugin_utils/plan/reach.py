# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which hosts answer the controller: tried before a change and after it, so that a lost way is noticed."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from .models import Managed

#: (name, address, TCP port)
Target = tuple[str, str, int]

# of a larger fleet a sample is enough to notice that a way is lost
_SAMPLE = 20
_SECONDS = 3.0


def answering_hosts(managed: Iterable[Managed]) -> list[Target]:
    """Hosts that answer now; of a large fleet an evenly spread sample is asked."""
    targets = [(host.name, host.target, port) for host in managed for port in host.ports[:1]]
    step = max(1, len(targets) // _SAMPLE)
    return _tried(targets[::step][:_SAMPLE], answers=True)


def silent_hosts(targets: list[Target]) -> list[str]:
    """Names of those that do not answer any more."""
    return [name for name, _address, _port in _tried(targets, answers=False)]


def _tried(targets: list[Target], answers: bool) -> list[Target]:
    with ThreadPoolExecutor(max_workers=_SAMPLE) as pool:
        return [target for target, found in zip(targets, pool.map(_answers, targets), strict=True) if found is answers]


def _answers(target: Target) -> bool:
    _name, address, port = target
    try:
        socket.create_connection((address, port), timeout=_SECONDS).close()
    except OSError:
        return False
    return True

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a task's connection leads to the device whose rules it takes: the plan knows hosts, not connections."""

from __future__ import annotations

from collections.abc import Collection

from ..problems import Problem

# kind of an enforcement point -> what others lack
_WITHOUT = {"gateway": "has no exchange_zones", "Windows host": "gets no rules of its own"}


def delegation_problems(
    host: str,
    target: str,
    owners: Collection[str],
    local: bool = False,
    said_local: bool = False,
    *,
    kind: str = "gateway",
) -> list[Problem]:
    """What stands against applying the rules of ``host`` over the connection of this task.

    ``target`` is the host that the task is delegated to, "" where it is not. ``owners`` have rules of this kind
    of their own. ``local`` tells that the connection is Ansible's own machine, ``said_local`` that the inventory says
    so of the host.
    """
    delegated = bool(target) and target != host
    if delegated and target in owners:
        owner = f"{host}, another {kind}" if host in owners else f"{host}, which {_WITHOUT[kind]}"
        text = (
            f"the task is delegated to the {kind} {target}, but a task takes the rules of the host that it runs for, "
            f"and that is {owner}; run it for {target} itself (hosts: {target}), without delegate_to."
        )
        return [Problem("delegated-elsewhere", host, "delegate_to", text)]
    if host in owners and local and (delegated or not said_local):
        keyword = "delegate_to" if delegated else "connection"
        by = f"it is delegated to {target}" if delegated else "the play or the command line says so"
        text = (
            f"the task would bring the rules of {host} to the machine that Ansible runs on, since {by}; take that "
            f"away, or, where Ansible runs on {host} itself, set ansible_connection: local for {host} in the inventory."
        )
        return [Problem("on-the-controller", host, keyword, text)]
    return []

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `enforce` judges, and what keeps Ansible's own way to it open."""

from __future__ import annotations

from collections.abc import Iterable

from ..topology.addresses import ordered
from ..topology.models import Host, Organization, Topology
from .models import Group, Rule, shared_label


def protected_group(topology: Topology) -> Group:
    labels: dict[str, str] = {}
    for host in topology.hosts.values():
        if host.is_protected:
            labels.update(dict.fromkeys((*host.addresses, *host.replication), host.name))
            labels.update({prefix: shared_label(labels, prefix, host.name) for prefix in host.virtual})
    members = ordered(labels)
    return Group("protected", members, (), tuple((prefix, labels[prefix]) for prefix in members))


def management_rules(topology: Topology) -> tuple[Group, tuple[Rule, ...]]:
    """The networks that Ansible comes from, and what keeps its ports to protected hosts open, by organization."""
    rules = []
    everything: dict[str, str] = {}
    many = len(topology.organizations) > 1
    for organization in topology.organizations.values():
        for prefix in organization.management:
            # shared by several organizations: it must reach the hosts of all of them
            everything[prefix] = "" if prefix in everything else organization.name
        if organization.management:
            rules += _rules_of(organization, topology.members(organization.name), many)
    members = ordered(everything)
    group = Group("management", members, (), tuple((prefix, everything[prefix]) for prefix in members))
    return group, tuple(sorted(rules, key=lambda rule: rule.id))


def _rules_of(organization: Organization, hosts: list[Host], many: bool) -> Iterable[Rule]:
    prefix = f"{organization.name}/" if many else ""
    source = Group(
        f"{prefix}management", organization.management, (), tuple((p, "management") for p in organization.management)
    )
    by_port: dict[int, dict[str, str]] = {}
    for host in hosts:
        for port in host.connection_ports if host.is_protected or host.is_point else ():
            by_port.setdefault(port, {}).update(dict.fromkeys(host.addresses, host.name))
    for port, labels in sorted(by_port.items()):
        members = ordered(labels)
        yield Rule(
            id=f"{prefix}management.{port}",
            flow="management",
            title="Ansible's own connections",
            need="Keeps the way open by which these rules can be changed again (exchange_management_networks).",
            source=source,
            destination=Group(f"{prefix}managed.{port}", members, (), tuple((p, labels[p]) for p in members)),
            transport="tcp",
            ports=((port, port),),
        )

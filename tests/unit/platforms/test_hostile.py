# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever an inventory holds, in every variable and every name: nft is sent words of ours and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ansible_collections.msexchange.firewall.plugins.module_utils.gateway.nft import refuse_foreign
from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.load import load
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.build import build_plan
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.slicing import managed_hosts, slice_for
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms import nftables
from ansible_collections.msexchange.firewall.plugins.plugin_utils.topology import variables
from ansible_collections.msexchange.firewall.plugins.plugin_utils.topology.models import HostInput
from ansible_collections.msexchange.firewall.plugins.plugin_utils.topology.read import read_topology
from ansible_collections.msexchange.firewall.tests.unit.platforms import tokens
from ansible_collections.msexchange.firewall.tests.unit.platforms.nft import Nft, namespace

HOSTILE = {
    "double quote": 'a" drop #',
    "quotes and a semicolon": "x'; flush ruleset; \"",
    "braces": "} accept { {",
    "command": "$(touch /tmp/x)`id`",
    "jinja": "{{ 7 * 7 }}{% set x = 1 %}{# #}",
    "comment": "# //",
    "backslashes": '\\" \\n \\',
    "line break": "a\nflush ruleset\n",
    "carriage return": "a\rb",
    "NUL": "a\0b",
    "separators of lines": "a\u2028b\u2029c\x85d",
    "direction": "\u202etpecca",
    "escape": "\x1b[2J",
    "half a character": "\ud800",
    "look-alikes": "\uff02 \uff1b \u201d \u037e",
    "reserved": "fwd",
    "variable": "$define @set *",
    "long": '"; drop ' * 300,
}
#: variables whose values people choose freely; everything else must be a word of the catalog or an address
FREE = ("exchange_site", "exchange_dag", "exchange_routing_group", "exchange_organization")
#: those that a hostile value is put into, one after the other
EVERY = [*variables.HOST_VARIABLES, *variables.FLEET_VARIABLES, *variables.CONNECTION_VARIABLES]
FLEET = {
    "exchange_networks": {"internal_clients": ["10.9.0.0/16"], "dns_server": ["10.53.0.1/32"]},
    "exchange_management_networks": ["10.99.0.0/24"],
}


def server(version: str, role: str, *addresses: str, **more: object) -> dict:
    return {"version": version, "roles": [role], "addresses": [*addresses], **more}


def hosts_of(word: str) -> dict[str, tuple[tuple[str, ...], dict]]:
    """Name -> (groups, variables): an organization in which a word stands wherever it is accepted."""
    free = {name.removeprefix("exchange_"): word for name in FREE}
    dag = {**free, "features": ["dag"]}
    party = {"party": "domain_controller", "windows_version": "2022", "organization": word, "addresses": ["10.1.0.9"]}
    networks = (["10.1.0.0/16", "2001:db8::/64"], ["10.2.0.0/16"], ["10.3.0.0/16"], ["0.0.0.0/0", "::/0"])
    zones = {f"{word}{number}": found for number, found in enumerate(networks)}
    said = {
        f"{word}1": server("se", "mailbox", "10.1.0.1", "2001:db8::1", **dag),
        f"{word}2": server("se", "mailbox", "10.2.0.1", **dag),
        "edge": server("se", "edge_transport", "10.3.0.1", **free),
        f"{word}old": server("2003", "mailbox", "10.2.0.3", **free),
        f"{word}dc": party,
        f"{word}gw".replace("/", "_"): {"organization": word, "platform": "nftables", "zones": zones},
    }
    return {
        name: (
            (word if "mailbox" in values.get("roles", ()) else f"{word}-others",),
            {f"exchange_{key}": value for key, value in values.items()},
        )
        for name, values in said.items()
    }


def inputs_of(hosts: dict[str, tuple[tuple[str, ...], dict]], word: str) -> list[HostInput]:
    fleet = {**FLEET, "exchange_feature_groups": {word: ["pop3"]}}
    return [HostInput(name, ("all", *groups), {**fleet, **said}) for name, (groups, said) in hosts.items()]


def scripts(inputs: list[HostInput]) -> list[tuple[str, str, str]]:
    """(send, undo, rendered) for each gateway in both modes; nothing of an inventory that is refused."""
    catalog = load()
    topology, problems = read_topology(inputs, catalog, {"nftables": "nftables"})
    if problems:
        return []
    plan, more = build_plan(catalog, topology)
    if more:
        return []
    found = []
    managed = managed_hosts(topology)
    for host in (host for host in topology.hosts.values() if host.zones):
        piece = slice_for(plan, host, managed)
        tables = [nftables.wanted(piece.whole(), mode) for mode in ("add", "enforce")]
        for table, other in (tables, tables[::-1]):
            for current in (nftables.ABSENT, other):
                todo = nftables.changes(current, table)
                found.append((nftables.script(todo.operations), nftables.script(todo.undo), nftables.render(table)))
    return found


def check(found: list[tuple[str, str, str]]) -> None:
    for send, undo, rendered in found:
        for script in (send, undo):
            tokens.read(script)
            refuse_foreign(script)
        tokens.read(rendered.partition("\n")[2] if rendered.startswith("#") else rendered)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_word_wherever_it_is_accepted(name: str) -> None:
    word = HOSTILE[name]
    found = scripts(inputs_of(hosts_of(word), word))
    if word.strip().isprintable() and len(word) < 200:
        assert len(found) == 4, "the inventory was refused, so nothing was tried"
        assert all(send.count("add rule") > 20 for send, _undo, _rendered in found[::2])
    check(found)


@pytest.mark.parametrize("variable", EVERY)
def test_a_hostile_word_in_each_variable(variable: str) -> None:
    """In text, in lists, as key and as value: either refused, or rendered without a trace of it."""
    for word in (HOSTILE[name] for name in ("quotes and a semicolon", "jinja", "line break", "NUL")):
        for value in (word, [word], {word: word}, {word: [word]}):
            hosts = hosts_of("x")
            for name, (_groups, said) in hosts.items():
                if variable in said or variable in variables.FLEET_VARIABLES or name == "x1":
                    said[variable] = value
            check(scripts(inputs_of(hosts, "x")))


@pytest.fixture(scope="module")
def nft() -> Iterator[Nft]:
    yield from namespace()


def test_the_kernel_takes_the_same_scripts(nft: Nft) -> None:
    for word in (word for word in HOSTILE.values() if word.strip().isprintable()):
        for number, (send, undo, rendered) in enumerate(scripts(inputs_of(hosts_of(word), word))):
            nft.run("-c", "-f", "-", stdin=rendered)
            if number == 0:  # from nothing, and back to nothing
                nft.run("-c", "-f", "-", stdin=send)
                nft.load(send)
                nft.run("-c", "-f", "-", stdin=undo)
                nft.load(undo)
                assert nft.run("list", "ruleset") == ""


REFUSED = [
    "add table inet other",
    'add rule inet msexchange_firewall known comment "a;"',
    'add rule inet msexchange_firewall known comment "a',
    "add rule inet msexchange_firewall known accept # more",
    "add rule inet msexchange_firewall known $x",
    "add set inet msexchange_firewall g_x {",
    "add set inet msexchange_firewall fwd",
    "include x",
    "add rule inet msexchange_firewall known\0",
    "add rule inet msexchange_firewall known\u2028",
    "10.0.0.1/8",
]


@pytest.mark.parametrize("script", REFUSED)
def test_the_reader_of_scripts_is_strict(script: str) -> None:
    with pytest.raises(tokens.Refused):
        tokens.read(script)

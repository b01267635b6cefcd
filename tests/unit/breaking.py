# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Breaks good inventories and questions as people, YAML and attackers do. Seeded: a number stands for an input."""

from __future__ import annotations

import datetime
import random
from copy import deepcopy
from typing import Any

from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.answer import OPTIONS
from ansible_collections.msexchange.firewall.plugins.plugin_utils.topology.models import HostInput
from ansible_collections.msexchange.firewall.plugins.plugin_utils.topology.variables import (
    FLEET_VARIABLES,
    READ_VARIABLES,
)
from fleet import host_input

CURRENT = {
    "mbx1": {"version": "2019", "roles": ["mailbox"], "features": ["dag", "pop3"], "addresses": ["10.0.0.1"]},
    "mbx2": {"version": "se", "features": ["dag"], "addresses": ["10.0.0.2", "2001:db8::2"], "groups": ["boxes"]},
    "edge1": {"version": "se", "roles": ["edge_transport"], "addresses": ["172.16.0.1"], "site": "hq"},
    "dc1": {"party": "domain_controller", "addresses": ["10.0.0.9"], "windows_version": 2022},
    "lb1": {"party": "load_balancer", "addresses": ["10.0.0.10"], "servers": ["mbx1"]},
    "gw1": {"platform": "nftables", "zones": {"in0": ["10.0.0.0/8"], "dmz0": ["172.16.0.0/16"], "out0": ["0.0.0.0/0"]}},
}
OLD = {
    "old1": {"version": "2003", "roles": ["mailbox", "bridgehead"], "addresses": ["10.3.0.1"], "routing_group": "a"},
    "old2": {"version": 2000, "roles": ["im_server"], "addresses": ["10.3.0.2"], "static_ports": {"rpc": [59531]}},
    "dc1": {"party": "domain_controller", "addresses": ["10.3.0.9"], "dynamic_ports": "1025-5000"},
    "gw1": {"platform": "nftables", "zones": {"a": ["10.3.0.0/24"], "b": ["10.9.0.0/16"], "c": ["0.0.0.0/0", "::/0"]}},
}
FLEET = {
    "networks": {"internal_clients": ["10.9.0.0/16"], "dns_server": ["10.53.0.1/32"]},
    "management_networks": ["10.99.0.0/24"],
    "role_groups": {"boxes": ["mailbox"]},
    "feature_groups": {"boxes": ["imap4"]},
    "party_groups": {"nobody": "witness"},
}
QUESTION = {"version": ["2019"], "roles": ["mailbox"], "port": [443], "query": "[].id", "direction": "in"}

TEXTS = [
    *(
        "",
        " ",
        "\n",
        "\0",
        "a\0b",
        "\x1b[31m",
        "\u202e",
        "\u2028",
        "\ud800",
        "\ufeff2019",
        "é",
        "大" * 300,
        "x" * 200_000,
    ),
    *("'", '"', "`id`", "$(id)", "; drop", "} accept {", "#", "\\", "{{ 7 * 7 }}", "{% raw %}", "%s", "../../x", "~"),
    *(
        "null",
        "~",
        "yes",
        "no",
        "1e3",
        "0x10",
        "1_000",
        "010",
        "12:30:45",
        "-1",
        "+1",
        "١٢٣",
        "²",
        "9" * 5000,
        "1" * 400,
    ),
    *("0.0.0.0", "0.0.0.0/0", "::", "::/0", "10.0.0.1/33", "010.0.0.1", "1.2.3", " 10.0.0.1 ", "fe80::1%eth0", "::1"),
    *("10.0.0.1-10.0.0.9", "10.0.0.0/255.255.0.0", "::ffff:10.0.0.1", "10.0.0.1/32/32", "\uff110.0.0.1", "10.0.0.1,2"),
    *("6005-", "-6005", "1-70000", "5-1", "1-2-3", "mailbox", "internet", "witness", "mbx1", "edge_transport", "uls"),
]
OTHERS: list[Any] = [
    *(None, True, False, 0, -1, 1, 22, 65536, 2**70, 2**900, 3.5, -0.0, float("nan"), float("inf")),
    *(
        [],
        {},
        (),
        [[]],
        [None],
        [True],
        [{}],
        {"a": None},
        {None: None},
        {1: 2},
        {"": ""},
        {("a", 1): 2},
        {"a": {"b": []}},
    ),
    *(b"bytes", {"a", "b"}, datetime.date(2026, 1, 2), datetime.datetime(2026, 1, 2), ["x"] * 500, list(range(300))),
]
CHOSEN = ["exchange_site", "exchange_dag", "exchange_routing_group", "exchange_organization"]
MAKERS = [
    lambda rng, value: rng.choice(TEXTS),
    lambda rng, value: rng.choice(OTHERS),
    lambda rng, value: [value],
    lambda rng, value: {rng.choice(TEXTS): value},
    lambda rng, value: _nested(value, rng.choice((3, 30, 90))),
    lambda rng, value: f"{value}{rng.choice(TEXTS)}",
    lambda rng, value: [value, rng.choice(TEXTS), rng.choice(OTHERS)],
]


def _nested(value: Any, depth: int) -> Any:
    for level in range(depth):
        value = [value] if level % 2 else {"k": value}
    return value


def _broken(rng: random.Random, value: Any) -> Any:
    """The value or something inside it replaced."""
    if isinstance(value, list) and value and rng.random() < 0.5:
        place = rng.randrange(len(value))
        return [*value[:place], _broken(rng, value[place]), *value[place + 1 :]]
    if isinstance(value, dict) and value and rng.random() < 0.6:
        key = rng.choice(list(value))
        if rng.random() < 0.3:
            return {**{k: v for k, v in value.items() if k != key}, rng.choice(TEXTS): value[key]}
        return {**value, key: _broken(rng, value[key])}
    return rng.choice(MAKERS)(rng, value)


def inventory(seed: int) -> list[HostInput]:
    """An inventory with one to four things broken; about one in ten also with odd names."""
    rng = random.Random(seed)
    said = deepcopy(rng.choice((CURRENT, OLD)))
    fleet = deepcopy(FLEET)
    found = {name: {**host_input(name, {**fleet, **values}).variables} for name, values in said.items()}
    groups = {name: ("all", *values.get("groups", ())) for name, values in said.items()}
    unreadable: dict[str, dict[str, str]] = {name: {} for name in found}
    for _round in range(rng.choice((1, 1, 1, 2, 4))):
        names = [rng.choice(list(found))]
        variable = rng.choice(list(found[names[0]]) if rng.random() < 0.6 else READ_VARIABLES)
        value = _broken(rng, found[names[0]].get(variable, rng.choice(TEXTS)))
        if rng.random() < 0.25:  # what people choose freely may be nearly anything, and reaches the rules
            variable, value = rng.choice(CHOSEN), rng.choice(TEXTS)
        if variable in FLEET_VARIABLES and rng.random() < 0.9:
            names = list(found)
        for name in names:
            if rng.random() < 0.05:
                unreadable[name][variable] = "'nowhere' is undefined"
                found[name].pop(variable, None)
            else:
                found[name][variable] = value
    if rng.random() < 0.1:
        old, new = rng.choice(list(found)), rng.choice(TEXTS) or "-"
        for kept in (found, groups, unreadable):
            kept[new] = kept.pop(old)
        groups[new] = ("all", rng.choice(TEXTS), "boxes")
    return [HostInput(name, groups[name], found[name], unreadable[name]) for name in found]


def question(seed: int) -> dict[str, Any]:
    """Options of a question as Ansible's own checks could let them through."""
    rng = random.Random(seed)
    options: dict[str, Any] = {name: option.get("default") for name, option in OPTIONS.items()}
    options |= deepcopy(QUESTION)
    for name in rng.sample(list(OPTIONS), rng.randint(1, 3)):
        text = rng.choice(TEXTS)
        kind = OPTIONS[name]["type"]
        if kind == "list":
            options[name] = [text if OPTIONS[name]["elements"] == "str" else rng.choice((0, -1, 65536, 2**70, 2**900))]
        elif kind == "str":
            options[name] = rng.choice(
                (text, f"[{text}]", f"[?{text}]", "[::0]", "sum(@)", "[].x.y", "abs(`x`)", "[" * 500)
            )
        elif kind == "raw":
            sides = [{"version": text}, {text: text}, {"version": "se", "roles": [text]}, {"features": {"x": [text]}}]
            options[name] = rng.choice([text, [text], 5, True, {}, "se", {"features": []}, *sides])
        elif kind == "bool":
            options[name] = True
    return options

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what ``nft -j list table`` prints to the records of ``table``, in one canonical form."""

from __future__ import annotations

import ipaddress
import json
from typing import Any

from . import statements as st
from .names import FAMILY, MARK, TABLE, comment, is_name
from .table import ABSENT, FOREIGN, AddressSet, Chain, Member, Table, TableRule

KINDS = ("counter", "ct helper", "set", "chain", "rule")
KERNEL_HELPERS = {name for _kind, _transport, names in st.HELPERS.values() for name in names}
ADDRESS_FIELDS = {(protocol, field) for protocol in st.IP.values() for field in ("saddr", "daddr")}
META_MARK = {"meta": {"key": "mark"}}


def parse(text: str) -> Table:
    """The table of a listing; empty text, or a listing without our table, is no table."""
    mine = [one for one in _objects(text) if _is_ours(*one)]
    if not mine:
        return ABSENT
    named = [(kind, data) for kind, data in mine if kind in KINDS and is_name(data.get("name", data.get("chain", "")))]
    rules: dict[str, list[TableRule]] = {}
    for kind, data in named:
        if kind == "rule":
            rules.setdefault(data["chain"], []).append(_rule(data))
    return Table(
        exists=True,
        counters=tuple(sorted(data["name"] for kind, data in named if kind == "counter")),
        helpers=tuple(sorted(_helper(data) for kind, data in named if kind == "ct helper")),
        sets=tuple(sorted((_set(data) for kind, data in named if kind == "set"), key=lambda one: one.name)),
        chains=tuple(
            Chain(data["name"], _hook(data), tuple(rules.get(data["name"], ())))
            for data in sorted((data for kind, data in named if kind == "chain"), key=lambda data: data["name"])
        ),
        unknown=tuple(sorted(_foreign(one) for one in mine if one not in named and one[0] != "table")),
    )


def _objects(text: str) -> list[tuple[str, dict[str, Any]]]:
    if not text.strip():
        return []
    return [next(iter(entry.items())) for entry in json.loads(text)["nftables"]]


def _is_ours(kind: str, data: dict[str, Any]) -> bool:
    if kind == "metainfo":
        return False
    return data.get("family") == FAMILY and data.get("name" if kind == "table" else "table") == TABLE


def _foreign(data: Any) -> str:
    return FOREIGN + json.dumps(data, sort_keys=True)


def _helper(data: dict[str, Any]) -> tuple[str, str, str]:
    return data["name"], data["type"], data["protocol"]


def _hook(data: dict[str, Any]) -> str:
    if "hook" not in data:
        return ""
    policy = data.get("policy", "accept")
    return f"type {data['type']} hook {data['hook']} priority {data['prio']}; policy {policy};"


def _set(data: dict[str, Any]) -> AddressSet:
    members = tuple(sorted((_member(entry) for entry in data.get("elem", ())), key=member_order))
    kind = data["type"] if isinstance(data["type"], str) else _foreign(data["type"])
    extra = [key for key in sorted(data) if key not in ("family", "name", "table", "type", "handle", "flags", "elem")]
    flags = [*data.get("flags", ()), *(_foreign({key: data[key]}) for key in extra)]
    return AddressSet(data["name"], kind, tuple(sorted(flags)), members)


def _member(entry: Any) -> Member:
    text = ""
    if isinstance(entry, dict) and "elem" in entry:
        body = entry["elem"]
        entry, text = body["val"], body.get("comment", "")
        if set(body) - {"val", "comment"}:
            return Member(_value(entry), _foreign({key: body[key] for key in body if key != "val"}))
    return Member(_value(entry), _comment(text))


def _comment(text: str) -> str:
    """A comment that we could have written; another one must not come back into a script."""
    return text if text == comment(text) else _foreign(text)


def _value(entry: Any) -> str:
    """A single address, a prefix or a range, as the shortest text that says the same."""
    if isinstance(entry, dict) and "prefix" in entry:
        return str(ipaddress.ip_network(f"{entry['prefix']['addr']}/{entry['prefix']['len']}", strict=False))
    if isinstance(entry, dict) and "range" in entry:
        low, high = (ipaddress.ip_address(end) for end in entry["range"])
        networks = list(ipaddress.summarize_address_range(low, high))
        return str(networks[0]) if len(networks) == 1 else f"{low}-{high}"
    if isinstance(entry, str):
        try:
            return str(ipaddress.ip_network(entry))
        except ValueError:
            return entry
    return _foreign(entry)


def member_order(member: Member) -> tuple:
    """By address where it is one, so that a listing reads as a table of addresses does."""
    try:
        network = ipaddress.ip_network(member.value)
    except ValueError:
        return (0, 0, 0, member.value)
    return (network.version, int(network.network_address), network.prefixlen, member.comment)


def _rule(data: dict[str, Any]) -> TableRule:
    texts = [_statement(expression) for expression in data.get("expr", ())]
    return TableRule(tuple(texts), _comment(data.get("comment", "")))


def _statement(expression: dict[str, Any]) -> str:
    kind, body = next(iter(expression.items()))
    if kind in ("accept", "drop"):
        return kind
    if kind in ("jump", "goto") and is_name(body["target"]):
        return f"{kind} {body['target']}"
    if kind == "counter" and is_name(body):
        return st.counted(body)
    if kind == "ct helper" and is_name(body):
        return st.inspected_by(body)
    if expression == {"mangle": {"key": META_MARK, "value": {"|": [META_MARK, MARK]}}}:
        return st.MARK_IT
    if kind == "match":
        return _match(body) or _foreign(expression)
    return _foreign(expression)


def _match(body: dict[str, Any]) -> str:
    """One match of ours; empty for any other."""
    left, right, operator = body["left"], body["right"], body["op"]
    payload, meta, ct = (left.get(key, {}) for key in ("payload", "meta", "ct"))
    where = (payload.get("protocol"), payload.get("field"))
    if where in ADDRESS_FIELDS and operator in ("==", "!=") and str(right).startswith("@") and is_name(right[1:]):
        return st.address(6 if where[0] == "ip6" else 4, where[1], right[1:], negate=operator == "!=")
    if operator == "==" and where in (("tcp", "dport"), ("udp", "dport")):
        return _ports(where[0], right)
    if operator == "==" and where in (("icmp", "type"), ("icmpv6", "type")):
        family = 4 if where[0] == "icmp" else 6
        known = all(value in st.ICMP_TYPES[family] for value in _values(right) if isinstance(value, str))
        return st.icmp_types_are(family, [str(value) for value in _values(right)]) if known else ""
    if operator == "==" and meta.get("key") == "nfproto" and right in ("ipv4", "ipv6"):
        return f"meta nfproto {right}"
    if operator == "==" and meta.get("key") == "l4proto" and isinstance(right, (int, str)):
        name = st.PROTOCOL_NUMBERS.get(right, right)
        return st.protocol_is(name) if name in st.PROTOCOL_NUMBERS.values() else ""
    if operator in ("in", "==") and ct.get("key") == "state" and right in ("established", "related"):
        return f"ct state {right}"
    if operator == "==" and ct == {"key": "helper"} and all(value in KERNEL_HELPERS for value in _values(right)):
        return st.announced_by(_values(right))
    return ""


def _values(right: Any) -> list[Any]:
    return right["set"] if isinstance(right, dict) and "set" in right else [right]


def _ports(transport: str, right: Any) -> str:
    ranges = []
    for value in _values(right):
        ends = value["range"] if isinstance(value, dict) and "range" in value else [value, value]
        if not all(isinstance(end, int) for end in ends):
            return ""
        ranges.append((ends[0], ends[1]))
    return st.ports_are(transport, ranges)

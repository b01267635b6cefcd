# SPDX-License-Identifier: GPL-3.0-or-later
"""A small nft: takes our scripts, refuses what nft refuses, and prints a listing as ``nft -j`` does."""

from __future__ import annotations

import ipaddress
import json
import re
import shlex

OURS = "inet msexchange_firewall"


class Refused(Exception):
    """What nft would answer."""


def commands(script: str) -> list[str]:
    """Whole commands; a line that opens a brace goes on until it is closed (quoted braces do not count)."""
    found, part = [], ""
    for line in script.splitlines():
        part += line + "\n"
        bare = re.sub(r'"[^"]*"', "", part)
        if bare.count("{") == bare.count("}"):
            found.append(part.strip())
            part = ""
    assert not part, f"unbalanced: {part}"
    return found


class Model:
    def __init__(self) -> None:
        self.tables: dict[str, dict] = {}

    def load(self, script: str) -> None:
        """All or nothing, as a transaction is."""
        kept = json.dumps(self.tables)
        try:
            for command in commands(script):
                self._one(command)
        except Refused:
            self.tables = json.loads(kept)
            raise

    def _one(self, command: str) -> None:
        head, _brace, body = command.partition("{")
        verb, kind, rest = re.match(
            r"(add|delete|flush) (table|counter|ct helper|set|chain|element|rule) (.*)", head, re.S
        ).groups()
        assert rest.startswith(OURS), f"touches another table: {command}"
        name = rest[len(OURS) :].strip()
        if kind == "table":
            return self._table(verb)
        if OURS not in self.tables:
            raise Refused(f"no table: {command}")
        if kind == "rule":
            return self._add_rule(command)
        handler = self._element if kind == "element" else self._object
        return handler(verb, kind, name, body.rpartition("}")[0].strip())

    def _table(self, verb: str) -> None:
        if verb == "add":
            self.tables.setdefault(OURS, {"counter": {}, "ct helper": {}, "set": {}, "chain": {}})
        elif self.tables.pop(OURS, None) is None:
            raise Refused("no table to delete")

    def _object(self, verb: str, kind: str, name: str, body: str) -> None:
        found = self.tables[OURS][kind]
        if verb == "add":
            found.setdefault(name, {"body": body, "members": {}, "rules": []})
        elif name not in found:
            raise Refused(f"no {kind} {name}")
        elif verb == "flush":
            found[name]["rules"] = []
        elif self._used(kind, name) or found[name]["rules"]:
            raise Refused(f"{kind} {name} is busy")
        else:
            del found[name]

    def _used(self, kind: str, name: str) -> bool:
        rules = [rule for chain in self.tables[OURS]["chain"].values() for rule in chain["rules"]]
        return any((kind, name) in references(rule) for rule in rules)

    def _add_rule(self, command: str) -> None:
        chain, _blank, text = command.removeprefix(f"add rule {OURS} ").partition(" ")
        for kind, name in {*references(text), ("chain", chain)}:
            if name not in self.tables[OURS][kind]:
                raise Refused(f"no {kind} {name}: {command}")
        self.tables[OURS]["chain"][chain]["rules"].append(text)

    def _element(self, verb: str, _kind: str, name: str, body: str) -> None:
        members = self.tables[OURS]["set"][name]["members"]
        for line in body.split(",\n"):
            value, _word, comment = line.strip().partition(" comment ")
            if verb == "delete":
                if members.pop(value, None) is None:
                    raise Refused(f"no element {value}")
                continue
            network = ipaddress.ip_network(value)
            if any(network.overlaps(ipaddress.ip_network(other)) for other in members):
                raise Refused(f"conflicting intervals: {value}")
            members[value] = shlex.split(comment)[0] if comment else ""

    def listing(self) -> str:
        """What ``nft -j list table`` prints; empty where there is no table."""
        if OURS not in self.tables:
            return ""
        table = self.tables[OURS]
        objects: list[dict] = [
            {"metainfo": {}},
            {"table": {"family": "inet", "name": "msexchange_firewall", "handle": 1}},
        ]
        objects += [named("counter", name, packets=7, bytes=9) for name in table["counter"]]
        for name, one in table["ct helper"].items():
            kind, protocol = re.match(r'type "(.*)" protocol (.*);', one["body"]).groups()
            objects.append(named("ct helper", name, type=kind, protocol=protocol, l3proto="inet"))
        for name, one in table["set"].items():
            elements = [element(*member) for member in one["members"].items()]
            kind = re.match(r"type (\w+); flags interval;", one["body"])[1]
            objects.append(
                named("set", name, type=kind, flags=["interval"], **({"elem": elements} if elements else {}))
            )
        for name, one in table["chain"].items():
            hook = {"type": "filter", "hook": "forward", "prio": -10, "policy": "accept"} if one["body"] else {}
            objects.append(named("chain", name, **hook))
        for name, one in table["chain"].items():
            objects += [rule_object(name, text) for text in one["rules"]]
        return json.dumps({"nftables": objects})


def named(kind: str, name: str, **more: object) -> dict:
    return {kind: {"family": "inet", "table": "msexchange_firewall", "name": name, "handle": 3, **more}}


def element(value: str, comment: str) -> object:
    network = ipaddress.ip_network(value)
    plain: object = str(network.network_address)
    if network.prefixlen < network.max_prefixlen:
        plain = {"prefix": {"addr": plain, "len": network.prefixlen}}
    return {"elem": {"val": plain, "comment": comment}} if comment else plain


def references(text: str) -> set[tuple[str, str]]:
    bare = re.sub(r' comment "[^"]*"$', "", text)
    found = {("set", name) for name in re.findall(r"@(\S+)", bare)}
    found |= {("counter", name) for name in re.findall(r'counter name "([^"]*)"', bare)}
    found |= {("ct helper", name) for name in re.findall(r'ct helper set "([^"]*)"', bare)}
    return found | {("chain", name) for name in re.findall(r"(?:jump|goto) (\S+)", bare)}


def rule_object(chain: str, text: str) -> dict:
    bare, _word, comment = text.partition(' comment "')
    more = {"comment": comment[:-1]} if comment else {}
    expr = expressions(bare)
    return {
        "rule": {"family": "inet", "table": "msexchange_firewall", "chain": chain, "handle": 4, "expr": expr, **more}
    }


# our statements, and the JSON that nft prints for each
FORMS = (
    (r"(ip6?) (saddr|daddr) (!= )?(@\S+)", lambda m: match(field(m), m[4], "!=" if m[3] else "==")),
    (r"(tcp|udp) (dport) (\{.*?\}|\S+)", lambda m: match(field(m), choice(m[3]))),
    (r"(icmp|icmpv6) (type) (\{.*?\}|\S+)", lambda m: match(field(m), choice(m[3]))),
    (r"meta (l4proto|nfproto) (\S+)", lambda m: match({"meta": {"key": m[1]}}, m[2])),
    (r"ct state (\w+)", lambda m: match({"ct": {"key": "state"}}, m[1], "in")),
    (r'ct helper set "(.*?)"', lambda m: {"ct helper": m[1]}),
    (r"ct helper (\{.*?\}|\S+)", lambda m: match({"ct": {"key": "helper"}}, choice(m[1].replace('"', "")))),
    (r'counter name "(.*?)"', lambda m: {"counter": m[1]}),
    (r"meta mark set meta mark \| 0x04000000", lambda m: {"mangle": {"key": MARK, "value": {"|": [MARK, 67108864]}}}),
    (r"(jump|goto) (\S+)", lambda m: {m[1]: {"target": m[2]}}),
    (r"(accept|drop)", lambda m: {m[1]: None}),
)  # fmt: skip
MARK = {"meta": {"key": "mark"}}


def match(left: dict, right: object, operator: str = "==") -> dict:
    return {"match": {"op": operator, "left": left, "right": right}}


def field(hit: re.Match) -> dict:
    return {"payload": {"protocol": hit[1], "field": hit[2]}}


def choice(text: str) -> object:
    values = [value(word.strip()) for word in text.strip("{}").split(",")]
    return {"set": values} if text.startswith("{") else values[0]


def value(word: str) -> object:
    if re.fullmatch(r"\d+-\d+", word):
        return {"range": [int(end) for end in word.split("-")]}
    return int(word) if word.isdigit() else word


def expressions(text: str) -> list[dict]:
    found = []
    while text := text.strip():
        for pattern, form in FORMS:
            if hit := re.match(pattern + r"(?=\s|$)", text):
                found.append(form(hit))
                text = text[hit.end() :]
                break
        else:
            raise AssertionError(f"a statement that our table should not have: {text}")
    return found

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What other tables do to planned packets: a packet passes only if every base chain of the forward hook lets it.

Our accept cannot overrule another table's drop. Planned packets carry a mark, so one line at the head of a foreign
chain can let them pass. The walk asks of each foreign chain: may a packet that carries our mark be dropped here?
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .names import FAMILY, MARK, PRIORITY, TABLE, is_name
from .statements import MARKED

FAMILIES = ("ip", "ip6", "inet")
# statements that decide nothing; everything else in a rule narrows it, known to us or not
HARMLESS = {"counter", "log", "mangle", "ct helper", "notrack", "quota", "ct timeout"}
VERDICTS = {"accept", "drop", "reject", "return", "jump", "goto", "continue", "queue"}
QUIET_TARGETS = ("LOG", "NFLOG", "MARK", "CONNMARK")  # of iptables: they decide nothing
SEVERITIES = ("error", "warning", "info")
PASSED, DROPPED, THROUGH = "passed", "dropped", "through"

Rule = dict[str, Any]


@dataclass(frozen=True, order=True)
class Finding:
    """One foreign chain that stands in the way, or the remark that none does."""

    severity: str  # error: nothing shows that planned packets pass; warning: some may be dropped; info
    code: str  # foreign-drop, foreign-drop-earlier, foreign-may-drop, add-restricts-nothing
    family: str
    table: str
    chain: str
    line: str  # the one command that cures it, empty where none does
    text: str


@dataclass
class _Walk:
    """One walk through a base chain; remembers the conditional drops it met."""

    chains: dict[str, list[Rule]]
    marked: bool = True  # whether the packet carries our mark
    possible: list[str] = field(default_factory=list)
    active: set[str] = field(default_factory=set)

    def chain(self, name: str, certain: bool) -> str:
        if name in self.active:  # nft refuses loops; a listing that has one is not trusted to end
            return THROUGH
        self.active.add(name)
        outcome = self._rules(name, certain)
        self.active.discard(name)
        return outcome

    def _rules(self, name: str, certain: bool) -> str:
        for rule in self.chains.get(name, ()):
            if _only_invalid(rule):
                continue
            always = not any(_narrows(part, self.marked) for part in rule["expr"])
            for kind, target in _verdicts(rule):
                outcome = self._verdict(name, kind, target, certain and always)
                if always and outcome:
                    return outcome
        return THROUGH

    def _verdict(self, name: str, kind: str, target: str, certain: bool) -> str:
        """What ends the chain if the rule matches; empty where the walk goes on."""
        if kind == "accept":
            return PASSED
        if kind in ("drop", "reject", "unknown"):
            if not certain:
                self.possible.append(f"{name}: {kind}")
            return DROPPED
        if kind == "return":
            return THROUGH
        outcome = self.chain(target, certain)
        return outcome if outcome != THROUGH or kind == "goto" else ""


def foreign_findings(ruleset: str) -> tuple[Finding, ...]:
    """Judge ``nft -j list ruleset``: what would stop planned packets, most severe first."""
    objects = [_only(entry) for entry in json.loads(ruleset)["nftables"]] if ruleset.strip() else []
    foreign = [(kind, data) for kind, data in objects if not _is_ours(kind, data)]
    owned = {(data["family"], data["name"]) for kind, data in foreign if kind == "table" and "owner" in _flags(data)}
    bases = [
        (data, _chains(foreign, data))
        for kind, data in foreign
        if kind == "chain" and data.get("hook") == "forward" and data.get("family") in FAMILIES
    ]
    found = [finding for base, chains in bases for finding in _judge(base, chains, owned)]
    if not any(_drops(base, _Walk(chains, marked=False)) for base, chains in bases):
        text = "no other table drops forwarded packets by default: mode add restricts nothing here"
        found.append(Finding("info", "add-restricts-nothing", "", "", "", "", text))
    return tuple(sorted(found, key=lambda finding: (SEVERITIES.index(finding.severity), finding)))


def _only(entry: dict[str, Any]) -> tuple[str, Any]:
    """Kind and content: nft's JSON wraps everything in an object with one key."""
    return next(iter(entry.items()))


def _is_ours(kind: str, data: dict[str, Any]) -> bool:
    return data.get("family") == FAMILY and data.get("name" if kind == "table" else "table") == TABLE


def _flags(data: dict[str, Any]) -> list[str]:
    flags = data.get("flags", [])
    return [flags] if isinstance(flags, str) else flags


def _chains(objects: list[tuple[str, dict[str, Any]]], base: dict[str, Any]) -> dict[str, list[Rule]]:
    """Rules by chain of the table that a base chain belongs to; maps with verdicts are written into their rules."""
    mine = [(kind, data) for kind, data in objects if (data.get("family"), data.get("table")) == _key(base)]
    maps = {data["name"]: data.get("elem", []) for kind, data in mine if kind == "map"}
    chains: dict[str, list[Rule]] = {}
    for kind, data in mine:
        if kind == "rule":
            chains.setdefault(data["chain"], []).append({"expr": data.get("expr", []), "maps": maps})
    return chains


def _key(base: dict[str, Any]) -> tuple[str, str]:
    return base["family"], base["table"]


def _drops(base: dict[str, Any], walk: _Walk) -> bool:
    """Whether the chain drops what it does not accept, as far as its rules can be read."""
    outcome = walk.chain(base["name"], certain=True)
    return outcome == DROPPED or (outcome == THROUGH and base.get("policy") == "drop")


def _judge(base: dict[str, Any], chains: dict[str, list[Rule]], owned: set[tuple[str, str]]) -> Iterator[Finding]:
    walk = _Walk(chains)
    where = (*_key(base), base["name"])
    title = " ".join(where)
    if _drops(base, walk):
        if base["prio"] <= PRIORITY:
            text = (
                f"chain {title} drops by default and runs at priority {base['prio']}, before ours ({PRIORITY}) can "
                "mark planned packets: it must accept them itself, or run later"
            )
            yield Finding("error", "foreign-drop-earlier", *where, "", text)
        else:
            yield _default_drop(where, owned)
    elif walk.possible:
        places = ", ".join(dict.fromkeys(walk.possible))
        text = f"chain {title} drops some packets, perhaps planned ones ({places})"
        yield Finding("warning", "foreign-may-drop", *where, _accept_line(where, owned), text)


def _default_drop(where: tuple[str, str, str], owned: set[tuple[str, str]]) -> Finding:
    line = _accept_line(where, owned)
    cure = f"this line lets them pass: {line}"
    if not line:
        cure = f"its owner alone can change it: have it accept packets with mark {MARK:#010x}/{MARK:#010x}"
    text = f"chain {' '.join(where)} drops what it does not accept, and does not accept planned packets by mark; {cure}"
    return Finding("error", "foreign-drop", *where, line, text)


def _accept_line(where: tuple[str, str, str], owned: set[tuple[str, str]]) -> str:
    if where[:2] in owned or not all(is_name(name) for name in where):
        return ""
    return f"nft insert rule {' '.join(where)} {MARKED} accept"


def _narrows(part: dict[str, Any], marked: bool) -> bool:
    """Whether a statement may keep a packet, with our mark or without, from reaching the rule's verdict."""
    kind, body = _only(part)
    if kind in VERDICTS or kind in HARMLESS:
        return False
    if kind == "xt":
        return body.get("type") != "target"
    return not (marked and kind == "match" and _holds_for_mark(body))


def _holds_for_mark(match: dict[str, Any]) -> bool:
    """A match that is true of every packet with our mark bit, whatever other bits it has."""
    left, right, operator = match["left"], match["right"], match["op"]
    parts = left.get("&") if isinstance(left, dict) else None
    if not isinstance(parts, list) or parts[0] != {"meta": {"key": "mark"}} or not isinstance(parts[1], int):
        return False
    if operator == "==":
        return parts[1] == right == MARK
    return operator == "!=" and right == 0 and bool(parts[1] & MARK)


def _only_invalid(rule: Rule) -> bool:
    """``ct state invalid``: no planned packet is that."""
    for part in rule["expr"]:
        match = part.get("match", {})
        state = match.get("left") == {"ct": {"key": "state"}} and match.get("op") in ("in", "==")
        if state and match.get("right") in ("invalid", ["invalid"], {"set": ["invalid"]}):
            return True
    return False


def _verdicts(rule: Rule) -> Iterator[tuple[str, str]]:
    for part in rule["expr"]:
        kind, body = _only(part)
        if kind == "queue" or (kind == "xt" and body.get("type") == "target" and body.get("name") not in QUIET_TARGETS):
            yield "unknown", ""
        elif kind in VERDICTS - {"continue"}:
            yield kind, (body or {}).get("target", "") if kind in ("jump", "goto") else ""
        elif kind == "vmap":
            yield from _map_verdicts(body.get("data"), rule["maps"])


def _map_verdicts(data: Any, maps: dict[str, Any]) -> Iterator[tuple[str, str]]:
    entries = maps.get(data[1:], []) if isinstance(data, str) else data.get("set", [])
    for entry in entries:
        verdict = entry[1] if isinstance(entry, list) and len(entry) == 2 else {"unknown": None}
        kind, body = _only(verdict) if isinstance(verdict, dict) else (str(verdict), None)
        yield kind, (body or {}).get("target", "") if kind in ("jump", "goto") else ""

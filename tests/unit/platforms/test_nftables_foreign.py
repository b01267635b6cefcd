# SPDX-License-Identifier: GPL-3.0-or-later
"""Foreign chains, in the JSON that nft prints: who drops planned packets, and the one line that lets them pass."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.nftables import foreign_findings

LINE = "nft insert rule ip filter FORWARD meta mark & 0x04000000 == 0x04000000 accept"
BY_MARK = {"match": {"op": "==", "left": {"&": [{"meta": {"key": "mark"}}, 0x04000000]}, "right": 0x04000000}}
INVALID = {"match": {"op": "in", "left": {"ct": {"key": "state"}}, "right": "invalid"}}
REPLIES = {"match": {"op": "in", "left": {"ct": {"key": "state"}}, "right": ["established", "related"]}}
BY_NAME = {"match": {"op": "==", "left": {"meta": {"key": "iifname"}}, "right": "eth1"}}
COUNTER = {"counter": {"packets": 0, "bytes": 0}}
XT = {"xt": {"type": "match", "name": "conntrack"}}
JUMP, GOTO = ({word: {"target": "x"}} for word in ("jump", "goto"))
ACCEPT, DROP, REJECT, RETURN = ({word: None} for word in ("accept", "drop", "reject", "return"))


def ruleset(rules: list, policy: str = "accept", prio: int = 0, table: dict | None = None, **chains: list) -> str:
    where = {"family": "ip", "table": "filter"}
    objects = [{"metainfo": {"version": "1.0.6"}}, {"table": {"family": "ip", "name": "filter", **(table or {})}}]
    base = {**where, "name": "FORWARD", "type": "filter", "hook": "forward", "prio": prio, "policy": policy}
    objects += [{"chain": base}, *({"chain": {**where, "name": name}} for name in chains)]
    for name, found in {"FORWARD": rules, **chains}.items():
        objects += [{"rule": {**where, "chain": name, "expr": expr}} for expr in found]
    return json.dumps({"nftables": objects})


def found(text: str) -> list[str]:
    return [f"{finding.severity} {finding.code}" for finding in foreign_findings(text)]


FINE: list[str] = []
NOTHING = ["info add-restricts-nothing"]
ERROR = ["error foreign-drop"]
PERHAPS = ["warning foreign-may-drop", *NOTHING]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", NOTHING, id="no table at all"),
        pytest.param(ruleset([]), NOTHING, id="policy accept"),
        pytest.param(ruleset([], "drop"), ERROR, id="policy drop"),
        pytest.param(ruleset([[BY_MARK, COUNTER, ACCEPT]], "drop"), FINE, id="accepts our mark first"),
        pytest.param(ruleset([[BY_NAME, BY_MARK, ACCEPT]], "drop"), ERROR, id="accepts our mark from one side"),
        pytest.param(ruleset([[REPLIES, ACCEPT], [BY_NAME, ACCEPT]], "drop"), ERROR, id="accepts some"),
        pytest.param(ruleset([[COUNTER, ACCEPT]], "drop"), NOTHING, id="accepts all"),
        pytest.param(ruleset([[XT, COUNTER, ACCEPT]], "drop"), ERROR, id="xt is unknown, not a bare accept"),
        pytest.param(ruleset([[XT, DROP]]), PERHAPS, id="xt before a drop"),
        pytest.param(ruleset([[{"xt": {"type": "target", "name": "REJECT"}}]]), ERROR, id="xt target may reject"),
        pytest.param(ruleset([[{"xt": {"type": "target", "name": "LOG"}}]]), NOTHING, id="xt target that logs"),
        pytest.param(ruleset([[INVALID, DROP]]), NOTHING, id="drop of invalid packets"),
        pytest.param(ruleset([[BY_NAME, REJECT]]), PERHAPS, id="reject of some"),
        pytest.param(ruleset([[{"queue": {"num": 1}}]]), ERROR, id="queue to a program"),
        pytest.param(ruleset([[BY_MARK, ACCEPT], [DROP]]), FINE, id="mark before a drop"),
        pytest.param(ruleset([[DROP], [BY_MARK, ACCEPT]]), ERROR, id="mark after a drop"),
        pytest.param(ruleset([[JUMP]], x=[[REJECT]]), ERROR, id="reject behind a jump"),
        pytest.param(ruleset([[BY_NAME, JUMP]], x=[[REJECT]]), PERHAPS, id="behind a jump of some"),
        pytest.param(ruleset([[JUMP]], "drop", x=[[BY_MARK, ACCEPT]]), FINE, id="mark behind a jump"),
        pytest.param(ruleset([[GOTO], [ACCEPT]], "drop", x=[]), ERROR, id="goto does not come back"),
        pytest.param(ruleset([[JUMP], [DROP]], x=[[RETURN], [ACCEPT]]), ERROR, id="return"),
        pytest.param(ruleset([], "drop", prio=-150), ["error foreign-drop-earlier"], id="earlier than our mark"),
        pytest.param(ruleset([[JUMP]], x=[[JUMP]]), NOTHING, id="a loop ends"),
    ],
)  # fmt: skip
def test_chains(text: str, expected: list[str]) -> None:
    assert found(text) == expected


def test_verdict_maps_are_followed() -> None:
    inline = {"vmap": {"key": {"meta": {"key": "iifname"}}, "data": {"set": [["eth0", JUMP]]}}}
    assert found(ruleset([[inline]], x=[[DROP]])) == PERHAPS
    assert found(ruleset([[inline]], x=[[ACCEPT]])) == NOTHING


def test_the_error_names_the_chain_and_the_line() -> None:
    error = foreign_findings(ruleset([], "drop"))[0]
    assert (error.family, error.table, error.chain, error.line) == ("ip", "filter", "FORWARD", LINE)
    assert "chain ip filter FORWARD" in error.text
    assert LINE in error.text


def test_a_table_with_an_owner_has_no_line() -> None:
    error = foreign_findings(ruleset([], "drop", table={"flags": ["owner", "persist"]}))[0]
    assert error.line == ""
    assert "its owner alone can change it" in error.text


def test_our_own_table_and_other_hooks_do_not_count() -> None:
    ours = {
        "family": "inet",
        "table": "msexchange_firewall",
        "name": "forward",
        "hook": "forward",
        "prio": -10,
        "policy": "drop",
    }
    entry = {"family": "ip", "table": "filter", "name": "INPUT", "hook": "input", "prio": 0, "policy": "drop"}
    assert found(json.dumps({"nftables": [{"chain": ours}, {"chain": entry}]})) == NOTHING


SAMPLES = Path(__file__).resolve().parents[4] / "shared" / "samples" / "nftables"


@pytest.mark.parametrize(
    ("sample", "errors"),
    [
        ("firewalld-json-1", ["inet firewalld filter_FORWARD"]),
        ("ufw-iptables-nft-json-1", ["ip filter FORWARD"]),
        ("mixed-fail2ban-libvirt-docker-json-1", []),
    ],
)
def test_captured_rulesets(sample: str, errors: list[str]) -> None:
    path = SAMPLES / f"{sample}.txt"
    if not path.exists():
        pytest.skip("the captured rulesets lie beside the working copy and are not part of the collection")
    findings = foreign_findings(path.read_text(encoding="utf-8").splitlines()[-1])
    stopped = [finding for finding in findings if finding.severity == "error"]
    assert [f"{finding.family} {finding.table} {finding.chain}" for finding in stopped] == errors

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our rules on an emulated host: made, changed, removed; everybody else's stay; and every error is a sentence."""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
from collections import Counter

import pytest
from harness import Refused
from samples import changed_rules, foreign_rules, random_rules, rule

SETS = int(os.environ.get("MSX_WINDOWS_SETS", "30"))
# what no document settles, each way; the first of each is what the emulator does unasked
SWITCHES = {
    "added_is_live": "no",
    "address_order": "sorted",
    "checks": "add",
    "duplicates": "dropped",
    "empty_text": "empty",
    "equal_ends": "single",
    "gpo_listed": "yes",
    "host_bits": "masked",
    "keyword_ports": "comma",
    "local_keywords": "refused",
    "other_ports": "refused",
    "over_limit": "0x800706F7",
    "ports": "sorted",
    "profiles_read": "7",
    "same_name": "last",
    "slash128": "range",
}


def wanted(count, **changes):
    return [rule(number, **changes) for number in range(count)]  # sent in this order, which is not that of the names


def test_a_hundred_rules_are_made_changed_and_removed_in_a_call_each(driver, new_host):
    host = new_host(foreign_rules(1100))
    before = host.foreign()
    for rules, counts in (
        (wanted(100), [100, 0, 0, 0]),
        (wanted(100, local_ports=["587"]), [0, 100, 0, 0]),
        (wanted(100, local_ports=["587"]), [0, 0, 0, 100]),
        ([], [0, 0, 100, 0]),
    ):
        host.take_log()
        found = driver.apply(host, rules)
        assert [found["counts"][key] for key in ("add", "change", "remove", "unchanged")] == counts
        assert found["changed"] == (counts[3] == 0) and not found["differs"]
        assert len(host.ours()) == len(rules) == len(found["owned"])
        assert host.foreign() == before
        writes = Counter(words[0] for words in host.take_log() if words[0] in ("add", "put", "remove"))
        assert found["changed"] or not writes, "unchanged rules were touched"


def test_a_foreign_rule_is_asked_for_its_group_once_and_for_nothing_else(driver, new_host):
    host = new_host(foreign_rules(1100))
    driver.apply(host, wanted(2))
    ours = set(host.ours())
    host.take_log()
    for rules in (None, wanted(2), wanted(3)):
        driver.read(host, rules) if rules is None else driver.apply(host, rules)
        reads = Counter((words[1], words[2]) for words in host.take_log() if words[0] == "get" and words[1] not in ours)
        foreign = {key: count for key, count in reads.items() if key[0].startswith("foreign-")}
        assert foreign == {(name, "Grouping"): 1 for name in foreign_rules(1100)}


@pytest.mark.parametrize("seed", range(SETS))
def test_check_mode_tells_the_difference_that_the_change_makes(driver, new_host, seed):
    chance = random.Random(seed)
    settings = {key: value for key, value in SWITCHES.items() if seed and chance.random() < 0.5}
    host = new_host(foreign_rules(20), **settings)
    first = random_rules(seed)
    second = changed_rules(first, seed + 1)
    for rules in (first, second, []):
        told = driver.apply(host, rules, check=True)
        text = (host.folder / "rules.txt").read_text(encoding="utf-8")
        assert driver.read(host, rules)["diff"] == told["diff"]
        done = driver.apply(host, rules, fingerprint=told["fingerprint"])
        assert done["diff"] == told["diff"] and done["counts"] == told["counts"], settings
        assert done["changed"] == told["changed"] == (done["diff"]["before"] != done["diff"]["after"])
        assert not done["differs"] and host.foreign() == foreign_rules(20)
        if not told["changed"]:
            assert (host.folder / "rules.txt").read_text(encoding="utf-8") == text
        again = driver.apply(host, rules)
        assert not again["changed"] and again["owned"] == done["owned"]
        assert again["fingerprint"] == done["fingerprint"] == driver.read(host)["fingerprint"]


@pytest.mark.parametrize("switch", SWITCHES)
def test_each_open_question_may_be_answered_either_way(driver, new_host, switch):
    host = new_host(foreign_rules(20), **{switch: SWITCHES[switch]})
    host.set_rules({"gpo-1": "v2.26|Action=Block|Active=TRUE|Dir=In|Name=of a policy|"}, "gpo.txt")
    # hand-written spellings that a host may or may not bring into one form
    odd = rule(
        "odd",
        local_ports=["443", "0025", "80-80", "25"],
        remote_addresses=["10.1.2.3/24", "2001:DB8::5/128", "10.0.0.1/32", "10.0.0.1/32", "2001:db8::5/128"],
    )
    words = rule("words", local_ports=["RPC", "RPC-EPMap"], profiles=["public", "domain", "private"])
    for rules in ([odd, words], random_rules(7), random_rules(8)):
        told = driver.apply(host, rules, check=True)
        done = driver.apply(host, rules)
        assert told["diff"] == done["diff"] and not done["differs"]
        assert not driver.apply(host, rules)["changed"]
        assert host.foreign() == foreign_rules(20)


def test_what_comes_back_has_the_form_in_which_the_controller_sends(driver, new_host):
    rules = [
        rule("a", remote_addresses=["10.0.0.0/8", "10.9.0.1-10.9.0.9", "192.0.2.7/32", "2001:db8::5/128", "fe80::/64"]),
        rule("b", protocol="icmpv4", local_ports=[], icmp_types=["11:0", "8:*"], remote_addresses=["any"]),
        rule("c", protocol="47", local_ports=[], profiles=["domain"], direction="out"),
        rule("d", local_ports=["RPC", "RPC-EPMap"], service="MSExchangeIS", program="C:\\Exchange\\store.exe"),
        rule("e", protocol="any", local_ports=[], edge_traversal="defer_to_user", enabled=False, action="block"),
    ]
    owned = driver.apply(new_host(), rules)["owned"]
    assert [{key: found[key] for key in sent} for sent, found in zip(rules, owned, strict=True)] == rules


def test_the_fingerprint_is_the_digest_of_the_rules_as_python_writes_them(driver, new_host):
    found = driver.apply(new_host(), [*wanted(2), rule("ö", description='tab "quotes" \\ <é>')])
    text = json.dumps(found["owned"], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert found["fingerprint"] == hashlib.sha256(text.encode()).hexdigest()
    assert driver.call("ConvertTo-CanonicalJson", Value='a\n\t\b\u0001"\\é')["value"] == json.dumps(
        'a\n\t\b\u0001"\\é', ensure_ascii=False
    )


def test_other_rules_than_those_that_were_seen_are_left_alone(driver, new_host):
    host = new_host()
    seen = driver.apply(host, wanted(1))["fingerprint"]
    driver.apply(host, wanted(2))
    for check in (True, False):
        with pytest.raises(Refused, match=r"\[windows-changed-since-read\]"):
            driver.apply(host, [], check=check, fingerprint=seen)
    assert len(host.ours()) == 2


def test_our_rule_that_is_there_twice_is_there_once_afterwards(driver, new_host):
    host = new_host()
    driver.apply(host, wanted(1))
    (text,) = host.ours().values()
    host.set_rules({"one": text, "two": text, "three": text.replace("LPort=25", "LPort=26")})
    found = driver.apply(host, wanted(1))
    assert found["counts"] == {"add": 0, "change": 0, "remove": 2, "unchanged": 1}
    assert list(host.rules()) == ["one"]


def test_what_others_changed_on_ours_is_found_and_put_right(driver, new_host):
    host = new_host()
    driver.apply(host, wanted(1))
    ((name, text),) = host.ours().items()
    for token in ("IFType=Lan|", "LUAuth=O:LSD:(A;;CC;;;S-1-5-32-544)|", "Security=Authenticate|"):
        host.set_rules({name: text + token})
        found = driver.apply(host, wanted(1))
        assert found["counts"]["change"] == 1 and not found["differs"], token
        assert list(host.ours().values()) == [text]


def test_a_description_is_edited_in_place_and_anything_else_replaced(driver, new_host):
    host = new_host()
    driver.apply(host, wanted(1))
    (name,) = host.ours()
    driver.apply(host, wanted(1, description="Told anew"))
    assert list(host.ours()) == [name]
    driver.apply(host, wanted(1, description="Told anew", enabled=False))
    assert list(host.ours()) != [name]


def states(host, driver, rules):
    """What is open after each write of an apply: a run that dies after one, then after two, and so on."""
    start = host.rules()
    for number in range(1, 99):
        host.set_rules(start)
        host.set(fail_at=number)
        try:
            driver.apply(host, rules)
            return
        except Refused as error:
            assert "[windows-access-denied]" in str(error)
            yield number, [re.sub(r"Name=[^|]*\|", "", text) for text in host.ours().values()]
        host.set()
        assert not driver.apply(host, rules)["differs"], f"a run after a failure at write {number} does not mend it"


def test_at_no_write_is_more_open_than_before_and_after_nor_less_than_in_both(driver, new_host):
    host = new_host(foreign_rules(20))
    old, new = wanted(3), [rule(1), rule(2, protocol="udp", local_ports=["53"], remote_addresses=["any"]), rule(9)]
    driver.apply(host, new)
    after = {re.sub(r"Name=[^|]*\|", "", text) for text in host.ours().values()}
    driver.apply(host, old)
    before = {re.sub(r"Name=[^|]*\|", "", text) for text in host.ours().values()}
    seen = 0
    for number, found in states(host, driver, new):
        assert before & after <= set(found) <= before | after, f"at write {number}"
        assert host.foreign() == foreign_rules(20)
        seen = number
    assert seen >= 8


def test_where_adding_fails_nothing_stays(driver, new_host):
    host = new_host()
    host.set(fail_at=3)
    with pytest.raises(Refused, match="Adding rule"):
        driver.apply(host, wanted(4))
    assert not host.rules()

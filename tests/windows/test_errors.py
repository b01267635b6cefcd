# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with wanted rules is told before anything is written; what Windows answers comes out as a sentence."""

from __future__ import annotations

import pytest
from harness import Refused
from samples import foreign_rules, rule

BAD = {
    "no address": ({"remote_addresses": []}, "windows-no-addresses"),
    "no local address": ({"local_addresses": []}, "windows-no-addresses"),
    "any beside an address": ({"remote_addresses": ["any", "10.0.0.0/8"]}, "windows-any-and-more"),
    "too many addresses": (
        {"remote_addresses": [f"10.0.{n // 256}.{n % 256}/32" for n in range(1001)]},
        "windows-list-too-long",
    ),
    "too many ports": ({"local_ports": [str(n) for n in range(1, 1002)]}, "windows-list-too-long"),
    "two in one entry": ({"remote_addresses": ["10.0.0.1,10.0.0.2"]}, "windows-bad-entry"),
    "an empty entry": ({"remote_addresses": [""]}, "windows-bad-entry"),
    "a bar in the description": ({"description": "a|b"}, "windows-bad-character"),
    "a line break": ({"description": "a\nb"}, "windows-bad-character"),
    "a bar in the name": ({"name": "msexchange.firewall a|b"}, "windows-bad-character"),
    "a name of somebody else": ({"name": "smtp"}, "windows-bad-name"),
    "a name in capitals": ({"name": "MSEXCHANGE.FIREWALL x"}, "windows-bad-name"),
    "a long name": ({"name": "msexchange.firewall " + "x" * 9999}, "windows-text-too-long"),
    "a long program": ({"program": "C:\\" + "x" * 260}, "windows-text-too-long"),
    "a pattern as program": ({"program": "C:\\*.exe"}, "windows-bad-character"),
    "all services": ({"service": "*"}, "windows-dead-rule"),
    "no profile": ({"profiles": []}, "windows-dead-rule"),
    "an unknown protocol": ({"local_ports": [], "protocol": "sctp"}, "windows-bad-protocol"),
    "protocol 256": ({"local_ports": [], "protocol": "256"}, "windows-bad-protocol"),
    "ports without a protocol": ({"protocol": "any", "local_ports": ["25"]}, "windows-bad-protocol"),
    "types of tcp": ({"icmp_types": ["8:*"]}, "windows-bad-protocol"),
    "a port that is none": ({"local_ports": ["65536"]}, "windows-bad-port"),
    "a range that falls": ({"local_ports": ["90-80"]}, "windows-bad-port"),
    "RPC over udp": ({"protocol": "udp", "local_ports": ["RPC"]}, "windows-bad-direction"),
    "RPC outbound": ({"direction": "out", "local_ports": ["RPC"]}, "windows-bad-direction"),
    "RPC at the other end": ({"remote_ports": ["RPC-EPMap"]}, "windows-bad-direction"),
    "edge outbound": ({"direction": "out", "edge_traversal": "allow"}, "windows-bad-direction"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_rule_is_refused_before_anything_is_written(driver, new_host, case):
    changes, code = BAD[case]
    host = new_host(foreign_rules(3))
    for check in (True, False):
        with pytest.raises(Refused) as told:
            driver.apply(host, [rule("good"), rule("bad", **changes)], check=check)
        assert str(told.value).endswith(f"[{code}]") and "\n" not in str(told.value)
        assert changes.get("name", "rule bad")[:20] in str(
            told.value
        ) and f", {next(iter(reversed(changes)))}: " in str(told.value)
    assert host.rules() == foreign_rules(3)


def test_two_rules_of_one_name_are_refused_whatever_the_case(driver, new_host):
    with pytest.raises(Refused, match=r"\[windows-name-twice\]$"):
        driver.apply(new_host(), [rule("one"), rule("ONE")])


def test_all_that_is_wrong_is_told_at_once(driver, new_host):
    with pytest.raises(Refused) as told:
        driver.apply(new_host(), [rule("a", remote_addresses=[]), rule("b", protocol="x", local_ports=[], service="*")])
    lines = str(told.value).splitlines()
    assert [line.rpartition("[")[2] for line in lines] == [
        "windows-no-addresses]",
        "windows-dead-rule]",
        "windows-bad-protocol]",
    ]


ANSWERS = {
    "the service does not run": ({"service": "stopped"}, "windows-service-stopped", "0x800706D9"),
    "not an administrator": ({"elevated": "no"}, "windows-access-denied", "0x80070005"),
    "memory": ({"fail_at": 1, "fail_with": "0x8007000E"}, "windows-out-of-memory", "0x8007000E"),
    "the RPC server refuses": ({"fail_at": 1, "fail_with": "0x800706F7"}, "windows-invalid-value", "0x800706F7"),
    "something new": ({"fail_at": 1, "fail_with": "0x80004005"}, "windows-unknown-error", "0x80004005"),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_what_windows_answers_is_a_sentence(driver, new_host, case):
    settings, code, number = ANSWERS[case]
    host = new_host(foreign_rules(3), **settings)
    with pytest.raises(Refused) as told:
        driver.apply(host, [rule("a")])
    assert f"({number}). [{code}]" in str(told.value)
    assert host.rules() == foreign_rules(3)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"remote_addresses": ["::1/128"]}, ["RemoteAddresses", "0xD000000D"]),
        ({"remote_addresses": ["Everybody"]}, ["RemoteAddresses", "0xD000000D"]),
        ({"local_ports": ["Nonsense"]}, ["LocalPorts", "0x8007000D"]),
        ({"local_ports": ["Teredo"]}, ["LocalPorts", "0x80070057"]),
    ],
)
def test_a_value_that_windows_refuses_is_told_with_rule_and_property(driver, new_host, changes, words):
    host = new_host()
    for check in (True, False):
        with pytest.raises(Refused, match=r"\[windows-invalid-value\]$") as told:
            driver.apply(host, [rule("good"), rule("bad", **changes)], check=check)
        assert all(word in str(told.value) for word in ["msexchange.firewall rule bad", *words])
    assert not host.rules()


def test_what_is_found_only_at_adding_leaves_nothing_behind(driver, new_host):
    host = new_host(checks="add")
    with pytest.raises(Refused, match=r"Adding rule .*\[windows-invalid-value\]$"):
        driver.apply(host, [rule("good"), rule("teredo", local_ports=["Teredo"])])
    assert not host.rules()


def test_reading_needs_no_administrator(driver, new_host):
    host = new_host(foreign_rules(3), elevated="no")
    assert driver.read(host, [rule("a")])["counts"]["add"] == 1


def test_a_rule_that_somebody_removes_meanwhile_does_no_harm(driver, new_host):
    host = new_host(foreign_rules(4), vanishes="foreign-2")
    assert not driver.apply(host, [rule("a")])["differs"]
    assert list(host.foreign()) == ["foreign-0", "foreign-1", "foreign-3"]


def test_a_rule_that_does_not_go_is_told(driver, new_host):
    host = new_host()
    driver.apply(host, [rule("a")])
    host.set(stays="yes")
    with pytest.raises(Refused, match=r"still there. \[windows-rule-stays\]$"):
        driver.apply(host, [])


def test_without_a_firewall_to_ask_the_system_is_named(pwsh, new_host):
    from harness import UTILS, Path, subprocess

    script = f"Import-Module -Name '{UTILS / 'FirewallStore.psm1'}'; Open-RuleCollection"
    done = subprocess.run(
        [pwsh, "-NoProfile", "-Command", script],
        capture_output=True,
        text=True,
        check=False,
        env={"HOME": str(Path.home())},
    )
    assert "[windows-no-firewall]" in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("10.0.0.0/255.255.0.0", ["10.0.0.0/16"]),
        ("10.1.2.3/255.255.255.0", ["10.1.2.0/24"]),
        ("10.0.0.0/255.0.255.0", ["10.0.0.0/255.0.255.0"]),
        ("192.0.2.1-192.0.2.1", ["192.0.2.1/32"]),
        ("2001:DB8:0:0:0:0:0:1-2001:db8::1", ["2001:db8::1/128"]),
        ("2001:db8:0:1:1:1:1:1/128", ["2001:db8:0:1:1:1:1:1/128"]),
        ("1:0:0:2:0:0:0:3-1:0:0:2:0:0:0:4", ["1:0:0:2::3-1:0:0:2::4"]),
        ("0:0:1::/96", ["0:0:1::/96"]),
        ("2001:db8:0:0:1:0:0:1/128", ["2001:db8::1:0:0:1/128"]),
        ("::/127", ["::/127"]),
        ("LocalSubnet,DNS", ["DNS", "LocalSubnet"]),
        ("*", ["any"]),
        ("", ["any"]),
    ],
)
def test_addresses_come_back_as_python_writes_them(driver, written, read):
    assert driver.call("ConvertFrom-ComValue", Kind="addresses", Value=written)["value"] == read
    assert driver.call("ConvertFrom-ComValue", Kind="addresses", Value=",".join(read))["value"] == read


@pytest.mark.parametrize(
    ("written", "read"),
    [("443,80", ["443", "80"]), ("*", []), ("RPC,", ["RPC"]), ("RPCEPMap", ["RPC-EPMap"]), ("080,80-80", ["80"])],
)
def test_ports_come_back_sorted_and_in_one_spelling(driver, written, read):
    assert driver.call("ConvertFrom-ComValue", Kind="ports", Value=written)["value"] == read

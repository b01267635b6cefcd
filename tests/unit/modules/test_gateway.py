# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of the gateway's code that need no gateway."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from ansible_collections.msexchange.firewall.plugins.module_utils.gateway import nft, peer, session, store
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms import nftables, options
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.nftables import statements

OURS = nft.OURS


def listing(*objects: dict, version: str = "1.0.6") -> str:
    return json.dumps({"nftables": [{"metainfo": {"version": version}}, *objects]})


def test_both_ends_mean_the_same_table_and_helpers() -> None:
    """The module cannot import the driver, so a few words stand twice."""
    assert (nftables.FAMILY, nftables.TABLE) == (nft.FAMILY, nft.TABLE)
    assert {name: (kind, transport) for name, (kind, transport, _by) in statements.HELPERS.items()} == nft.HELPERS
    assert nft.restore_script("").splitlines() == nftables.render(nftables.ABSENT).splitlines()[1:]


def test_a_fingerprint_is_of_the_content_alone() -> None:
    counter = {"counter": {"name": "c", "handle": 1, "packets": 1, "bytes": 2}}
    members = {"set": {"name": "s", "handle": 2, "elem": ["10.0.0.1", {"elem": {"val": "10.0.0.2", "comment": "x"}}]}}
    same = [
        {"set": {"name": "s", "handle": 9, "elem": [{"elem": {"val": "10.0.0.2", "comment": "x"}}, "10.0.0.1"]}},
        {"counter": {"name": "c", "handle": 7, "packets": 5, "bytes": 5}},
    ]
    assert nft.fingerprint(listing(counter, members)) == nft.fingerprint(listing(*same, version="1.1"))
    assert nft.fingerprint(listing(counter)) != nft.fingerprint(listing(members))
    assert nft.fingerprint("") == ""


def test_the_order_of_rules_counts() -> None:
    first, second = ({"rule": {"chain": "c", "handle": 1, "expr": [{word: None}]}} for word in ("accept", "drop"))
    assert nft.fingerprint(listing(first, second)) != nft.fingerprint(listing(second, first))


@pytest.mark.parametrize(
    "script",
    [
        "",
        f"add table {OURS}\ndelete table {OURS}\n",
        f"add set {OURS} g_x_v4 {{ type ipv4_addr; flags interval; }}",
        f'add element {OURS} g_x_v4 {{\n\t10.0.0.1 comment "a; b"\n}}',
        f'add rule {OURS} planned tcp dport {{ 25, 587 }} counter name "x" accept comment "y;{{"',
        f"add chain {OURS} forward {{ type filter hook forward priority -10; policy accept; }}",
    ],
)
def test_scripts_about_our_table(script: str) -> None:
    nft.refuse_foreign(script)


@pytest.mark.parametrize(
    "script",
    [
        "flush ruleset",
        "delete table inet other",
        f"delete table {OURS}_probe",
        f"flush table {OURS}; flush ruleset",
        f"add counter {OURS} x; flush ruleset",
        f"add chain {OURS} x {{ }} flush ruleset; add table ip x",
        'include "/etc/shadow"',
        "define x = 1",
        f"add map {OURS} x",
        f'add rule {OURS} x comment "a"; flush ruleset',
        f'add rule {OURS} x comment "a\n"; flush ruleset',
        f"rename chain {OURS} x y",
    ],
)
def test_scripts_that_hide_something(script: str) -> None:
    with pytest.raises(nft.GatewayError, match="alone"):
        nft.refuse_foreign(script)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("192.0.2.9 50000 192.0.2.1 22", "192.0.2.9"), ("fe80::1%eth0 1 fe80::2%eth0 22", "fe80::1%eth0"), ("broken", "")],
)
def test_the_ssh_peer_of_the_environment(value: str, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peer, "_parent", lambda pid: 0)
    monkeypatch.setattr(peer, "_variable", lambda pid, name: "")
    assert peer.ssh_peer({"SSH_CONNECTION": value}) == expected


def test_the_ssh_peer_of_a_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    """sudo drops the variable; the shell above it still has it."""
    chain = {os.getppid(): 40, 40: 30, 30: 1}
    monkeypatch.setattr(peer, "_parent", chain.get)
    monkeypatch.setattr(peer, "_variable", lambda pid, name: "2001:db8::9 1 2001:db8::1 22" if pid == 30 else "")
    assert peer.ssh_peer({}) == "2001:db8::9"


def machine(folder: Path, cgroup: str, login: str, **settings: str) -> str:
    files = {"proc/self/cgroup": cgroup, "proc/self/loginuid": login, **settings}
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return str(folder)


SESSION = "0::/user.slice/user-1000.slice/session-3.scope\n"
KILLS = {"etc/systemd/logind.conf": "[Login]\n#KillUserProcesses=no\nKillUserProcesses=yes\n"}
SPARED = {"etc/systemd/logind.conf.d/a.conf": "KillUserProcesses = no\n"}


@pytest.mark.parametrize(
    ("cgroup", "login", "settings", "refused"),
    [
        (SESSION, "1000", KILLS, True),
        (SESSION, "0", KILLS, False),
        (SESSION, "1000", {**KILLS, **SPARED}, False),
        (SESSION, "1000", {}, False),
        ("0::/system.slice/ssh.service\n", "1000", KILLS, False),
    ],
)
def test_sessions_that_take_their_processes_with_them(
    tmp_path: Path, cgroup: str, login: str, settings: dict, refused: bool
) -> None:
    assert bool(session.why_processes_end(machine(tmp_path, cgroup, login, **settings))) is refused


@pytest.mark.parametrize("directory", ["relative", "/with blank", "/per%cent", "/new\nline"])
def test_directories_that_a_unit_could_not_name(directory: str) -> None:
    with pytest.raises(store.GatewayError, match="plain characters"):
        store.Store(directory).prepare()


def test_a_file_is_written_whole_over_an_unfinished_one(tmp_path: Path) -> None:
    (tmp_path / "x.new").write_text("half")
    store.write_whole(str(tmp_path / "x"), "all", 0o600)
    assert [path.name for path in tmp_path.iterdir()] == ["x"]
    assert (tmp_path / "x").read_text() == "all"
    assert (tmp_path / "x").stat().st_mode & 0o777 == 0o600


def test_a_broken_record_counts_as_none(tmp_path: Path) -> None:
    kept = store.Store(str(tmp_path))
    for text in ("{", "[]", ""):
        (tmp_path / "pending.json").write_text(text)
        assert kept.read_record("pending.json") is None


def test_a_failure_ends_in_the_code_that_the_page_explains(tmp_path: Path) -> None:
    kept = store.Store(str(tmp_path / "there"))
    (tmp_path / "there").write_text("no directory")
    with pytest.raises(nft.GatewayError) as caught:
        kept.verify()
    assert str(caught.value).endswith("is no directory [unsafe-directory]")


def test_the_controller_refuses_the_paths_that_the_gateway_would(tmp_path: Path) -> None:
    """The module cannot import the controller's check, so the pattern stands twice."""
    assert options.SAFE_PATH.pattern == store.SAFE_PATH.pattern

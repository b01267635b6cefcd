# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wrong options through real runs: one sentence for each, no traceback, nothing written and nobody contacted.

All cases of a kind are tasks of one play, so that eighty of them cost a few seconds.
"""

from __future__ import annotations

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

CASES = yaml.safe_load((Path(__file__).parent / "broken_options.yml").read_text(encoding="utf-8"))
IDS = [(kind, name) for kind, cases in CASES.items() for name in cases]
#: nobody answers there: who contacts the gateway is told that it is unreachable, which no case expects
GATEWAY = {
    "ansible_connection": "ssh",
    "ansible_host": "127.0.0.1",
    "ansible_port": 1,
    "exchange_platform": "nftables",
    "exchange_zones": {"in0": ["10.0.0.0/8"], "out0": ["0.0.0.0/0"]},
}
SERVER = {"exchange_version": "se", "exchange_roles": ["mailbox"], "exchange_addresses": ["10.0.0.1"]}
#: options of a module are looked at where it runs
HERE = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
INVENTORY = {"all": {"hosts": {"mbx1": SERVER, "gw1": GATEWAY, "here": HERE}}}
ACTIONS = {
    "appliance": "msexchange.firewall.exchange_appliance",
    "plan": "msexchange.firewall.exchange_plan",
    "question": "msexchange.firewall.exchange_ports_info",
    "gateway module": "msexchange.firewall.nftables_table",
}


def host_of(kind):
    return "here" if kind == "gateway module" else "gw1"


def task_of(kind, give):
    if kind.startswith("role "):
        role = kind.removeprefix("role ")
        options = {f"{role}_{name}": value for name, value in give.items()}
        return {"ansible.builtin.include_role": {"name": f"msexchange.firewall.{role}"}, "vars": options}
    if kind == "lookup":
        words = ", ".join(f"{name}={json.dumps(value)}" for name, value in give.items())
        return {"ansible.builtin.debug": {"msg": f"{{{{ lookup('msexchange.firewall.exchange_ports', {words}) }}}}"}}
    return {ACTIONS[kind]: give}


def plays(kind, folder):
    """Every case between a task that names it and one that comes when it failed."""
    tasks = []
    for number, case in enumerate(CASES[kind].values()):
        give = {name: str(folder / "a-file") if value == "FILE" else value for name, value in case["give"].items()}
        tasks.append({"ansible.builtin.debug": {"msg": f"case {number} begins"}})
        failed = {"ansible.builtin.debug": {"msg": f"case {number} failed"}}
        tasks.append({"block": [task_of(kind, give)], "rescue": [failed]})
    return [{"hosts": host_of(kind), "gather_facts": False, "tasks": tasks}]


def files(folder):
    walked = (Path(base, name) for base, _folders, names in os.walk(folder) for name in names)
    return sorted(path.relative_to(folder) for path in walked if path.relative_to(folder).parts[0] != "home")


def run_of(player, kind):
    player.write("a-file", "already here")
    playbook, inventory = player.write("cases.yml", plays(kind, player.folder)), player.write("i.yml", INVENTORY)
    before = files(player.folder)
    run = player(inventory, playbook=str(playbook))
    return run, before, files(player.folder)


@pytest.fixture(scope="module")
def runs(request, tmp_path_factory, player_in):
    """kind -> (run, files before, files after); two at a time, only those that were selected."""
    chosen = [item.callspec.params.get("kind") for item in request.session.items if "runs" in item.fixturenames]
    kinds = [kind for kind in CASES if kind in chosen]
    with ThreadPoolExecutor(max_workers=2) as pool:
        folders = {kind: player_in(tmp_path_factory.mktemp(kind.replace(" ", "-"))) for kind in kinds}
        yield {kind: pool.submit(run_of, folders[kind], kind) for kind in kinds}


def test_with_the_broken_inventories_there_are_more_than_a_hundred():
    inventories = list((Path(__file__).parent / "broken").glob("*.yml"))
    assert len(IDS) >= 60 and len(IDS) + len(inventories) >= 100


@pytest.mark.parametrize("kind", CASES)
def test_nobody_is_contacted_and_nothing_is_written(runs, kind):
    run, before, after = runs[kind].result()
    assert run.rc == 0, run.text  # every failure was met by its rescue
    assert f"rescued={len(CASES[kind])}" in run.text, run.text
    for word in (
        "unreachable=1",
        "changed=1",
        "Traceback",
        "nexpected exception",
        "nexpected Exception",
        "object at 0x",
    ):
        assert word not in run.text, run.text
    assert before == after


@pytest.mark.parametrize(("kind", "name"), IDS)
def test_each_wrong_option_is_told_in_a_sentence(runs, kind, name):
    run = runs[kind].result()[0]
    number, case = list(CASES[kind]).index(name), CASES[kind][name]
    part = run.text.partition(f"case {number} begins")[2].partition(f"case {number} failed")[0]
    ((host, result),) = type(run)(run.rc, part, run.folder).results()
    assert host == host_of(kind)
    message = result["msg"]
    if "ansible" in case:
        assert all(piece in message for piece in case["ansible"]), message
        return
    told = [line.strip().removeprefix("- ") for line in message.splitlines() if line.startswith("  - ")]
    if kind == "lookup":  # up to ansible-core 2.18 Ansible tells twice, on one line, what a lookup told
        told = sorted({line[: line.rindex("]") + 1] for line in told})
    for option, text in case["told"]:
        fitting = [line for line in told if f"{option}: " in line.partition("'")[0] and text in line]
        assert len(fitting) == 1, f"{option}: {text}\nis not told once by\n{message}"
    assert len(told) == len(case["told"]), message

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs as AWX starts them: with its extra variables, with what it leaves of an inventory, and with nowhere to write."""

from __future__ import annotations

import json

AWX = {
    "awx_job_id": 41,
    "awx_job_launch_type": "manual",
    "awx_job_template_id": 9,
    "awx_job_template_name": "Firewalls of Exchange",
    "awx_inventory_id": 2,
    "awx_inventory_name": "Exchange",
    "awx_user_name": "operator",
}
SLICE = {**AWX, "awx_workflow_job_id": 40, "awx_workflow_job_name": "Firewalls of Exchange"}


def with_both_prefixes(variables):
    old = {name.replace("awx_", "tower_", 1): value for name, value in variables.items()}
    return json.dumps({**variables, **old})


def cut(listing, number, count):
    """An inventory script's answer for one slice of a job: every count-th host, and of groups what is left."""
    hosts = sorted(listing["_meta"]["hostvars"])[number - 1 :: count]
    found = {"_meta": {"hostvars": {name: listing["_meta"]["hostvars"][name] for name in hosts}}}
    for group, content in listing.items():
        if group != "_meta":
            kept = [name for name in content.get("hosts", ()) if name in hosts]
            found[group] = {"hosts": kept, "children": content.get("children", [])}
    return found


def as_script(player, data):
    """AWX hands its inventory over as a program that prints it."""
    path = player.write("hosts", f"#!/bin/sh\ncat <<'END'\n{json.dumps(data)}\nEND\n")
    path.chmod(0o755)
    return path


def files(*folders):
    found = {}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            state = path.lstat()
            found[str(path)] = (state.st_size, state.st_mtime_ns) if path.is_file() else ()
    return found


def test_a_job_writes_into_its_temporary_directory_only(player, examples):
    home, local = player.folder / "home", player.folder / "local"
    for folder in (home, local):
        folder.mkdir()
    places = {"HOME": str(home), "ANSIBLE_HOME": str(home), "ANSIBLE_LOCAL_TEMP": str(local), "TMPDIR": str(local)}
    before = files(player.folder, examples.parent / "plugins", examples)
    run = player(examples / "current", "-e", with_both_prefixes(AWX), **places)
    assert run.rc == 0, run.text
    assert files(player.folder, examples.parent / "plugins", examples) == before
    assert "AWX gave this job 11 hosts, without those that are disabled there" in " ".join(run.text.split())
    assert run.text.count("exchange_expected_servers") == 1


def test_a_slice_is_refused_and_says_what_to_set(player, examples):
    listing = json.loads(player(examples / "current", "--list", playbook="", program="ansible-inventory").text)
    inventory = as_script(player, cut(listing, 2, 2))
    run = player(inventory, "-e", with_both_prefixes(SLICE))
    assert run.rc != 0 and "Traceback" not in run.text
    (told,) = [result["msg"] for _host, result in run.results() if "found; nothing was changed" in result["msg"]]
    assert "this is taken for a slice of the job template 'Firewalls of Exchange'" in told
    assert "Set job_slice_count of the template to 1" in told

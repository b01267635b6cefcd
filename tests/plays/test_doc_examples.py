# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples that ansible-doc shows for questions run as they stand, and each gives something."""

from __future__ import annotations

import importlib

import pytest
import yaml

PLUGINS = "ansible_collections.msexchange.firewall.plugins"


def tasks_of(kind, name):
    tasks = yaml.safe_load(importlib.import_module(f"{PLUGINS}.{kind}.{name}").EXAMPLES)
    assert all(task["name"] for task in tasks)
    return tasks


@pytest.mark.parametrize(("kind", "name"), [("lookup", "exchange_ports"), ("modules", "exchange_ports_info")])
def test_the_examples_run_as_they_stand(player, kind, name, tmp_path):
    tasks = tasks_of(kind, name)
    for task in tasks:
        for module in task.values():
            if isinstance(module, dict) and "dest" in module:
                module["dest"] = str(tmp_path / "answer.txt")  # the one thing that is not the reader's own
    # localhost as Ansible makes it itself where no inventory names it
    local = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    play = {"hosts": "localhost", "vars": local, "gather_facts": False, "tasks": tasks}
    run = player("localhost,", "-v", playbook=[play])
    assert run.rc == 0, run.text
    assert "[WARNING]" not in run.text, run.text
    assert f"ok={len(tasks)}" in run.text.split("PLAY RECAP")[1], run.text
    assert " skipped=0" in run.text, run.text


def test_what_the_examples_promise_is_there(player):
    """An expression with a misspelt key would run, and say nothing."""
    names = {task["name"]: task for task in tasks_of("lookup", "exchange_ports")}
    messages = [task["ansible.builtin.debug"]["msg"] for task in names.values() if "ansible.builtin.debug" in task]
    facts = [{"ansible.builtin.set_fact": {"answer": message}} for message in messages]
    run = player("localhost,", "-v", playbook=[{"hosts": "localhost", "gather_facts": False, "tasks": facts}])
    answers = [result["ansible_facts"]["answer"] for _host, result in run.results("ok")]
    assert len(answers) == len(messages) and all(answers), run.text


def test_registered_answers_of_the_module_hold_something(player):
    tasks = tasks_of("modules", "exchange_ports_info")
    names = [task["register"] for task in tasks if "register" in task]
    keys = ("flows", "result", "comparison")
    that = [" or ".join(f"{name}.{key} | default([]) | length > 0" for key in keys) for name in names]
    tasks.append({"ansible.builtin.assert": {"that": that}})
    run = player("localhost,", playbook=[{"hosts": "localhost", "gather_facts": False, "tasks": tasks}])
    assert names and run.rc == 0, run.text

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Computes the plan of the whole inventory once a play, and gives each host its part of it."""

from __future__ import annotations

import hashlib
import json
import os
import socket
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.action import ActionBase
from ansible.template import Templar
from ansible.utils.vars import load_extra_vars
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.delegation import delegation_problems
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.store import (
    ACKNOWLEDGEMENT,
    Contents,
    Options,
    PlanStore,
    differences,
)
from ansible_collections.msexchange.firewall.plugins.plugin_utils.problems import Problem, ProblemError, coded

PLAN_SPEC = {
    "narrow_support_boundary": {"type": "str"},
    "resolve_names": {"type": "bool", "default": False},
}
# option -> the variable of the role exchange_plan that stands in where the option is not given
_ROLE_VARIABLES = {
    "save_to": "exchange_plan_directory",
    "show": "exchange_plan_show",
    "narrow_support_boundary": "exchange_plan_narrow_support_boundary",
    "resolve_names": "exchange_plan_resolve_names",
}
_PLAIN = (str, int, float, bool, type(None))
# what evaluating a template can raise; up to ansible-core 2.18 the expression's own errors come through as they are
_NO_VALUE = (AnsibleError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


class PlanAction(ActionBase):
    """What every action does that needs the fleet's plan."""

    def plan_options(self, arguments: Mapping[str, Any], others: Iterable[Problem] = ()) -> Options:
        """Fails with all that is wrong with the options; ``others``: problems of the caller's own options."""
        problems = [*others]
        said = arguments["narrow_support_boundary"]
        if said and said != ACKNOWLEDGEMENT:
            text = f"{said!r} does not acknowledge what it asks for; write {ACKNOWLEDGEMENT!r}, word for word."
            problems.append(Problem("no-acknowledgement", "", "narrow_support_boundary", text))
        if problems:
            raise AnsibleActionFail(ProblemError(problems).message())
        return Options(narrow=bool(said), resolve_names=arguments["resolve_names"])

    def ensure_plan(
        self, options: Options, task_vars: Mapping[str, Any], save_to: str = "", show: bool = False
    ) -> tuple[dict[str, Any], dict[str, Any], bool]:
        """The plan's summary, this host's part, and whether this call made it; fails with every problem there is."""
        play = _play_of(self._task)
        name = hashlib.sha256(f"{play}/{options.key()}".encode()).hexdigest()[:16]
        store = self.store = PlanStore(Path(constants.DEFAULT_LOCAL_TMP) / f"msexchange-firewall-{name}")
        summary, first = store.ensure(lambda: self._compute(options, task_vars))
        if "problems" in summary:
            self._fail([Problem(**problem) for problem in summary["problems"]], first)
        mine = self._own_part(store, summary["variables"], task_vars)
        if save_to and store.once(f"save {save_to}"):
            try:
                _save(store, Path(save_to))
            except ProblemError as error:
                raise AnsibleActionFail(error.message()) from None
        if show and store.once("show"):
            self._display.display(store.text("plan.txt"))
        return summary, mine, first

    def _compute(self, options: Options, task_vars: Mapping[str, Any]) -> Contents:
        """Imports its means itself: what Ansible's parent process holds, every fork pays for, and only one computes."""
        from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.fleet import compute, contents
        from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.partial import with_doubts
        from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.registry import platform_names
        from ansible_collections.msexchange.firewall.plugins.plugin_utils.report.text import plan_texts

        hostvars, names = task_vars["hostvars"], task_vars["groups"]["all"]
        inputs = list(self._inputs(hostvars, names))
        files = FileReader(hostvars, names, Path(self._loader.get_basedir()))
        fleet = with_doubts(
            inputs,
            task_vars,
            lambda: compute(inputs, options, platform_names(), _resolve, date.today(), read_file=files),
        )
        return contents(fleet, inputs, plan_texts(fleet))

    def _fail(self, problems: list[Problem], first: bool) -> None:
        if first:
            raise AnsibleActionFail(ProblemError(problems).message())
        text = f"There is no plan: the host that asked first was told of {len(problems)} problems. Nothing was changed."
        raise AnsibleActionFail(coded(text, "no-plan"))

    def _own_part(self, store: PlanStore, variables: Iterable[str], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """Empty for a host that has none; fails where this task sees the host otherwise than the plan did."""
        name = task_vars["inventory_hostname"]
        stored = store.host(name)
        if not stored and name not in task_vars["groups"]["all"]:
            return {}  # the implicit localhost: a plan can be asked for from there, and it has no part in it
        if not stored:
            text = "it was not in the inventory when the plan was made; add hosts before the first task that plans."
            raise AnsibleActionFail(ProblemError([Problem("late-host", name, "", text)]).message())
        seen, unreadable = _read(task_vars, variables, self._templar.template)
        problems = [Problem("unreadable", name, variable, why) for variable, why in unreadable.items()]
        problems += differences(name, variables, stored["values"], seen)
        if problems:
            raise AnsibleActionFail(ProblemError(problems).message())
        return stored

    def refuse_elsewhere(self, owners: Collection[str], kind: str, task_vars: Mapping[str, Any]) -> None:
        """Fails where delegate_to or a connection of the play would bring a host's rules to another machine.

        ``owners``: those that have rules of this kind.
        """
        name = task_vars["inventory_hostname"]
        local = self._connection.transport == "local"
        of_host = task_vars["hostvars"].raw_get(name) if name in owners else {}
        said = "ansible_connection" in of_host and "ansible_connection" not in load_extra_vars(self._loader)
        problems = delegation_problems(name, self._task.delegate_to or "", owners, local, said, kind=kind)
        if problems:
            raise AnsibleActionFail(ProblemError(problems).message())

    def _inputs(self, hostvars: Any, names_of_all: Iterable[str]) -> Iterator[Any]:
        """A HostInput for each host, whatever ``--limit`` says. Only variables that matter are templated.

        ``hostvars`` itself would also yield the implicit localhost under ansible-core 2.16, with the variables of all.
        """
        from ansible_collections.msexchange.firewall.plugins.plugin_utils.topology.models import HostInput
        from ansible_collections.msexchange.firewall.plugins.plugin_utils.topology.variables import CONNECTION_VARIABLES

        shared: dict[int, tuple[Any, Any]] = {}  # what hosts have in common is kept once, however many they are
        for name in names_of_all:
            raw = hostvars.raw_get(name)
            templar = Templar(loader=self._loader, variables=raw)
            names = [*CONNECTION_VARIABLES, *(key for key in raw if key.startswith("exchange_"))]
            values, unreadable = _read(raw, names, templar.template, shared)
            groups = ("all", *(str(group) for group in raw.get("group_names", ())))
            yield HostInput(str(name), groups, values, unreadable)


class FileReader:
    """Reads files that the inventory names: relative ones beside an inventory, else beside the playbook."""

    def __init__(self, hostvars: Any, names: Iterable[str], playbook: Path) -> None:
        self.hostvars, self.names, self.playbook = hostvars, names, playbook

    def __call__(self, name: str) -> bytes:
        path = Path(os.path.expanduser(name))  # which leaves the home of an unknown user as it stands
        if path.is_absolute():
            return _bytes_of(path)
        # a playbook of the collection stands in the collection, where nobody keeps files
        inventories = {str(self.hostvars.raw_get(host).get("inventory_dir") or "") for host in self.names} - {""}
        places = [*(Path(folder) for folder in sorted(inventories)), self.playbook]
        for place in places:
            if (place / path).exists():
                return _bytes_of(place / path)
        raise FileNotFoundError(f"it is neither in {' nor in '.join(str(place) for place in places)}")


def _bytes_of(path: Path) -> bytes:
    if path.exists() and not path.is_file():
        raise OSError("it is no file")
    return path.read_bytes()


class ActionModule(PlanAction):
    _requires_connection = False
    _supports_check_mode = True

    def _from_role(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """The role's variables as options. As arguments of its task Ansible would template each for every host, which
        took a tenth of the play's CPU: 300 servers, 16.8 s against 15.3 s, the medians of five runs in turn."""
        values, unreadable = _read(task_vars, _ROLE_VARIABLES.values(), self._templar.template)
        if unreadable:
            told = [Problem("unreadable", "", variable, why) for variable, why in unreadable.items()]
            raise AnsibleActionFail(ProblemError(told).message())
        return {option: values[name] for option, name in _ROLE_VARIABLES.items() if values.get(name) not in (None, "")}

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        spec = {**PLAN_SPEC, "save_to": {"type": "path"}, "show": {"type": "bool", "default": False}}
        self._task.args = {**self._from_role(task_vars), **self._task.args}
        _result, arguments = self.validate_argument_spec(spec)
        options = self.plan_options(arguments)
        summary, mine, first = self.ensure_plan(options, task_vars, arguments["save_to"] or "", arguments["show"])
        result = {"changed": False, "digest": summary["digest"], "rules": mine.get("rules", {})}
        result |= {"enforcement": _enforcement(mine), "canary": mine.get("canary", False)}
        if first and summary["warnings"]:
            result["warnings"] = summary["warnings"]
        return result


def _enforcement(mine: Mapping[str, Any]) -> str:
    """Which rules a host has, and how they come there; empty without any."""
    if "slice" in mine:
        return "appliance"
    return ("file" if mine["point"]["by_hand"] else "windows") if "point" in mine else ""


def run_of(task: Any) -> str:
    """A word for the run, the same for all devices of a play."""
    return hashlib.sha256(_play_of(task).encode()).hexdigest()[:12]


def standings() -> Any:
    """How the devices of this run of Ansible stand, whichever play it was."""
    from ansible_collections.msexchange.firewall.plugins.plugin_utils.report.records import Standings

    return Standings(Path(constants.DEFAULT_LOCAL_TMP) / "msexchange-firewall-standings")


def _play_of(task: Any) -> str:
    """The play's identity; the same in every process of one run."""
    block = task._parent
    while not hasattr(block, "_play"):
        block = block._parent
    return str(block._play._uuid)


def _read(
    raw: Mapping[str, Any], names: Any, template: Any, shared: dict[int, tuple[Any, Any]] | None = None
) -> tuple[dict[str, Any], dict[str, str]]:
    """Values as plain data, and why the others cannot be read. ``shared``: id -> (value as it was, as plain data)."""
    values: dict[str, Any] = {}
    unreadable: dict[str, str] = {}
    for name in names:
        if name not in raw:
            continue
        value = raw[name]
        if shared is not None and id(value) in shared:
            values[name] = shared[id(value)][1]
            continue
        try:
            if _templated(value):
                values[name] = _plain(template(value))
                continue
            values[name] = _plain(value)
            if shared is not None and isinstance(value, (dict, list)):
                shared[id(value)] = (value, values[name])  # the value itself, so that its id stays its own
        except _NO_VALUE as error:
            unreadable[name] = " ".join(str(error).split())
    return values, unreadable


def _templated(value: Any) -> bool:
    """Whether a value must go through the templar: a template, or what is no plain data (a vaulted string)."""
    if isinstance(value, dict):
        return any(_templated(item) for item in value.values())
    if isinstance(value, (list, tuple)):
        return any(_templated(item) for item in value)
    if isinstance(value, str):
        return "{{" in value or "{%" in value
    return not isinstance(value, _PLAIN)


def _plain(value: Any) -> Any:
    """Without what Ansible hangs on its values."""
    return json.loads(json.dumps(value, default=str))


def _resolve(name: str) -> tuple[str, ...]:
    """All addresses of a name, as the controller's resolver has them."""
    return tuple(sorted({str(info[4][0]) for info in socket.getaddrinfo(name, None, proto=socket.IPPROTO_TCP)}))


def _save(store: PlanStore, directory: Path) -> None:
    """plan.json and plan.csv, in one step each."""
    from ansible_collections.msexchange.firewall.plugins.plugin_utils.report.files import write_file

    for name in ("plan.json", "plan.csv"):
        write_file(directory / name, store.text(name))

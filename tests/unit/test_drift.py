# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever is said in two places is the same in both; what is missing is named."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from ansible.plugins.action import ActionBase
from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.answer import OPTIONS
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.store import ACKNOWLEDGEMENT
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.models import MODES
from ansible_collections.msexchange.firewall.plugins.plugin_utils.topology import variables

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = "ansible_collections.msexchange.firewall.plugins"
ROLES = sorted(path.name for path in (ROOT / "roles").iterdir() if path.is_dir())
ACTIONS = sorted(path.stem for path in (ROOT / "plugins" / "action").glob("*.py"))
SAME = ("type", "elements", "choices", "default", "required")


def read(path):
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


def documented(kind, name):
    """Options as the documentation has them, with those of its fragments."""
    page = yaml.safe_load(importlib.import_module(f"{PLUGINS}.{kind}.{name}").DOCUMENTATION)
    options = dict(page.get("options", {}))
    fragments = page.get("extends_documentation_fragment", [])
    for fragment in [fragments] if isinstance(fragments, str) else fragments:
        namespace, _dot, last = fragment.rpartition(".")
        if namespace == "msexchange.firewall":
            text = importlib.import_module(f"{PLUGINS}.doc_fragments.{last}").ModuleDocFragment.DOCUMENTATION
            options.update(yaml.safe_load(text)["options"])
    return options


def shape(option):
    """What argument specs and documentation both say of an option; str is what no type means."""
    said = {key: option[key] for key in SAME if option.get(key) is not None}
    said.setdefault("type", "str")
    return {**said, "choices": sorted(said["choices"])} if "choices" in said else said


class Asked(Exception):
    """Carries the argument spec out of an action."""


def spec_of(action, monkeypatch):
    """The argument spec that an action really asks for."""

    def ask(_self, spec, *_args, **_more):
        raise Asked(spec)

    plugin = importlib.import_module(f"{PLUGINS}.action.{action}").ActionModule
    monkeypatch.setattr(ActionBase, "run", lambda self, tmp=None, task_vars=None: {})
    monkeypatch.setattr(ActionBase, "validate_argument_spec", ask)
    with pytest.raises(Asked) as caught:
        action = plugin.__new__(plugin)
        action._task, action._templar = SimpleNamespace(args={}), SimpleNamespace(template=None)
        action.run(None, {})
    return caught.value.args[0]


@pytest.mark.parametrize("role", ROLES)
def test_defaults_of_a_role_are_those_of_its_specs(role):
    defaults = read(f"roles/{role}/defaults/main.yml") or {}
    said = {}
    for entry in read(f"roles/{role}/meta/argument_specs.yml")["argument_specs"].values():
        said.update({name: option["default"] for name, option in entry["options"].items() if "default" in option})
        missing = [
            name for name, option in entry["options"].items() if "default" not in option and not option.get("required")
        ]
        assert not missing, f"options of {role} without a default: {missing}"
    assert defaults == said


@pytest.mark.parametrize("role", ROLES)
def test_options_of_a_role_are_its_own_and_no_inventory_variables(role):
    for name in read(f"roles/{role}/defaults/main.yml") or {}:
        assert name.startswith(f"{role}_")
        assert name.startswith(variables.OPTION_PREFIXES), f"{name} would be taken for an inventory variable"
        assert name not in variables.READ_VARIABLES


@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_asks_for_what_its_page_documents(action, monkeypatch):
    spec = {name: shape(option) for name, option in spec_of(action, monkeypatch).items()}
    assert spec == {name: shape(option) for name, option in documented("modules", action).items()}


def test_the_lookup_documents_the_same_options_and_the_ids_as_terms():
    page = {name: shape(option) for name, option in documented("lookup", "exchange_ports").items() if name != "_terms"}
    assert page == {name: shape(option) for name, option in OPTIONS.items()}


def test_a_role_has_every_option_of_its_action():
    for role in ROLES:
        (entry,) = read(f"roles/{role}/meta/argument_specs.yml")["argument_specs"].values()
        options = {name.removeprefix(f"{role}_"): option for name, option in entry["options"].items()}
        for name, option in documented("modules", role).items():
            own = {"save_to": "directory" if role == "exchange_plan" else "review_directory"}.get(name, name)
            assert own in options, f"{role} lacks {role}_{own}"
            assert options[own].get("choices") == option.get("choices"), f"{role}_{own}"


def test_the_modes_of_the_docs_are_those_of_the_code():
    assert documented("modules", "exchange_appliance")["mode"]["choices"] == list(MODES)
    # no run switches off rules of others on Windows yet
    assert documented("modules", "exchange_windows")["mode"]["choices"] == ["add"]


@pytest.mark.parametrize(
    "file", ["plugins/doc_fragments/plan_options.py", "roles/exchange_plan/meta/argument_specs.yml"]
)
def test_the_acknowledgement_is_documented_word_for_word(file):
    assert ACKNOWLEDGEMENT in (ROOT / file).read_text(encoding="utf-8")


def test_every_inventory_variable_is_documented_and_no_other():
    page = (ROOT / "docs" / "inventory.md").read_text(encoding="utf-8")
    known = {*variables.HOST_VARIABLES, *variables.FLEET_VARIABLES}
    missing = sorted(name for name in known if not re.search(rf"\b{name}\b", page))
    assert not missing, f"docs/inventory.md lacks {', '.join(missing)}"
    named = set(re.findall(r"\bexchange_[a-z_]+\b", page))
    words = {
        "exchange_online",
        "exchange_servers",
        "exchange_plan",
        "exchange_appliance",
        "exchange_ports",
    }
    strange = sorted(n for n in named - known - words if not n.startswith(variables.OPTION_PREFIXES))
    strange = [name for name in strange if not any(whole.startswith(name) for whole in known | words)]
    assert not strange, f"docs/inventory.md names what nothing reads: {', '.join(strange)}"


def test_every_connection_variable_that_is_read_is_documented():
    page = (ROOT / "docs" / "inventory.md").read_text(encoding="utf-8")
    missing = [name for name in variables.CONNECTION_VARIABLES if name not in page]
    assert not missing, f"docs/inventory.md lacks {', '.join(missing)}"


def test_every_action_has_a_page_and_stands_in_the_action_group():
    pages = {path.stem for path in (ROOT / "plugins" / "modules").glob("*.py")}
    assert set(ACTIONS) <= pages
    groups = read("meta/runtime.yml").get("action_groups", {})
    grouped = {name for members in groups.values() for name in members if isinstance(name, str)}
    assert set(ACTIONS) <= {name.rpartition(".")[2] for name in grouped}

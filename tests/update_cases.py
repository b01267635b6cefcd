# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rewrites the goldens of ``tests/cases``: what the plan and each platform make of small inventories.

A case is a folder with ``topology.yml`` (``title``, ``fleet``: what group_vars/all would say, ``hosts``: each host's
variables), and ``endpoints.json`` where the inventory names such a file. Written beside it are ``rules.json`` and,
where the case has a gateway, its rules in ``enforce`` as ``rendered/<platform>.<ending>`` (of several gateways the last
one's), and those of one Windows host of each kind as ``rendered/windows.<host>.<ending>``; or ``problems.txt`` alone
where there is no plan. ``make cases`` runs this with the collection on PYTHONPATH,
and a test compares.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.fleet import Fleet, compute
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.models import Rule
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.serial import groups_of
from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.store import Options
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms import windows
from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms.registry import driver, platform_names
from ansible_collections.msexchange.firewall.plugins.plugin_utils.problems import ProblemError
from ansible_collections.msexchange.firewall.plugins.plugin_utils.report.files import follows_text, ports_text
from ansible_collections.msexchange.firewall.plugins.plugin_utils.topology.models import HostInput

CASES = Path(__file__).resolve().parent / "cases"
ENDINGS = {"nftables": "nft", "windows": ""}  # of a host its Windows decides
GIVEN = ("topology.yml", "endpoints.json")


def cases() -> list[Path]:
    return sorted(path.parent for path in CASES.glob("*/topology.yml"))


def inputs(case: Path) -> list[HostInput]:
    data = yaml.safe_load((case / "topology.yml").read_text(encoding="utf-8"))
    shared = data.get("fleet", {})
    return [HostInput(name, ("all",), {**shared, **(said or {})}) for name, said in data["hosts"].items()]


def goldens(case: Path) -> dict[str, str]:
    """Path inside the case -> text, for every file that the case should have."""
    try:
        fleet = compute(inputs(case), Options(), platform_names(), read_file=lambda name: (case / name).read_bytes())
    except ProblemError as error:
        return {"problems.txt": error.message() + "\n"}
    files = {"rules.json": rules_text(fleet)}
    for part in fleet.slices:
        platform = driver(part.platform)
        table = platform.wanted(part.whole(), "enforce")
        files[f"rendered/{part.platform}.{ENDINGS[part.platform]}"] = platform.render(table)
    for name in hosts_to_show(fleet):
        part = fleet.points.slice(name)
        text = windows.render(windows.wanted(part.whole(), "add"), part.windows)
        files[f"rendered/windows.{name}.{windows.ending(part.windows)}"] = text
    return files


def hosts_to_show(fleet: Fleet) -> list[str]:
    """The first host of each kind: what it is, and which Windows it runs."""
    kinds: dict[Any, str] = {}
    for name, host in fleet.points.hosts.items():
        kinds.setdefault((host.version, host.parties, host.windows, bool(host.replication)), name)
    return sorted(kinds.values())


def rules_text(fleet: Fleet) -> str:
    """JSON with a line a group and a line a rule, so that a review sees what changed."""
    rules = (*fleet.plan.rules, *fleet.plan.management_rules)
    groups = {name: [*group.members, *(f"not {p}" for p in group.excluded)] for name, group in groups_of(rules).items()}
    parts = {
        "devices": {part.host: [rule.id for rule in part.rules] for part in fleet.slices},
        "groups": groups,
        "protected": fleet.plan.protected.members,
        "rules": {rule.id: rule_line(rule) for rule in rules},
        "warnings": fleet.plan.warnings,
    }
    return "{\n" + ",\n".join(f"{json.dumps(name)}: {block(part)}" for name, part in parts.items()) + "\n}\n"


def rule_line(rule: Rule) -> list[str]:
    ends = f"{rule.source.name} -> {rule.destination.name}"
    owner = f"owner {rule.owner}" if rule.owner else ""
    more = [text for text in (follows_text(rule), " ".join(rule.features), owner) if text]
    return [ends, rule.transport, ports_text(rule), *more]


def block(part: Any) -> str:
    """One line an entry."""
    if isinstance(part, dict):
        return wrapped((f"{json.dumps(key)}: {json.dumps(value)}" for key, value in sorted(part.items())), "{}")
    return wrapped((json.dumps(value) for value in part), "[]")


def wrapped(lines: Iterable[str], brackets: str) -> str:
    body = ",\n".join(f"  {line}" for line in lines)
    return f"{brackets[0]}\n{body}\n{brackets[1]}" if body else brackets


def existing(case: Path) -> list[str]:
    """Goldens that lie there, relative to the case."""
    found = (path for path in case.rglob("*") if path.is_file() and path.name not in GIVEN)
    return sorted(str(path.relative_to(case)) for path in found)


def main() -> None:
    for case in cases():
        wanted = goldens(case)
        for name in set(existing(case)) - set(wanted):
            (case / name).unlink()
        for name, text in wanted.items():
            (case / name).parent.mkdir(exist_ok=True)
            (case / name).write_text(text, encoding="utf-8")
        print(f"{case.name}: {', '.join(sorted(wanted))}")


if __name__ == "__main__":
    main()

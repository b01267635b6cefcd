# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The property table of Windows rules and the module's page name the same; so do the page and the module's options."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

PLUGINS = Path(__file__).resolve().parents[3] / "plugins"
PAGE = yaml.safe_load((PLUGINS / "modules" / "windows_rules.yml").read_text(encoding="utf-8"))
MODULE = (PLUGINS / "modules" / "windows_rules.ps1").read_text(encoding="utf-8")
TABLE = re.findall(
    r"@\{ Option = '(\w+)'", (PLUGINS / "module_utils" / "FirewallRules.psm1").read_text(encoding="utf-8")
)


def test_every_property_is_an_option_or_said_to_be_read_only():
    options = set(PAGE["DOCUMENTATION"]["options"]["rules"]["suboptions"])
    read_only = set(re.findall(r"C\((\w+)\)", " ".join(PAGE["RETURN"]["owned"]["description"])))
    assert len(TABLE) == len(set(TABLE)) > 20
    assert options | read_only == set(TABLE) and not options & read_only


def test_the_page_has_the_options_of_the_module():
    # validate-modules compares types and defaults, where there is a pwsh to ask; the names need none
    found = re.findall(r"^        (\w+) = @\{|^    (\w+) = (?:@\{ type|\$texts)", MODULE, re.MULTILINE)
    names = {first or second for first, second in found}
    page = PAGE["DOCUMENTATION"]["options"]
    assert names == set(page) | set(page["rules"]["suboptions"])

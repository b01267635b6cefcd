# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tool ``tools/catalog.py``, under a name of its own, since a folder here is called catalog as well."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

TOOLS = Path(__file__).resolve().parents[3] / "tools"

sys.path.insert(0, str(TOOLS))  # its modules import each other by name
_spec = importlib.util.spec_from_file_location("catalog_tool", TOOLS / "catalog.py")
tool = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(tool)

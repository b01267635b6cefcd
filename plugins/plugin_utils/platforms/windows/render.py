# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host's rules as a file that an administrator reads and runs, in the words of the host's Windows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from . import netsh, powershell
from .names import HostRule

# exchange_windows_version -> (renderer, ending of the file); all others have New-NetFirewallRule
_FORMS: dict[str, tuple[Callable[[Sequence[HostRule]], str], str]] = {
    "2000": (netsh.render_2000, "cmd"),
    "2003": (netsh.render_2003, "cmd"),
    "2008": (netsh.render_2008, "cmd"),
}
_USUAL: tuple[Callable[[Sequence[HostRule]], str], str] = (powershell.render, "ps1")


def render(rules: Sequence[HostRule], windows: str = "") -> str:
    """``windows``: as in a slice. Equal input, equal bytes."""
    return _FORMS.get(windows, _USUAL)[0](rules)


def ending(windows: str = "") -> str:
    """How the file's name ends."""
    return _FORMS.get(windows, _USUAL)[1]


def file_text(rules: Sequence[HostRule], windows: str = "") -> str:
    """What is written to a file: cmd.exe does not find labels reliably in files with bare line feeds."""
    text = render(rules, windows)
    return text.replace("\n", "\r\n") if ending(windows) == "cmd" else text

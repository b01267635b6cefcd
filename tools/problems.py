# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes docs/problems.md: every problem the collection can report, from plugin_utils/known_problems."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from ansible_collections.msexchange.firewall.plugins.plugin_utils.known_problems.kind import Kind
from ansible_collections.msexchange.firewall.plugins.plugin_utils.known_problems.registry import PARTS

PAGE = Path(__file__).resolve().parent.parent / "docs" / "problems.md"
WIDTH = 120
HEAD = """\
<!-- Written by `make problems` from plugins/plugin_utils/known_problems/; change the text there. -->
# Problems, what they mean and what to do

All problems of a run are told at once, before anything is sent to a device:

    2 problems were found; nothing was changed:
      - mbx1: exchange_roles: 'mailbx' is no server role (did you mean 'mailbox'?). ... [unknown-server-role]
      - mbx2: exchange_addresses: '10.1.10.0/24' is a network; one address was expected. [bad-value]

Each line names the inventory host, the variable or option, what was found and what was expected. **Search this page for
the word in brackets.** It stays the same from version to version, so scripts may look for it. Where a line names no
host, the whole inventory or the whole run is meant. A message of more than 1,500 characters is cut in its middle, and
characters that cannot be printed are shown as escapes.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *(line for part in PARTS for line in _part(part))])


def _part(part: ModuleType) -> Iterator[str]:
    yield f"## {part.TITLE}\n"
    yield f"{_wrapped(part.ABOUT)}\n"
    for code, kind in sorted(part.KINDS.items()):
        yield from _entry(code, kind)


def _entry(code: str, kind: Kind) -> Iterator[str]:
    yield f"### {code}\n"
    yield f"{_wrapped(f'**{kind.title}.** {kind.cause}')}\n"
    yield f"{_wrapped(f'*What to do:* {kind.remedy}')}\n"


def _wrapped(text: str) -> str:
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE.name} has {sum(len(part.KINDS) for part in PARTS)} problems")

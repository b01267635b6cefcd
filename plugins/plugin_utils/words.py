# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small helpers for sentences: lists of words and the closest known word."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def word_list(words: Iterable[str], last: str = "and") -> str:
    """["a", "b", "c"] -> "a, b and c"."""
    items = list(words)
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def closest(word: object, known: Iterable[str]) -> str:
    """ " (did you mean 'mailbox'?)", or nothing where no known word is near."""
    near = get_close_matches(str(word), list(known), n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def some_of(names: Iterable[str], limit: int = 5) -> str:
    """ "a, b, c, d, e and 7 more": enough to know what is meant, short enough to read."""
    known = sorted(set(names))
    if len(known) <= limit:
        return word_list(known)
    return f"{', '.join(known[:limit])} and {len(known) - limit} more"

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of a kind of problem, whoever reports it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One entry of docs/problems.md; its key is the code that ends the message."""

    title: str  # a few words
    cause: str  # what led to it
    remedy: str  # what to do

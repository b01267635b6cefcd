# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Problems of rules: what a platform cannot express. It is never replaced by a wider rule."""

from __future__ import annotations

from .kind import Kind

TITLE = "What a platform cannot express"
ABOUT = (
    "Found when a gateway's part of the plan is turned into its platform's rules. Where the message is about the plan "
    "itself (a group, a rule's id), it is a mistake of the collection: please report it with the inventory that led to "
    "it."
)
KINDS = {
    "bad-address": Kind(
        "An address that is none",
        "A group of the plan holds something that is no prefix in canonical form.",
        "A mistake of the collection; please report it.",
    ),
    "duplicate-rule": Kind(
        "Two rules with one id",
        "A plan holds two rules of the same id.",
        "A mistake of the collection; please report it.",
    ),
    "dynamic-ports": Kind(
        "Second connections that cannot be followed",
        "A flow continues on ports that its first connection agrees on. This platform cannot follow them, and no range "
        "is known.",
        "Fix the ports with `exchange_static_ports`, or take the feature away.",
    ),
    "empty-group": Kind(
        "A rule with nobody at an end",
        "One of the rule's groups has no member.",
        "A mistake of the collection; please report it.",
    ),
    "excluded": Kind(
        "A group with holes",
        "A group leaves out addresses that belong to others, and the platform cannot say that.",
        "Declare networks that do not lie in each other.",
    ),
    "family": Kind(
        "An address family that is missing",
        "A rule has IPv4 or IPv6 addresses, and the platform knows only the other.",
        "Give the hosts addresses of the other family, or choose another platform.",
    ),
    "group-differs": Kind(
        "Two groups with one name",
        "A plan holds two groups of the same name with different members.",
        "A mistake of the collection; please report it.",
    ),
    "icmp-type": Kind(
        "An ICMP type that is missing",
        "A rule names an ICMP type that the platform does not know, or names one for another protocol.",
        "Correct the flow if it is yours; otherwise please report it.",
    ),
    "ports": Kind(
        "Ports that are none",
        "A rule has ports outside 0 to 65535, or ports for a protocol that has none.",
        "Correct the flow if it is yours; otherwise please report it.",
    ),
    "transport": Kind(
        "A protocol that is missing",
        "A rule needs a protocol that the platform cannot express.",
        "Choose another platform, or take the feature away that brings the flow.",
    ),
}

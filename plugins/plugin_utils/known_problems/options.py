# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Problems of options: what roles, actions and questions are told."""

from __future__ import annotations

from .kind import Kind

TITLE = "Options"
ABOUT = (
    "Options of the roles, of their actions, and of questions to the catalog. Nothing is sent before they are all "
    "right. A wrong choice or kind (`value of exchange_appliance_mode must be one of: add, enforce, got: block`) is "
    "told by Ansible itself and ends in no code; `ansible-doc` lists what an option takes."
)
KINDS = {
    "bad-path": Kind(
        "A path that cannot be used on the gateway",
        "`directory` or `boot_unit` is relative, holds blanks or other characters that a systemd unit cannot name, or "
        "names no `.service`.",
        "Write an absolute path of letters, digits, dots, dashes and underscores.",
    ),
    "bad-port": Kind(
        "No port number",
        "A question asks for a port outside 1 to 65535.",
        "Ask for a number; ranges cannot be asked for.",
    ),
    "bad-query": Kind(
        "No JMESPath expression",
        "The option `query` cannot be read, or does not fit what it is applied to.",
        "Try it without `query` first and look at what comes.",
    ),
    "bad-seconds": Kind(
        "A time that nobody could keep",
        "`rollback_seconds` is below 1, so that no confirmation could come in time, or above 86,400, a day in which "
        "the gateway would take no other change.",
        "Choose 30 to 300; the default is 60.",
    ),
    "cannot-write": Kind(
        "A file that cannot be written",
        "The directory for the plan's or the reviewer's files cannot be made or written to on the controller.",
        "Choose another directory, or mend its permissions.",
    ),
    "no-acknowledgement": Kind(
        "The support boundary is narrowed without the words",
        "`narrow_support_boundary` holds something else than the sentence it asks for.",
        "Read [support-boundary.md](support-boundary.md), then write the sentence word for word, or leave the option "
        "out.",
    ),
    "no-jmespath": Kind(
        "A Python package is missing",
        "The option `query` needs the Python package jmespath on the controller.",
        "Install it where ansible-core runs, or ask without `query`.",
    ),
    "no-plan": Kind(
        "Somebody else was told already",
        "The plan of this play could not be made. All problems were told to the host that asked first.",
        "Look at the first failure of the run.",
    ),
    "nowhere": Kind(
        "A rendered file without a place",
        "`state: rendered` writes a file, and no directory was named.",
        "Set `exchange_appliance_review_directory` (of the action: `save_to`).",
    ),
    "render-only": Kind(
        "A platform that can only be rendered",
        "The collection writes the rules of this platform, but does not apply them.",
        "Use `state: rendered`.",
    ),
    "unknown-word": Kind(
        "A question about something unknown",
        "A version, role, feature, party, protocol, transport, direction or flow is not in the catalog.",
        "Write one of the choices; ids of flows come from a question without `flow`.",
    ),
}

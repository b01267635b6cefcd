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
    "approval-unreadable": Kind(
        "An approval that cannot be read",
        "The file of what was approved is broken, or no file of approval.",
        "Copy it from the review directory again.",
    ),
    "approves-itself": Kind(
        "A run that would approve itself",
        "The directory of what was approved is the directory that check mode writes to.",
        "Copy what was approved to a directory of its own.",
    ),
    "bad-combination": Kind(
        "Two options that exclude each other",
        "`as_text` asks for sentences, and `query` works on data.",
        "Leave one of them out.",
    ),
    "bad-comparison": Kind(
        "A comparison that lacks a side",
        "`compare_to` needs exactly one `version` to compare from, and names at most one other version, server roles "
        "or features that exist there.",
        "Say for example `version: 2010` and `compare_to: {version: 2016}`.",
    ),
    "bad-may-go": Kind(
        "A word that names nobody",
        "An entry of `exchange_appliance_may_go` is empty, a network with bits behind its prefix, or everything.",
        "Name inventory hosts, addresses or networks that may go.",
    ),
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
    "delegated-elsewhere": Kind(
        "Rules of one host on another",
        "`delegate_to` would bring the rules of a host to a machine that is another appliance or none.",
        "Run the task for the appliance itself, or delegate to another name of the same machine.",
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
    "no-record": Kind(
        "A record that cannot be written",
        "The file in `exchange_appliance_record_directory` could not be begun, so nothing was changed.",
        "Make the directory writable for the user who runs Ansible, or name another one.",
    ),
    "not-approved": Kind(
        "Something else than what was approved",
        "Plan, mode, state, the device's present rules or the lines to send differ from what was approved for this "
        "device.",
        "Run with `--check` again, look at what is different, and have that approved.",
    ),
    "nothing-approved": Kind(
        "Nothing was approved for this device",
        "`exchange_appliance_approved_directory` has no file for it.",
        "Run with `--check` and `exchange_appliance_review_directory`, and copy the files that are approved.",
    ),
    "nowhere": Kind(
        "A rendered file without a place",
        "`state: rendered` writes a file, and no directory was named.",
        "Set `exchange_appliance_review_directory` (of the action: `save_to`).",
    ),
    "on-the-controller": Kind(
        "Rules of an appliance on the controller",
        "The task would run on the machine that Ansible runs on, since the play or the command line says "
        "`connection: local` or `delegate_to`.",
        "Take that away. Where Ansible runs on the appliance itself, set `ansible_connection: local` for it in the "
        "inventory.",
    ),
    "plan-not-approved": Kind(
        "Another plan than the approved one",
        "The digest of today's plan is not the one in `exchange_appliance_approved_digest`: inventory, catalog or "
        "options changed since.",
        "Look at the plan and its difference, have it approved, and run with the new digest.",
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

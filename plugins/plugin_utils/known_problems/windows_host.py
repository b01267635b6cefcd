# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Problems that the module on a Windows host tells: of the rules it was given, and of what Windows answered."""

from __future__ import annotations

from .kind import Kind

TITLE = "The Windows host"
ABOUT = (
    "Told by `msexchange.firewall.windows_rules` on the host. What is wrong with the given rules is found before "
    "anything is written. Where Windows refuses a step of a change, the former rules are restored at once, and where "
    "that fails too, by the scheduled task. Without a rollback (`rollback_seconds: 0`) the rules that were added are "
    "removed again; where a later step is refused, old and new rules are both in force until the next run, which "
    "finishes the work."
)
KINDS = {
    "by-hand": Kind(
        "A host that Ansible leaves to you",
        "Its Windows has no PowerShell 5.1, or one that does not go with its Exchange, or `exchange_enforcement` asks "
        "for files. Nothing was done on the host, and the run goes on.",
        "Name `exchange_windows_review_directory`, and run the file of the host there by hand. See "
        "[exchange_enforcement](inventory.md#exchange_enforcement).",
    ),
    "windows-access-denied": Kind(
        "Windows denies the access",
        "The account may not change the firewall, or its session is not elevated.",
        "Connect as an administrator of the host; over WinRM and PSRP such a session is always elevated.",
    ),
    "windows-any-and-more": Kind(
        "Any beside addresses",
        "A list of addresses holds `any` and others, so it would mean any.",
        "Write either `any` alone, or the addresses alone.",
    ),
    "windows-bad-character": Kind(
        "A character that Windows refuses",
        "A name, description, program or service holds a bar, a control character, or what cannot stand there.",
        "Leave that character out.",
    ),
    "windows-bad-direction": Kind(
        "Not possible in this direction",
        "`RPC` and `RPC-EPMap` stand for local ports of inbound TCP only, and only inbound rules have edge traversal.",
        "Use port numbers there, or another direction.",
    ),
    "windows-bad-entry": Kind(
        "An entry that is none",
        "An entry of a list is empty, or holds a comma, and Windows would read it as several.",
        "Give each value an entry of its own.",
    ),
    "windows-bad-name": Kind(
        "The name of a rule is not one of ours",
        "Each of our rules has a name that begins with `msexchange.firewall` and a space.",
        "Name it so. To write other people's rules is not what the module is for.",
    ),
    "windows-bad-port": Kind(
        "Not a port",
        "Ports are 0 to 65535, ranges from low to high, or words of Windows.",
        "Correct the port in the rule, or in the flow that it comes from.",
    ),
    "windows-bad-protocol": Kind(
        "Protocol, ports and ICMP types do not fit",
        "The protocol is neither a known name nor a number to 255, or has no ports or ICMP types.",
        "Correct the protocol, or leave out what it does not have.",
    ),
    "windows-changed-since-read": Kind(
        "The rules changed in between",
        "Between reading the rules of our group and applying, somebody changed one of them.",
        "Run again, and look at the new difference.",
    ),
    "windows-dead-rule": Kind(
        "A rule that would never be used",
        "It is for no network profile, or for the service `*`, which Windows does not take for any service.",
        "Name the profiles; leave the service empty where any is meant.",
    ),
    "windows-invalid-value": Kind(
        "Windows does not accept a value",
        "The message names the rule and the property. Loopback addresses of IPv6, unknown words and wrong spellings "
        "are usual reasons.",
        "Correct the value. If the host is older than Windows Server 2012, look whether it knows that word.",
    ),
    "windows-list-too-long": Kind(
        "Too many entries in one rule",
        "Windows takes 1,000 addresses or ports a list.",
        "Split the rule, or use networks instead of single addresses.",
    ),
    "windows-name-twice": Kind(
        "Two rules of one name",
        "Names are compared without regard to case.",
        "Give each rule a name of its own.",
    ),
    "windows-no-addresses": Kind(
        "An empty list of addresses",
        "Windows takes an empty list for any address, so it is never written.",
        "Write `any` if that is meant; otherwise leave the whole rule out.",
    ),
    "windows-no-firewall": Kind(
        "There is no Windows firewall",
        "The firewall's interface is not registered on this system.",
        "Look whether the host is Windows Server 2008 or later, and whether its firewall was taken out.",
    ),
    "windows-no-return": Kind(
        "A rule that could not be brought back",
        "Somebody gave one of our rules a property that this collection cannot make again, and the change would take "
        "the rule away. A rollback would not bring the host back to what it was.",
        "Remove the rule that the message names by hand, or set its property back, and run again.",
    ),
    "windows-no-scheduler": Kind(
        "The Task Scheduler is not running",
        "The way back from a change is a scheduled task, and the service Schedule does not run. Nothing was changed.",
        "Start the service, and find out why it was stopped: Windows needs it for much else.",
    ),
    "windows-no-timer": Kind(
        "The rollback could not be armed",
        "The task that would take the change back is disabled as soon as it is registered, or the text that it runs is "
        "not at hand. Nothing was changed.",
        "Look which policy or program disables tasks on the host. If the message is about a text, please report it.",
    ),
    "windows-out-of-memory": Kind(
        "Windows has no memory left",
        "The firewall service could not take the rule for lack of memory.",
        "Look after the host, then run again.",
    ),
    "windows-rule-gone": Kind(
        "A rule is gone",
        "Somebody removed one of our rules while the module worked on it.",
        "Find out who manages the same group, then run again.",
    ),
    "windows-rule-stays": Kind(
        "A rule does not go",
        "Windows was asked to remove one of our rules and said nothing, but still lists it.",
        "Look whether Group Policy brings rules of our group; those can only be removed there.",
    ),
    "windows-service-stopped": Kind(
        "The firewall service is not running",
        "Rules can be neither read nor written without the services MpsSvc and BFE. Exchange Setup needs them too.",
        "Start them, and set them to start by themselves. To do without a firewall, switch its profiles off instead of "
        "stopping the service, which Microsoft does not support.",
    ),
    "windows-text-too-long": Kind(
        "A text is too long",
        "Windows takes 9,999 characters in names and descriptions, and 259 in programs and services.",
        "Shorten it.",
    ),
    "windows-unknown-error": Kind(
        "Windows answers with an error that is not known here",
        "The message holds its number.",
        "Look the number up, and tell us what it meant, so that it becomes a sentence.",
    ),
    "windows-unsafe-folder": Kind(
        "A folder that is not safe to use",
        "Our folder below Program Files belongs to somebody else than SYSTEM or Administrators, is a link, or others "
        "may use it. What lies there is run as SYSTEM, so it is not used.",
        "Look at who changed its rights and what lies in it; then remove the folder, and run again.",
    ),
}

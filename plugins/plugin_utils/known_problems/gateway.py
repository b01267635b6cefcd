# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Problems of a gateway: found on it, or between it and the controller."""

from __future__ import annotations

from .kind import Kind

TITLE = "The gateway"
ABOUT = (
    "Found on the gateway or on the way to it. Unless the entry says otherwise, its rules are what they were. "
    "Codes about a pending change, its confirmation and its lock are told by Windows hosts too. "
    "[safety.md](safety.md) tells the steps of a change. `ansible -i inventory gw1 -m "
    "msexchange.firewall.nftables_table` shows what the gateway remembers, and whether a change is pending."
)
KINDS = {
    "add-restricts-nothing": Kind(
        "A remark: nothing is closed here",
        "Mode `add` only permits, and no other table of the gateway drops by default.",
        "Nothing, if that is meant; otherwise see [two modes](safety.md#two-modes).",
    ),
    "change-pending": Kind(
        "Another change waits",
        "Another run applied a change that is neither confirmed nor taken back.",
        "Wait for the seconds that the message names. If that run is dead, its timer takes the change back.",
    ),
    "changed-since-read": Kind(
        "The table changed in between",
        "Between reading the table and applying, somebody else changed it. The difference that was shown is not true "
        "any more.",
        "Run again, and look at the new difference.",
    ),
    "confirmed-already": Kind(
        "Too late to go back",
        "The change that was to be taken back is confirmed already.",
        "To undo it, change the inventory and run again; the former lines are in the record or review directory of "
        "the run.",
    ),
    "confirmed-too-late": Kind(
        "The confirmation came too late",
        "The time to confirm was over when the new connection stood. The device takes the change back.",
        "Run again with more `rollback_seconds`, or find out why new logins take so long.",
    ),
    "foreign-drop": Kind(
        "Another firewall drops planned packets",
        "A chain of another table drops what it does not accept, and our permission cannot overrule it.",
        "Add the one line that the message prints, also to that firewall's own configuration. See [foreign "
        "chains](safety.md#foreign-chains).",
    ),
    "foreign-drop-earlier": Kind(
        "Another firewall drops before ours",
        "A chain of another table drops by default and runs before ours can mark planned packets.",
        "Have it accept them itself, or give it a priority above -10.",
    ),
    "foreign-may-drop": Kind(
        "A warning: another firewall may drop planned packets",
        "A chain of another table drops some packets, and its rules do not show that planned ones are not among them.",
        "Look at the rules that the message names; the line by mark lets planned packets pass.",
    ),
    "foreign-script": Kind(
        "A script about other tables",
        "What was to be loaded holds a command that is not about `inet msexchange_firewall`. The gateway refuses it.",
        "Load scripts of this collection only. If it made this one, please report it.",
    ),
    "gateway-files": Kind(
        "A file of the gateway",
        "The gateway's system refused to read or write a file of ours: a full or read-only disk, for example.",
        "Mend what the message names, and run again.",
    ),
    "lock-held": Kind(
        "Another run is at work",
        "Another process of ours holds the lock of the directory that we have on the device for more than 15 seconds.",
        "Run again when it is done.",
    ),
    "lockout": Kind(
        "The plan would lock Ansible out",
        "Mode `enforce` would cut the way of Ansible's connections to hosts behind the gateway, or a host's own rules "
        "would not let Ansible in.",
        "Add the network that the message names to `exchange_management_networks`. See [lock-out](safety.md#lock-out).",
    ),
    "lockout-unknown": Kind(
        "Whether Ansible would be locked out is unknown",
        "The gateway or host cannot tell where the controller connects from, and no network is named.",
        "Name the networks of all controllers and jump hosts in `exchange_management_networks`.",
    ),
    "loose-path": Kind(
        "A path that others can change",
        "Somebody else than root can write to a directory above ours. Its files run as root, so it is not used.",
        "Mend owner and mode of the path that the message names, or choose another `directory`.",
    ),
    "members-missing": Kind(
        "Somebody would lose access",
        "Addresses stand in a set on the gateway that no host and no network of today's inventory holds any more: "
        "a thinned inventory (job slice, disabled hosts, half a synchronization) would close their ports.",
        "Bring the whole inventory. If they are really gone, name them in `exchange_appliance_may_go`.",
    ),
    "nft-failed": Kind(
        "nft refused",
        "The command nft ended with an error, which the message repeats. A script is loaded as a whole or not at all.",
        "Look whether the kernel has nf_tables and whether nft is 1.0.6 or later; otherwise please report it.",
    ),
    "nft-without-json": Kind(
        "nft without JSON",
        "This nft was built without JSON output, which is how the table is read.",
        "Install the distribution's own nftables package.",
    ),
    "no-new-login": Kind(
        "No new login before the change",
        "The gateway was read, and a second, new login to it failed. A change is confirmed over a new login, so none "
        "was begun.",
        "Look why a login works once and not again: a one-time password, a limit of sessions, a lock of the account.",
    ),
    "no-nft": Kind(
        "nft is missing",
        "There is no command nft on the gateway.",
        "Install the package nftables there.",
    ),
    "no-timer": Kind(
        "The rollback could not be armed",
        "The process that would take the change back could not be started, so nothing was changed.",
        "Look at the gateway's limits of processes and memory.",
    ),
    "no-way-back": Kind(
        "The former table is lost",
        "The file that holds the former table is gone, so the change could not be taken back.",
        "Look at the gateway. Applying the last plan again, or `state: absent`, makes a defined state.",
    ),
    "not-as-applied": Kind(
        "The rules are not what was applied",
        "Somebody else changed our rules before they were confirmed, or applying them was cut short. The device takes "
        "the change back.",
        "Find out who, and run again.",
    ),
    "not-gone-back": Kind(
        "The gateway did not go back",
        "The time is over, and the gateway does not hold its former rules.",
        "Look at it at once: `nft list table inet msexchange_firewall`, and what `last_rollback` says.",
    ),
    "not-root": Kind(
        "Not root",
        "Only root can read and change nftables.",
        "Connect as root, or set `ansible_become: true` for the gateways' group.",
    ),
    "nothing-pending": Kind(
        "Nothing to confirm",
        "No change waits on the device, or another one than is to be confirmed or taken back. Its timer may have "
        "taken it back already; the message says how it ended.",
        "Run again.",
    ),
    "out-of-reach": Kind(
        "The gateway is out of reach",
        "After the change no new connection could be had. The gateway's own timer takes the change back, which cannot "
        "be seen from here.",
        "Reach the gateway another way and look. Then mend the plan: it cut the way to the gateway or to its servers.",
    ),
    "path-missing": Kind(
        "A directory is missing",
        "The directory above the one that is to be made does not exist on the gateway.",
        "Make it, or choose another `directory`.",
    ),
    "processes-end": Kind(
        "The rollback would not survive the session",
        "The gateway's systemd-logind ends all processes of a session with it, and the rollback timer is one of them.",
        "Connect as root, or set `KillUserProcesses=no` in the gateway's `logind.conf`.",
    ),
    "unsafe-directory": Kind(
        "A directory that is not safe to use",
        "Our directory on the gateway is no directory, belongs to somebody else, or is open to others. Its files run "
        "as root, so it is not used.",
        "Give it to root with mode 0700, or remove it, after a look at what is in it.",
    ),
    "went-back": Kind(
        "The change was taken back",
        "The change was not confirmed, for the reason that the message gives, and the gateway holds its former rules "
        "again.",
        "Mend the reason and run again. A server that no longer answers was cut off by the plan.",
    ),
    "went-back-by-timer": Kind(
        "The change was taken back by the timer",
        "As [went-back](#went-back); the gateway was not told, so its own timer did it.",
        "As there.",
    ),
}

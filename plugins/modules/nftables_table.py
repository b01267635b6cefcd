#!/usr/bin/python
# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and changes the collection's own nftables table on a Linux gateway. Runs on Python 3.6 and later."""

DOCUMENTATION = r"""
module: nftables_table
short_description: Read and safely change this collection's nftables table on a gateway
version_added: 0.1.0
author: msexchange.firewall contributors (@msexchange)
description:
  - Works on the table C(inet msexchange_firewall) only. No other table is ever changed, saved or restored.
  - A change is always provisional at first. A process on the gateway brings the former table back unless
    O(operation=confirm) comes in time, also when the controller or the connection is gone by then.
  - Usually M(msexchange.firewall.exchange_appliance) calls this module. Use it alone to look at a gateway, or to take
    a provisional change back at once.
attributes:
  check_mode:
    support: full
    description: The script is checked by the kernel, nothing is changed.
  diff_mode:
    support: none
    description: The caller compares the tables; see M(msexchange.firewall.exchange_appliance).
  platform:
    platforms: linux
    support: full
    description: Needs nft with JSON output.
options:
  operation:
    description:
      - V(read) reports the table, all other tables, and what the gateway can do. If a change was never confirmed and
        its timer is gone, the former table is restored.
      - V(apply) checks O(script), arms the rollback and loads the script in one transaction.
      - V(confirm) keeps the applied change and makes it survive a reboot. If the change deleted the table, everything
        of this collection is removed from the gateway's disk. Repeated after its answer was lost, it changes nothing.
      - V(rollback) brings the former table back now.
    type: str
    choices: [read, apply, confirm, rollback]
    default: read
  script:
    description: The transaction for C(nft -f). An empty one changes no rule, so that only files are written.
    type: str
    default: ''
  undo:
    description:
      - The transaction that takes O(script) back. It is checked, not kept, since the gateway restores its own copy.
    type: str
    default: ''
  expected_fingerprint:
    description: The RV(fingerprint) that the script was made for; on any other table nothing is applied.
    type: str
    default: ''
  rollback_seconds:
    description: How long the gateway waits for the confirmation.
    type: int
    default: 60
  token:
    description:
      - A name for the change, made up by the caller. O(operation=confirm) and O(operation=rollback) repeat it.
    type: str
  plan:
    description:
      - The digest of the plan that the change comes from. O(operation=confirm) keeps it, and V(read) reports it.
    type: str
    default: ''
  directory:
    description:
      - Where the gateway keeps the confirmed table, the lock and the way back. It is made where it is missing.
      - It must belong to root with mode 0700, and nobody else may be able to change a directory above it.
    type: path
    default: /var/lib/msexchange-firewall
  boot_unit:
    description: The systemd unit that loads the confirmed table at boot.
    type: path
    default: /etc/systemd/system/msexchange-firewall.service
notes:
  - Must run as root.
"""

EXAMPLES = r"""
- name: Look at the gateway's table
  msexchange.firewall.nftables_table:
    operation: read
  become: true
  register: gateway

- name: Show who is connected and which helpers the kernel has
  ansible.builtin.debug:
    msg: "{{ gateway.peer }} {{ gateway.helpers }}"

- name: Load a script for at most two minutes
  msexchange.firewall.nftables_table:
    operation: apply
    script: "{{ lookup('ansible.builtin.file', 'gateway.send') }}"
    expected_fingerprint: "{{ gateway.fingerprint }}"
    rollback_seconds: 120
    token: change-4711
  become: true

- name: Keep it
  msexchange.firewall.nftables_table:
    operation: confirm
    token: change-4711
  become: true
"""

RETURN = r"""
table:
  description: Our own table as C(nft -j) lists it, as text; empty where there is none.
  returned: success
  type: str
  sample: '{"nftables": [{"table": {"family": "inet", "name": "msexchange_firewall", "handle": 1}}]}'
fingerprint:
  description: Digest of the table without the values of counters; empty where there is no table.
  returned: success
  type: str
  sample: 1f0bd4b6ae5a1e5fd7f4b6f5e2ce3ab5c1d5f7ed3f8b3b4c8b0f3e0e0a6c9a11
notices:
  description: What else happened or should be known, also shown as warnings.
  returned: success
  type: list
  elements: str
  sample: [the last change was never confirmed and its timer was gone; the former table was restored]
ruleset:
  description: All tables as C(nft -j) lists them, as text.
  returned: when O(operation=read)
  type: str
  sample: '{"nftables": [{"metainfo": {"version": "1.0.6"}}]}'
nft_version:
  description: The version of nft.
  returned: when O(operation=read)
  type: str
  sample: 1.0.6
helpers:
  description: Connection-tracking helpers that flows can use and this kernel has.
  returned: when O(operation=read)
  type: list
  elements: str
  sample: [h323]
peer:
  description: The address that the controller's SSH session comes from, as the gateway sees it; empty without SSH.
  returned: when O(operation=read)
  type: str
  sample: 192.0.2.99
persisted:
  description:
    - The RV(fingerprint) of the table that boots, empty where nothing of this collection is on the disk.
    - V(incomplete) where a file is missing or was changed, or where a change that was taken back left only traces.
  returned: when O(operation=read)
  type: str
  sample: 1f0bd4b6ae5a1e5fd7f4b6f5e2ce3ab5c1d5f7ed3f8b3b4c8b0f3e0e0a6c9a11
holds:
  description:
    - Digest of the plan that was confirmed with exactly this table. Empty where none was given, and where the table
      changed since.
  returned: when O(operation=read)
  type: str
  sample: 5f1d7a84db00d2fce00b31a7fc73224f1d7a84db00d2fce00b31a7fc73224f00
confirmed_table:
  description: RV(table) as it was when it was confirmed last; empty where the present one is that.
  returned: when O(operation=read)
  type: str
  sample: ""
still_loaded:
  description: Whether a change that failed may still be in force, so that only its timer takes it back.
  returned: failure
  type: bool
  sample: false
pending:
  description: Whether a change waits for its confirmation.
  returned: when O(operation=read)
  type: bool
  sample: false
seconds_left:
  description: How long it still waits.
  returned: when O(operation=read)
  type: int
  sample: 0
last_rollback:
  description: Why the last change that did not stay was taken back; empty since a change was confirmed.
  returned: when O(operation=read)
  type: str
  sample: nobody confirmed the change in time; the former table was restored
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.msexchange.firewall.plugins.module_utils.gateway.nft import GatewayError, Nft
from ansible_collections.msexchange.firewall.plugins.module_utils.gateway.operations import Gateway, StillLoaded

SPEC = {
    "operation": {"type": "str", "choices": ["read", "apply", "confirm", "rollback"], "default": "read"},
    "script": {"type": "str", "default": ""},
    "undo": {"type": "str", "default": ""},
    "expected_fingerprint": {"type": "str", "default": ""},
    "rollback_seconds": {"type": "int", "default": 60},
    "token": {"type": "str", "no_log": False},
    "plan": {"type": "str", "default": ""},
    "directory": {"type": "path", "default": "/var/lib/msexchange-firewall"},
    "boot_unit": {"type": "path", "default": "/etc/systemd/system/msexchange-firewall.service"},
}
REQUIRED_IF = [("operation", operation, ["token"]) for operation in ("apply", "confirm", "rollback")]
# which options each operation takes
TAKES = {
    "read": (),
    "apply": ("script", "token", "expected_fingerprint", "rollback_seconds", "undo"),
    "confirm": ("token", "plan"),
    "rollback": ("token",),
}


def main():
    module = AnsibleModule(argument_spec=SPEC, required_if=REQUIRED_IF, supports_check_mode=True)
    given = module.params
    try:
        binary = module.get_bin_path("nft", opt_dirs=["/usr/sbin", "/sbin"])
        if binary is None:
            raise GatewayError("there is no command nft; install the package nftables", "no-nft")
        gateway = Gateway(Nft(binary, module.run_command), given["directory"], given["boot_unit"], module.check_mode)
        operation = getattr(gateway, given["operation"])
        result = operation(**{name: given[name] for name in TAKES[given["operation"]]})
    except OSError as error:
        module.fail_json(msg=str(GatewayError(error, "gateway-files")))
    except GatewayError as error:
        module.fail_json(msg=str(error), still_loaded=isinstance(error, StillLoaded))
    for notice in result["notices"]:
        module.warn(notice)
    module.exit_json(**result)


if __name__ == "__main__":
    main()

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action exchange_windows; on the host only windows_rules runs."""

DOCUMENTATION = r"""
module: exchange_windows
short_description: Render, compare and apply the rules of a Windows host's own firewall
version_added: 0.1.0
author: msexchange.firewall contributors (@msexchange)
description:
  - Takes the host's slice of the plan of M(msexchange.firewall.exchange_plan), which it computes itself where the play
    has none yet, and brings the host's Windows firewall to it. Exchange servers and witnesses have rules of their own;
    other hosts are skipped, unless C(exchange_enforcement) says otherwise.
  - All of a host goes in one call. Only rules of the group C(msexchange.firewall) are compared, changed or removed.
  - A change arms a rollback on the host before it is applied. A second connection with a new login looks whether the
    host holds what was sent, and only then confirms. Nobody confirms, for example because the change cut the
    controller off, and the host goes back by itself.
  - C(become) of a play, a block or a group is not used, since whoever manages a Windows host is its administrator.
  - Hosts that Ansible cannot manage (no PowerShell 5.1, or one that does not go with Exchange) get a file in
    O(save_to) where that is named, and never fail a run.
  - A task takes the rules of the host that it runs for. Delegated to another such host or to the controller it refuses.
options:
  state:
    description:
      - V(present) applies the plan, V(absent) takes all rules of this collection away from the host.
      - V(rendered) writes the rules to a file in O(save_to) on the controller, in the words of the host's Windows. No
        host is contacted.
    type: str
    choices: [present, absent, rendered]
    default: present
  mode:
    description:
      - V(add) lets in what the plan needs, beside whatever other rules of the host let in.
      - Windows hosts have no other mode yet. Exchange Setup's own rules let anybody in, so on a host with Exchange the
        rules of the plan restrict nothing by themselves.
    type: str
    choices: [add]
    default: add
  outbound:
    description:
      - Whether there are rules for what the host calls, too. Windows lets everything out by default, and then they
        restrict nothing.
    type: bool
    default: false
  may_go:
    description:
      - Who has really left the inventory, and may lose open ports for that; addresses or networks. A host's rules hold
        no names.
      - A host is not changed where a rule of it would lose anybody else whom the inventory does not know any more,
        since a sliced, filtered or half synchronized inventory looks just like that. O(state=absent) is not guarded.
    type: list
    elements: str
    default: []
  save_to:
    description:
      - A directory on the controller. It gets the file of O(state=rendered) and of hosts that Ansible cannot manage;
        for every compared host the lines that say what is done (C(.send)) and those that undo it (C(.undo)), in
        PowerShell. Only check mode writes what an approval consists of (C(.approval.json)).
      - A host that check mode cannot reach has all its rules there instead, as C(.not-compared).
    type: path
  approved_digest:
    description:
      - The digest of the plan that was approved. Another plan is refused before any host is asked.
    type: str
  approved_directory:
    description:
      - A directory on the controller with the approved files C(.approval.json), as a run in check mode wrote them to
        O(save_to). A host is not changed where plan, mode, state, its present rules or the lines to send are others
        than those of its file. Where nothing is to be changed, nothing has to be approved.
      - It must not be the directory of O(save_to), or a run would approve itself.
    type: path
  record_directory:
    description:
      - A directory on the controller that gets one JSON file for each host and run that tried to change it, however
        that ended. It is begun before anything is sent; where it cannot be written, nothing is changed.
      - Check mode writes none.
    type: path
  rollback_timeout:
    description: How many seconds the host waits for the confirmation before it goes back.
    type: int
    default: 60
extends_documentation_fragment:
  - msexchange.firewall.plan_options
attributes:
  check_mode:
    description: Compares and shows the same difference; the host is read and not changed.
    support: full
  diff_mode:
    description: Shows the collection's rules before and after.
    support: full
  platform:
    description: Windows hosts with PowerShell 5.1.
    support: full
    platforms: windows
seealso:
  - module: msexchange.firewall.exchange_plan
  - module: msexchange.firewall.windows_rules
"""

EXAMPLES = r"""
- name: Show what would change
  msexchange.firewall.exchange_windows:
    save_to: "{{ playbook_dir }}/review"
  check_mode: true
  diff: true

- name: Apply, and go back unless a fresh connection confirms within two minutes
  msexchange.firewall.exchange_windows:
    rollback_timeout: 120

- name: Apply what was approved, and keep what was done
  msexchange.firewall.exchange_windows:
    approved_directory: "{{ playbook_dir }}/approved"
    record_directory: /srv/firewall/records

- name: Take all of ours away
  msexchange.firewall.exchange_windows:
    state: absent

- name: Write the rules without a host
  msexchange.firewall.exchange_windows:
    state: rendered
    save_to: "{{ playbook_dir }}/rendered"
"""

RETURN = r"""
digest:
  description: Digest of the plan, as M(msexchange.firewall.exchange_plan) returns it.
  returned: success
  type: str
  sample: 5f1d7a84db00d2fce00b31a7fc73224f1d7a84db00d2fce00b31a7fc73224f00
mode:
  description: The mode that was rendered.
  returned: success
  type: str
  sample: add
holds:
  description:
    - Digests of the plans whose rules the host has, before and after. Before is what it says of itself, empty where it
      cannot tell. After is the present plan where no difference is left.
  returned: with O(state=present) and O(state=absent)
  type: dict
  sample: {before: "", after: 5f1d7a84db00d2fce00b31a7fc73224f1d7a84db00d2fce00b31a7fc73224f00}
counts:
  description: How many rules are added, changed and removed.
  returned: with O(state=present) and O(state=absent)
  type: dict
  sample: {add: 24, change: 0, remove: 0}
compared:
  description:
    - Whether the host was read. In check mode a host out of reach is no failure; its wanted rules are shown whole, and
      it counts as changed, since nobody can say it would not be.
  returned: with O(state=present) and O(state=absent)
  type: bool
  sample: true
confirmed:
  description: Whether the change was confirmed over a fresh connection.
  returned: when something was applied
  type: bool
  sample: true
by_hand:
  description: Why Ansible does not apply the host's rules.
  returned: for hosts whose rules are only written to files
  type: str
  sample: Windows 2003 has no PowerShell 5.1, so its rules are written to a file
path:
  description: The file that was written.
  returned: with O(state=rendered), and for hosts whose rules are only written to files
  type: str
  sample: rendered/mbx1.ps1
"""

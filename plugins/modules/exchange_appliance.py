# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action exchange_appliance; on the gateway only nftables_table runs."""

DOCUMENTATION = r"""
module: exchange_appliance
short_description: Render, compare and apply a firewall's part of the Exchange plan
version_added: 0.1.0
author: msexchange.firewall contributors (@msexchange)
description:
  - Takes the appliance's slice of the plan of M(msexchange.firewall.exchange_plan), which it computes itself where
    the play has none
    yet, and brings the appliance to it. A host without C(exchange_zones) is skipped.
  - Only what this collection owns on the appliance is compared, changed or removed.
  - A change arms a rollback on the appliance before it is applied. A second connection with a new login looks
    whether the
    appliance holds what was sent and whether hosts behind it still answer, and only then confirms. Nobody confirms,
    for example
    because the change cut the controller off, and the appliance goes back by itself.
  - A task takes the rules of the host that it runs for. Delegated to another gateway or to the controller it refuses.
options:
  state:
    description:
      - V(present) applies the plan, V(absent) takes everything of this collection away from the appliance.
      - V(rendered) writes the whole configuration to a file in O(save_to) on the controller; no appliance is
        contacted.
    type: str
    choices: [present, absent, rendered]
    default: present
  mode:
    description:
      - V(add) permits what the plan needs, beside whatever the appliance permits already.
      - V(enforce) also drops what the plan lacks, of traffic to or from Exchange servers and their load balancers.
        All other
        traffic passes untouched.
    type: str
    choices: [add, enforce]
    default: add
  may_go:
    description:
      - Who has really left the inventory, and may lose open ports for that. Addresses, networks, or names of hosts and
        parties as they were in the inventory.
      - An appliance is not changed where an address set of it would lose anybody else whom the inventory does not know
        any more, since a sliced, filtered or half synchronized inventory looks just like that. Flows that are switched
        off, and hosts with another address, need no entry. O(state=absent) is not guarded.
    type: list
    elements: str
    default: []
  save_to:
    description:
      - A directory on the controller. It gets the file of O(state=rendered), or for every compared appliance the
        lines to send
        (C(.send)) and the lines that undo them (C(.undo)). These are written in check mode too, for whoever approves
        them. Only check mode writes what an approval consists of (C(.approval.json)).
      - An appliance that check mode cannot reach has its whole configuration there instead, as C(.not-compared).
    type: path
  approved_digest:
    description:
      - The digest of the plan that was approved. Another plan is refused before any appliance is asked.
    type: str
  approved_directory:
    description:
      - A directory on the controller with the approved files C(.approval.json), as a run in check mode wrote them to
        O(save_to). An appliance is not changed where plan, mode, state, its present rules or the lines to send are
        others than those of its file. Where nothing is to be sent, nothing has to be approved.
      - It must not be the directory of O(save_to), or a run would approve itself.
    type: path
  record_directory:
    description:
      - A directory on the controller that gets one JSON file for each appliance and run that tried to change it,
        however that ended. It says when, who, which plan, which lines, and what the appliance held before and after.
      - The file is begun before anything is sent, so that a run that was killed leaves one without an end. Where it
        cannot be written, nothing is changed. Owner and group of the file may read it.
      - Check mode writes none.
    type: path
  rollback_seconds:
    description: How long the appliance waits for the confirmation before it goes back.
    type: int
    default: 60
  directory:
    description: Where a Linux gateway keeps the confirmed rules and a pending rollback. Only root may read it.
    type: path
    default: /var/lib/msexchange-firewall
  boot_unit:
    description: The systemd unit that loads the confirmed rules when a Linux gateway boots.
    type: path
    default: /etc/systemd/system/msexchange-firewall.service
extends_documentation_fragment:
  - msexchange.firewall.plan_options
attributes:
  check_mode:
    description: Compares and shows the same difference; the appliance is read and not changed.
    support: full
  diff_mode:
    description: Shows the appliance's own table before and after.
    support: full
  platform:
    description: Linux gateways with nftables.
    support: full
    platforms: nftables
seealso:
  - module: msexchange.firewall.exchange_plan
  - module: msexchange.firewall.nftables_table
"""

EXAMPLES = r"""
- name: Show what would change
  msexchange.firewall.exchange_appliance:
    mode: enforce
    save_to: "{{ playbook_dir }}/review"
  check_mode: true
  diff: true

- name: Apply, and go back unless a fresh connection confirms within half a minute
  msexchange.firewall.exchange_appliance:
    rollback_seconds: 30

- name: Apply after the server mbx3 and all servers of the network of a branch were given up
  msexchange.firewall.exchange_appliance:
    may_go: [mbx3, 10.7.0.0/16]

- name: Apply what was approved, and keep what was done
  msexchange.firewall.exchange_appliance:
    approved_digest: 5f1d7a84db00d2fce00b31a7fc73224f1d7a84db00d2fce00b31a7fc73224f00
    approved_directory: "{{ playbook_dir }}/approved"
    record_directory: /srv/firewall/records

- name: Write the configuration without an appliance
  msexchange.firewall.exchange_appliance:
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
    - Digests of the plans whose rules the appliance has, before and after. Before is what it says of itself, empty
      where it cannot tell. After is the present plan where no difference is left.
  returned: with O(state=present) and O(state=absent)
  type: dict
  sample: {before: "", after: 5f1d7a84db00d2fce00b31a7fc73224f1d7a84db00d2fce00b31a7fc73224f00}
counts:
  description: How many rules, set members and other items are added, changed and removed.
  returned: with O(state=present) and O(state=absent)
  type: dict
  sample: {add: 112, change: 0, remove: 0}
compared:
  description:
    - Whether the appliance was read. In check mode an appliance out of reach is no failure; its wanted rules are shown
      whole and saved as C(.not-compared) in O(save_to), and it counts as changed, since nobody can say it would not be.
  returned: with O(state=present) and O(state=absent)
  type: bool
  sample: true
confirmed:
  description: Whether the change was confirmed over a fresh connection.
  returned: when something was applied
  type: bool
  sample: true
path:
  description: The file that was written.
  returned: with O(state=rendered)
  type: str
  sample: rendered/gw1.nftables
"""

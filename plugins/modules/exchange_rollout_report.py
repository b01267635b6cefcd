# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action exchange_rollout_report; nothing runs on a host."""

DOCUMENTATION = r"""
module: exchange_rollout_report
short_description: Say which appliances hold which plan after a run
version_added: 0.1.0
author: msexchange.firewall contributors (@msexchange)
description:
  - M(msexchange.firewall.exchange_appliance) leaves a note of each appliance in Ansible's temporary directory. This
    action reads the notes of the run and contacts nobody.
  - Where the run failed on an appliance, one report says which hold the new plan, which what they held before, and of
    which nobody can say.
  - A play ends at once where all hosts of a batch failed, and no further play begins. So a playbook that wants the
    report rescues the role and asks for unreachable hosts to be ignored, as in the example; each host on which the role
    failed then fails here.
options:
  step:
    description:
      - V(begin) answers whether to go on, which is as long as no appliance of the run failed.
      - V(failed) notes that the role failed on this host.
      - V(end) tells the report, and fails for each host on which the run failed.
    type: str
    choices: [begin, failed, end]
    default: end
attributes:
  check_mode:
    description: Works as without.
    support: full
  diff_mode:
    description: Nothing is changed.
    support: none
  platform:
    description: Runs on the controller.
    support: full
    platforms: posix
seealso:
  - module: msexchange.firewall.exchange_appliance
"""

EXAMPLES = r"""
- name: Apply, one appliance after the other
  hosts: gateways
  gather_facts: false
  order: sorted
  serial: 1
  ignore_unreachable: true
  tasks:
    - name: Look whether an appliance before this one failed
      msexchange.firewall.exchange_rollout_report:
        step: begin
      register: rollout

    - name: Apply
      when: rollout.go_on
      block:
        - name: Bring the appliance to the plan
          ansible.builtin.include_role:
            name: msexchange.firewall.exchange_appliance
      rescue:
        - name: Remember that it failed
          msexchange.firewall.exchange_rollout_report:
            step: failed

- name: Say who holds which plan
  hosts: gateways
  gather_facts: false
  tasks:
    - name: Report
      msexchange.firewall.exchange_rollout_report:
"""

RETURN = r"""
go_on:
  description: Whether no appliance of the run failed so far.
  returned: with O(step=begin)
  type: bool
  sample: true
failed_before:
  description: The appliances on which the run failed so far.
  returned: with O(step=begin)
  type: list
  elements: str
  sample: []
holds:
  description:
    - V(new) is the new plan, V(nothing) after O(msexchange.firewall.exchange_appliance#module:state=absent).
    - V(former) is what the appliance held before, V(unknown) what nobody can say.
    - V(untouched) and V(checked) say that the run did not come to it, or only compared.
  returned: with O(step=end)
  type: str
  sample: new
plan:
  description: Digest of the plan that the appliance holds, where that is known.
  returned: with O(step=end)
  type: str
  sample: 5f1d7a84db00d2fce00b31a7fc73224f1d7a84db00d2fce00b31a7fc73224f00
"""

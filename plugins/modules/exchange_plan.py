# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action exchange_plan, which runs on the controller alone."""

DOCUMENTATION = r"""
module: exchange_plan
short_description: Work out what every host and firewall must allow for Microsoft Exchange
version_added: 0.1.0
author: msexchange.firewall contributors (@msexchange)
description:
  - Reads the C(exchange_*) variables of the whole inventory and computes, once a play, which connections the
    Exchange servers
    and everybody around them need. Later tasks of the play take their host's part of the same plan.
  - C(--limit), C(serial), forks and unreachable hosts never change the plan, since it is made from the inventory and
    not from
    the hosts of the play.
  - It runs on the controller, opens no connection and changes nothing on any host.
  - Everything that is wrong with the inventory is reported at once, by the first host that asks.
options:
  save_to:
    description:
      - A directory on the controller for C(plan.json) and C(plan.csv). It is made where it is missing. Both files are
        written in check mode too, since they are what a reviewer reads.
    type: path
  show:
    description: Prints the plan as text, once.
    type: bool
    default: false
extends_documentation_fragment:
  - msexchange.firewall.plan_options
attributes:
  check_mode:
    description: Does the same in check mode; it changes no host.
    support: full
  diff_mode:
    description: Changes nothing on hosts, so there is no difference to show.
    support: none
  platform:
    description: The target's platform does not matter.
    support: full
    platforms: all
seealso:
  - module: msexchange.firewall.exchange_appliance
notes:
  - An option that is not given is taken from the variable of the role P(msexchange.firewall.exchange_plan#role) that
    sets it,
    for example O(save_to) from C(exchange_plan_directory).
  - C(exchange_*) variables must stand in the inventory, in C(host_vars) or in C(group_vars). A value that only a
    play, a role or a
    task sets is refused, because it would hold for some hosts and not for others.
"""

EXAMPLES = r"""
- name: Compute the plan, show it and keep it for the reviewer
  msexchange.firewall.exchange_plan:
    show: true
    save_to: "{{ playbook_dir }}/plan"

- name: Get exact rules inside the support boundary
  msexchange.firewall.exchange_plan:
    narrow_support_boundary: I know that Microsoft does not support this
"""

RETURN = r"""
digest:
  description: SHA-256 over all that the plan opens; equal input gives an equal digest.
  returned: success
  type: str
  sample: 5f1d7a84db00d2fce00b31a7fc73224f1d7a84db00d2fce00b31a7fc73224f00
rules:
  description:
    - Ids of the rules that concern this host, by direction. V(in) has those it is called by, V(out) those it calls by,
      and V(forward) what a gateway lets through. A direction without rules is left out.
  returned: success
  type: dict
  sample:
    in: [edgesync-50636]
    out: [smtp-25-edge-to-mailbox]
enforcement:
  description:
    - V(appliance) where M(msexchange.firewall.exchange_appliance) applies rules, V(windows) where
      M(msexchange.firewall.exchange_windows) does, V(file) where rules are only written to a file; empty without rules.
  returned: success
  type: str
  sample: windows
canary:
  description:
    - Whether the host is among those that a rollout tries first, one of each server role, version and Windows.
  returned: success
  type: bool
  sample: false
"""

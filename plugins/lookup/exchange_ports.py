# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks the port catalog from a template."""

from __future__ import annotations

DOCUMENTATION = r"""
name: exchange_ports
short_description: Ask which ports Microsoft Exchange uses, and why
version_added: 0.1.0
author: msexchange.firewall contributors (@msexchange)
description:
  - Answers from the catalog of this collection which network flows Microsoft Exchange has.
  - Use it with C(lookup). The result is one list of flows, or whatever the O(query) makes of it, so C(query) would wrap
    it once more.
  - The module M(msexchange.firewall.exchange_ports_info) gives the same answers as a task.
options:
  _terms:
    description: Ids of flows, the same as O(flow).
    type: list
    elements: str
extends_documentation_fragment:
  - msexchange.firewall.exchange_ports
seealso:
  - module: msexchange.firewall.exchange_ports_info
"""

EXAMPLES = r"""
- name: Show what an Edge Transport server of 2019 listens to
  ansible.builtin.debug:
    msg: "{{ lookup('msexchange.firewall.exchange_ports', version='2019', roles='edge_transport', direction='in') }}"

- name: Show the TCP ports that clients use on a Mailbox server with POP3
  ansible.builtin.debug:
    msg: >-
      {{ lookup('msexchange.firewall.exchange_ports', version='2019', roles='mailbox', features=['pop3'],
      party='internal_clients', direction='in', query="[?transport=='tcp'].ports[]") }}

- name: Show why 994 is never opened
  ansible.builtin.debug:
    msg: "{{ lookup('msexchange.firewall.exchange_ports', port=994, explain=true, query='[].refused.reason') }}"

- name: List the flows to open before a move from 2010 to 2016
  ansible.builtin.debug:
    msg: "{{ lookup('msexchange.firewall.exchange_ports', version='2010', compare_to='2016').open_before }}"

- name: Show which rules Exchange 2010 Setup made for port 135
  ansible.builtin.debug:
    msg: "{{ lookup('msexchange.firewall.exchange_ports', about='setup_rules', version='2010', port=135) }}"

- name: Put an answer in words into a file
  ansible.builtin.copy:
    content: "{{ lookup('msexchange.firewall.exchange_ports', port=475, as_text=true) | join('\n') }}"
    dest: /tmp/475.txt
    mode: "0644"
"""

RETURN = r"""
_raw:
  description:
    - One element, the list of flows sorted by id, each a dictionary as
      RV(msexchange.firewall.exchange_ports_info#module:flows) describes;
      with O(compare_to) a dictionary as RV(msexchange.firewall.exchange_ports_info#module:comparison) describes;
      with O(about) the list of facts, as RV(msexchange.firewall.exchange_ports_info#module:facts) says;
      with O(query) the result of the expression, with O(as_text) the lines of the text.
  type: list
  elements: raw
"""

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase
from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.answer import OPTIONS, answer
from ansible_collections.msexchange.firewall.plugins.plugin_utils.problems import ProblemError

# what was asked in this process -> the answer; templates ask the same thing over and over, and option parsing and a
# deep copy of the answer cost more than all else
_ANSWERS = {}
_MOST = 256


class LookupModule(LookupBase):
    def run(self, terms, variables=None, **kwargs):
        question = repr((terms, sorted(kwargs.items())))
        if question not in _ANSWERS:
            if len(_ANSWERS) >= _MOST:
                _ANSWERS.clear()
            _ANSWERS[question] = self._answer(terms, variables, kwargs)
        return [_copied(_ANSWERS[question])]

    def _answer(self, terms, variables, given):
        # a plain number, such as port=994, is a list of one; Ansible splits texts alone
        given = {name: [value] if _is_number(value) else value for name, value in given.items()}
        self.set_options(var_options=variables, direct=given)
        options = {name: self.get_option(name) for name in OPTIONS}
        options["flow"] = [*options["flow"], *terms]
        try:
            return answer(options)
        except ProblemError as error:
            raise AnsibleError(error.message()) from None


def _is_number(value):
    return isinstance(value, int) and not isinstance(value, bool)


def _copied(value):
    """A list of its own for every template, with records of its own; what lies deeper is shared."""
    if isinstance(value, list):
        return [dict(item) if isinstance(item, dict) else item for item in value]
    return value

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of every question to the catalog."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  version:
    description:
      - Exchange versions as the catalog names them, for example V(2003), V(2019) or V(se).
      - Without it flows of every version answer.
    type: list
    elements: str
    default: []
  roles:
    description:
      - Exchange server roles, for example V(mailbox) or V(edge_transport).
      - A flow answers when a server with one of these roles can stand at one of its ends.
    type: list
    elements: str
    default: []
  features:
    description:
      - Features whose flows are wanted besides those that are on by default. V(all) takes every feature.
      - Where O(port), O(protocol) or O(flow) is given, flows of every feature answer.
    type: list
    elements: str
    default: []
  direction:
    description:
      - V(in) for flows that the selected servers listen to, V(out) for flows that they start.
    type: str
    choices: [in, out]
  party:
    description:
      - Who stands at the other end, for example V(domain_controller), V(internet) or another server role.
    type: list
    elements: str
    default: []
  protocol:
    description:
      - Names of protocols as the catalog or the article writes them, for example V(SMTP/LSA) or V(DNS). Case does
        not matter.
    type: list
    elements: str
    default: []
  transport:
    description:
      - Transport protocols, for example V(tcp), V(udp) or V(icmp).
    type: list
    elements: str
    default: []
  port:
    description:
      - Port numbers, from 1 to 65535. A flow answers when one of its ports, or of the connections that follow it, is
        among them.
    type: list
    elements: int
    default: []
  flow:
    description:
      - Ids of flows.
    type: list
    elements: str
    default: []
  compare_to:
    description:
      - Compares what is asked for with another selection, of another version, with other server roles or features. It
        tells which connections only one of both needs, which both need, and which run between servers of both versions.
      - An Exchange version, or a mapping with C(version), C(roles) and C(features), each left out where nothing is
        different. O(version) has to name one version, which is the one to compare from.
      - Without C(roles) the server roles are those that do the work of O(roles) in the other version. Without
        C(features) they are those of O(features) by the names of the other version, and those that the work of the
        roles needs there.
      - O(port), O(protocol), O(transport), O(party), O(direction) and O(flow) narrow both sides.
    type: raw
  as_text:
    description:
      - The answer as text for people, a table with reasons and documents below. The module prints it as well; the
        lookup returns its lines in place of the data.
    type: bool
    default: false
  explain:
    description:
      - Adds to each flow why it exists, what enables it, the documents behind it and, for a flow that is never
        opened, the reason and the alternative. With O(compare_to) it adds the flows with all that to the comparison.
    type: bool
    default: false
  about:
    description:
      - What is asked for, V(flows) or one of the facts that firewalls and administrators need besides.
      - V(services) are the programs and Windows services behind the ports of Exchange, V(setup_rules) the Windows
        firewall rules that Exchange Setup makes, V(static_ports) the registry values that pin its RPC ports,
        V(keywords) the words that stand for ports in a Windows firewall rule.
      - V(inspection) are inspection engines of appliances with what they do and break, V(applications) the names of
        applications that vendors have predefined.
      - O(version) and O(roles) narrow what is about servers, O(vendor) what is about appliances, O(transport) and
        O(port) whatever has ports, O(protocol) inspection. What would narrow nothing is refused.
    type: str
    choices: [flows, services, static_ports, setup_rules, keywords, inspection, applications]
    default: flows
  vendor:
    description:
      - Vendors of appliances, for O(about=inspection) and O(about=applications), for example V(cisco_asa).
    type: list
    elements: str
    default: []
  query:
    description:
      - A JMESPath expression that is applied to the list of flows or facts, or to the comparison.
    type: str
"""

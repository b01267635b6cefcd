# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action exchange_ports_info, which runs on the controller alone."""

DOCUMENTATION = r"""
module: exchange_ports_info
short_description: Ask which ports Microsoft Exchange uses, and why
version_added: 0.1.0
author: msexchange.firewall contributors (@msexchange)
description:
  - Answers from the catalog of this collection which network flows Microsoft Exchange has, what follows dynamically,
    by which documents, and why some of them are never opened.
  - It runs on the controller. The target needs nothing, not even a connection or a Python.
  - The lookup P(msexchange.firewall.exchange_ports#lookup) gives the same answers inside a template.
extends_documentation_fragment:
  - msexchange.firewall.exchange_ports
attributes:
  check_mode:
    description: Can run in check mode and gives the same answer.
    support: full
  diff_mode:
    description: Changes nothing, so there is no difference to show.
    support: none
  platform:
    description: The target's platform does not matter.
    support: full
    platforms: all
seealso:
  - plugin: msexchange.firewall.exchange_ports
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Ask what a Mailbox server of Exchange SE with a DAG listens to
  msexchange.firewall.exchange_ports_info:
    version: se
    roles: mailbox
    features: dag
    direction: in
  register: answer

- name: Show ports and reasons
  ansible.builtin.debug:
    msg: "{{ item.transport }} {{ item.ports | join(',') }}: {{ item.title }}"
  loop: "{{ answer.flows }}"
  loop_control:
    label: "{{ item.id }}"

- name: Ask for every flow that ever used port 135, with its documents
  msexchange.firewall.exchange_ports_info:
    port: 135
    explain: true
  register: mapper

- name: Ask which flows an enabled feature adds, by JMESPath
  msexchange.firewall.exchange_ports_info:
    version: 2019
    features: imap4
    query: "[?contains(features, 'imap4')].{flow: id, ports: ports}"
  register: imap

- name: Ask what opens and closes when 2010 is replaced by 2016
  msexchange.firewall.exchange_ports_info:
    version: 2010
    roles: [client_access, hub_transport, mailbox]
    compare_to: 2016
  register: migration

- name: Ask what an additional feature opens, in words
  msexchange.firewall.exchange_ports_info:
    version: 2019
    roles: mailbox
    compare_to:
      features: pop3
    as_text: true

- name: Ask which program listens to 475 on a Mailbox server of Exchange SE
  msexchange.firewall.exchange_ports_info:
    about: services
    version: se
    roles: mailbox
    port: 475

- name: Ask which inspection engines of an ASA touch mail
  msexchange.firewall.exchange_ports_info:
    about: inspection
    vendor: cisco_asa
    protocol: SMTP
    explain: true
"""

RETURN = r"""
flows:
  description: Flows that answer the question, sorted by id. With O(query) it is missing, and RV(result) is there
    instead.
  returned: with O(about=flows), without O(query) and O(compare_to)
  type: list
  elements: dict
  contains:
    id:
      description: Id of the flow.
      type: str
      sample: edgesync-50636
    title:
      description: What it is, in a few words.
      type: str
      sample: EdgeSync from the Mailbox servers of the subscribed site
    protocol:
      description: Name of the protocol.
      type: str
      sample: EdgeSync
    article:
      description: The protocol's name in the article that the catalog started from; empty for all others.
      type: str
      sample: ''
    initiator:
      description: Who opens the connection. C(parties) are server roles and other parties, C(versions) bind the
        server roles.
      type: dict
      sample:
        parties: [mailbox]
        versions: ['2016', '2019', 'se']
    listener:
      description: Who is called; the same shape as RV(flows[].initiator).
      type: dict
      sample:
        parties: [edge_transport]
        versions: ['2016', '2019', 'se']
    scope:
      description:
        - What both ends must share, one of V(same_routing_group), V(other_routing_group), V(same_site) and
          V(same_dag);
          empty for none.
      type: str
      sample: same_site
    network:
      description: V(replication) for a flow on the network of C(exchange_replication_addresses) alone; else empty.
      type: str
      sample: ''
    transport:
      description: Transport protocol; V(any) for a flow that must not be filtered.
      type: str
      sample: tcp
    ports:
      description: Ports and ranges of the listener, as text.
      type: list
      elements: str
      sample: ['50636']
    icmp_types:
      description: Types, for ICMP only.
      type: list
      elements: str
      sample: []
    features:
      description: The flow needs one of these features at each Exchange end; empty for flows that are on by default.
      type: list
      elements: str
      sample: []
    by_default:
      description: Whether a rule comes of it without anything being selected.
      type: bool
      sample: true
    openable:
      description: Whether a rule can ever come of it.
      type: bool
      sample: true
    boundary:
      description:
        - V(whole) for the flow that keeps Microsoft's support boundary unfiltered, V(inside) for an exact flow that
          counts only where the boundary is narrowed; else empty.
      type: str
      sample: ''
    encryption:
      description: How the connection is protected.
      type: str
      sample: tls
    support:
      description: V(supported), V(superseded), V(unsupported) or V(not_implemented).
      type: str
      sample: supported
    confidence:
      description: V(confirmed) by a document, V(inferred) from one, or V(unconfirmed).
      type: str
      sample: confirmed
    follows:
      description:
        - Second connections that this one negotiates. C(ports) is V(rpc_dynamic) where they lie in the listener's
          dynamic RPC range, C(helper) names the inspection engine that can follow, C(feature) must be selected for it
          to be opened.
      type: list
      elements: dict
      sample: []
    need:
      description: Why it exists, in one sentence.
      returned: with O(explain)
      type: str
      sample: Copies recipients and configuration to the Edge Transport server.
    enabled_by:
      description: What must be so for a rule to come of it.
      returned: with O(explain)
      type: str
      sample: On by default for the parties named.
    refused:
      description: For a flow that is never opened, C(reason) and C(alternative); else empty.
      returned: with O(explain)
      type: dict
      sample: {}
    remarks:
      description: What else one should know.
      returned: with O(explain)
      type: str
      sample: ''
    sources:
      description: Documents behind the flow, each with C(id), C(title), C(url), how far it was C(read) and a C(note).
      returned: with O(explain)
      type: list
      elements: dict
      sample:
        - id: np2016
          title: Network ports for clients and mail flow in Exchange (2016, 2019)
          url: https://learn.microsoft.com/en-us/exchange/plan-and-deploy/deployment-ref/network-ports
          read: full
          note: ''
facts:
  description:
    - What was asked for with O(about), sorted by id; the keys of each kind are explained in the catalog's README.
  returned: with O(about) other than V(flows), without O(query)
  type: list
  elements: dict
  sample:
    - id: cisco_asa_esmtp
      vendor: cisco_asa
      engine: esmtp
comparison:
  description:
    - With O(compare_to), what differs between both selections. A connection is the same in both when its ends,
      direction, transport and port are, whatever the ids of its flows and the names of protocols. A server role stands
      for all roles that have its work in one of both versions.
    - Exact flows inside the support boundary are left out, where the boundary's own flow leaves everything open.
  returned: with O(compare_to) and without O(query)
  type: dict
  contains:
    old:
      description: What is compared, with C(version), C(roles) and C(features).
      type: dict
      sample: {version: '2010', roles: [hub_transport], features: []}
    new:
      description: What it is compared with, in the same form.
      type: dict
      sample: {version: '2016', roles: [mailbox], features: []}
    roles:
      description:
        - For each old server role the roles that do its work in the new version, and why. C(features) have to be
          selected there for that work.
      type: list
      elements: dict
      sample:
        - role: unified_messaging
          becomes: [mailbox]
          reasons: ["unified_messaging since 2013: Client Access redirects calls."]
          features: [unified_messaging]
    features:
      description:
        - Features of the old side that the new side does not have by this name, what they become there, and why.
          C(becomes) is empty where there is nothing to select.
      type: list
      elements: dict
      sample:
        - feature: um_secured
          becomes: [unified_messaging]
          reasons: ["um_secured since 2013: One feature has the plain and the encrypted ports."]
    features_gone:
      description: Those of them that become nothing.
      type: list
      elements: str
      sample: []
    open_before:
      description:
        - Connections that only the new side needs. C(roles) are the selected servers at the near end, C(parties) who
          is at the other one. C(direction) is V(in), V(out), or V(among) where both ends are selected and C(roles)
          listen.
        - C(network) is V(replication) on the network of replication addresses, else empty. C(opened) says what opens
          it, C(follows) which second connections come with it, C(otherwise) which features that are not selected open
          it on the other side as well. C(old) and C(new) are the ids of the flows on both
          sides, C(changes) is what differs.
      type: list
      elements: dict
      sample:
        - direction: out
          parties: [internet]
          roles: [mailbox]
          transport: tcp
          ports: ['443']
          network: ''
          protocol: HTTPS
          opened: by default
          follows: []
          otherwise: ''
          old: []
          new: [mitigation-443]
          changes: []
    close_after:
      description: Connections that only the old side needed, in the same form as RV(comparison.open_before).
      type: list
      elements: dict
      sample: []
    changed:
      description:
        - Connections of both sides that differ in something, told in C(changes) with C(what), C(old) and C(new). All
          else is said of the new side.
          C(what) is V(port), V(protocol), V(direction), V(encryption), V(opened) (by default, or with which features)
          or V(follows).
      type: list
      elements: dict
      sample: []
    unchanged:
      description: Connections that both sides have alike.
      type: list
      elements: dict
      sample: []
    between:
      description:
        - Flows from servers of one version to servers of the other, for as long as both are there. One end is among
          the selected servers; the other may be any server of its version. Members of a database availability group or
          cluster have one version, so nothing of theirs is among them.
      type: list
      elements: dict
      sample:
        - flow: boundary-servers
          title: Everything between internal Exchange servers
          from_version: '2010'
          to_version: '2016'
          initiators: [hub_transport]
          listeners: [mailbox]
          transport: any
          ports: []
          protocol: any
          features: []
          boundary: whole
    coexistence:
      description:
        - Whether both versions may share an organization (C(possible)). Where they may not, C(through) are versions
          that share one with both, and C(sources) the ids of the documents that say so.
      type: dict
      sample: {possible: true, through: [], sources: []}
    inside_boundary:
      description: Ids of the exact flows inside the support boundary that are left out, of both sides.
      type: dict
      sample: {old: [], new: []}
    flows:
      description: All flows named above by id, in the form of RV(flows).
      returned: with O(explain)
      type: dict
      sample: {}
dynamic_ranges:
  description:
    - Dynamic RPC ranges that hold one of the ports, by Exchange version (C(kind) is V(exchange)) and by Windows version
      of hosts without Exchange (V(windows)). C(flows) are the ids of flows whose second connections land there.
  returned: with O(port)
  type: list
  elements: dict
  sample:
    - kind: exchange
      version: '2010'
      title: Exchange Server 2010
      held: [50000]
      ports: ['6005-65534']
      confidence: confirmed
      sources: [staticcas2010]
      remarks: ''
      flows: [msrpc-135-dc]
lines:
  description: The answer as lines of text.
  returned: with O(as_text)
  type: list
  elements: str
  sample: ['1 flow answers (port 691).']
count:
  description: How many flows or facts answer.
  returned: without O(query) and O(compare_to)
  type: int
  sample: 1
result:
  description: What the JMESPath expression made of the flows.
  returned: with O(query)
  type: raw
  sample: ['50636']
"""

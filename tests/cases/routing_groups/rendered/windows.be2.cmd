@echo off
rem Windows 2000 has no firewall of its own. What a device in front of this host has to let through:
rem   msexchange.firewall msrpc-135-outlook-2000-2003 in 6c33ab82
rem       description: Outlook to Mailbox servers (2000, 2003), Store, address book and referral. Outlook opens mailboxes, public folders and the address book by RPC on the Mailbox server. Source: article, kb264035, kb270836, outlookrpc, services2003.
rem       direction: in
rem       action: allow
rem       enabled: True
rem       protocol: tcp
rem       local_ports: RPC
rem       remote_ports:
rem       local_addresses: any
rem       remote_addresses: 10.9.0.0/16
rem       icmp_types:
rem       program:
rem       service:
rem       profiles: domain private public
rem       edge_traversal: block
rem   msexchange.firewall msrpc-135-outlook-2000-2003 in da5c7e24
rem       description: Outlook to Mailbox servers (2000, 2003). Outlook opens mailboxes, public folders and the address book by RPC on the Mailbox server. Source: article, kb264035, kb270836, outlookrpc, services2003.
rem       direction: in
rem       action: allow
rem       enabled: True
rem       protocol: tcp
rem       local_ports: RPC-EPMap
rem       remote_ports:
rem       local_addresses: any
rem       remote_addresses: 10.9.0.0/16
rem       icmp_types:
rem       program:
rem       service:
rem       profiles: domain private public
rem       edge_traversal: block
rem   msexchange.firewall msrpc-135-servers-2000-2003 in 1ca86573
rem       description: RPC between servers (2000, 2003), The service that the endpoint mapper named. Administration, mailbox moves and message transfer between servers use RPC. Source: article, kb832017, services2003.
rem       direction: in
rem       action: allow
rem       enabled: True
rem       protocol: tcp
rem       local_ports: RPC
rem       remote_ports:
rem       local_addresses: any
rem       remote_addresses:
rem           10.1.0.1/32
rem           10.2.0.1/32
rem           10.2.0.3/32
rem       icmp_types:
rem       program:
rem       service:
rem       profiles: domain private public
rem       edge_traversal: block
rem   msexchange.firewall msrpc-135-servers-2000-2003 in d869176e
rem       description: RPC between servers (2000, 2003). Administration, mailbox moves and message transfer between servers use RPC. Source: article, kb832017, services2003.
rem       direction: in
rem       action: allow
rem       enabled: True
rem       protocol: tcp
rem       local_ports: RPC-EPMap
rem       remote_ports:
rem       local_addresses: any
rem       remote_addresses:
rem           10.1.0.1/32
rem           10.2.0.1/32
rem           10.2.0.3/32
rem       icmp_types:
rem       program:
rem       service:
rem       profiles: domain private public
rem       edge_traversal: block
rem   msexchange.firewall smtp-lsa-25 in 125829f2
rem       description: Mail and link-state information between routing groups. Bridgeheads of different routing groups exchange mail, and routing information with the verb X-LSA-2. Source: article, ports2003.
rem       direction: in
rem       action: allow
rem       enabled: True
rem       protocol: tcp
rem       local_ports: 25
rem       remote_ports:
rem       local_addresses: any
rem       remote_addresses: 10.1.0.1/32
rem       icmp_types:
rem       program:
rem       service:
rem       profiles: domain private public
rem       edge_traversal: block

@echo off
rem Windows 2000 has no firewall of its own. What a device in front of this host has to let through:
rem   msexchange.firewall adc-389-55 in 100728a3
rem       description: Active Directory Connector to Exchange 5.5. The connector keeps the directory of Exchange 5.5 and Active Directory equal. Source: kb250989, kb278339, services2003c.
rem       direction: in
rem       action: allow
rem       enabled: True
rem       protocol: tcp
rem       local_ports: 389
rem       remote_ports:
rem       local_addresses: any
rem       remote_addresses: 10.3.0.1/32
rem       icmp_types:
rem       program:
rem       service:
rem       profiles: domain private public
rem       edge_traversal: block
rem   msexchange.firewall client-imap4-55 in b283456e
rem       description: IMAP4 (5.5). IMAP4 clients read their mailbox. Source: kb150543, kb176466.
rem       direction: in
rem       action: allow
rem       enabled: True
rem       protocol: tcp
rem       local_ports: 143 993
rem       remote_ports:
rem       local_addresses: any
rem       remote_addresses: 10.9.0.0/16
rem       icmp_types:
rem       program:
rem       service:
rem       profiles: domain private public
rem       edge_traversal: block
rem   msexchange.firewall client-smtp-25-55 in 402493b9
rem       description: Mail from POP3 and IMAP4 clients (5.5). POP3 and IMAP4 clients send their mail to the Internet Mail Service. Source: kb176466.
rem       direction: in
rem       action: allow
rem       enabled: True
rem       protocol: tcp
rem       local_ports: 25
rem       remote_ports:
rem       local_addresses: any
rem       remote_addresses: 10.9.0.0/16
rem       icmp_types:
rem       program:
rem       service:
rem       profiles: domain private public
rem       edge_traversal: block
rem   msexchange.firewall mail-internet-in-25-55 in a7b837e7
rem       description: Mail from the Internet (5.5). Other organizations deliver their mail to the Internet Mail Service. Source: ims55, kb176466.
rem       direction: in
rem       action: allow
rem       enabled: True
rem       protocol: tcp
rem       local_ports: 25
rem       remote_ports:
rem       local_addresses: any
rem       remote_addresses:
rem           1.0.0.0-10.1.0.0
rem           10.1.0.3-10.2.0.0
rem           10.10.0.0-126.255.255.255
rem           10.2.0.2-10.3.0.0
rem           10.3.0.3-10.8.0.9
rem           10.8.0.11-10.8.255.255
rem           128.0.0.0-172.16.0.0
rem           172.16.0.2-223.255.255.255
rem       icmp_types:
rem       program:
rem       service:
rem       profiles: domain private public
rem       edge_traversal: block
rem   msexchange.firewall msrpc-135-55-site-out in 3825b2d4
rem       description: RPC to Exchange 5.5 inside a site, The service that the endpoint mapper named. Servers of 2000 and 2003 hand over mail, and replicate the directory through the Site Replication Service. Source: e2000site, e2000srs, services2003.
rem       direction: in
rem       action: allow
rem       enabled: True
rem       protocol: tcp
rem       local_ports: RPC
rem       remote_ports:
rem       local_addresses: any
rem       remote_addresses: 10.1.0.2/32
rem       icmp_types:
rem       program:
rem       service:
rem       profiles: domain private public
rem       edge_traversal: block
rem   msexchange.firewall msrpc-135-55-site-out in 4c45e8a8
rem       description: RPC to Exchange 5.5 inside a site. Servers of 2000 and 2003 hand over mail, and replicate the directory through the Site Replication Service. Source: e2000site, e2000srs, services2003.
rem       direction: in
rem       action: allow
rem       enabled: True
rem       protocol: tcp
rem       local_ports: RPC-EPMap
rem       remote_ports:
rem       local_addresses: any
rem       remote_addresses: 10.1.0.2/32
rem       icmp_types:
rem       program:
rem       service:
rem       profiles: domain private public
rem       edge_traversal: block
rem   msexchange.firewall msrpc-135-admin-55 in a3a4dc84
rem       description: RPC from administrators (5.5), System Attendant, directory and store. The Exchange Administrator program manages servers by RPC. Source: kb148732, kb150543.
rem       direction: in
rem       action: allow
rem       enabled: True
rem       protocol: tcp
rem       local_ports: RPC
rem       remote_ports:
rem       local_addresses: any
rem       remote_addresses: 10.8.0.10/32
rem       icmp_types:
rem       program:
rem       service:
rem       profiles: domain private public
rem       edge_traversal: block
rem   msexchange.firewall msrpc-135-admin-55 in ca1f7c79
rem       description: RPC from administrators (5.5). The Exchange Administrator program manages servers by RPC. Source: kb148732, kb150543.
rem       direction: in
rem       action: allow
rem       enabled: True
rem       protocol: tcp
rem       local_ports: RPC-EPMap
rem       remote_ports:
rem       local_addresses: any
rem       remote_addresses: 10.8.0.10/32
rem       icmp_types:
rem       program:
rem       service:
rem       profiles: domain private public
rem       edge_traversal: block
rem   msexchange.firewall msrpc-135-outlook-55 in c674f064
rem       description: Outlook to Mailbox servers (5.5). Outlook and the Exchange client open mailboxes, public folders and the address book by RPC. Source: kb155831, kb176466, kb264035, outlookrpc.
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
rem   msexchange.firewall msrpc-135-outlook-55 in d173f224
rem       description: Outlook to Mailbox servers (5.5), Directory and store. Outlook and the Exchange client open mailboxes, public folders and the address book by RPC. Source: kb155831, kb176466, kb264035, outlookrpc.
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
rem   msexchange.firewall msrpc-135-owa-55 in 274b2942
rem       description: Web server to Mailbox servers (5.5), Directory and store. Outlook Web Access opens mailboxes for browsers, as Outlook would. Source: kb238954, kb259240.
rem       direction: in
rem       action: allow
rem       enabled: True
rem       protocol: tcp
rem       local_ports: RPC
rem       remote_ports:
rem       local_addresses: any
rem       remote_addresses: 172.16.0.1/32
rem       icmp_types:
rem       program:
rem       service:
rem       profiles: domain private public
rem       edge_traversal: block
rem   msexchange.firewall msrpc-135-owa-55 in c0a3ef62
rem       description: Web server to Mailbox servers (5.5). Outlook Web Access opens mailboxes for browsers, as Outlook would. Source: kb238954, kb259240.
rem       direction: in
rem       action: allow
rem       enabled: True
rem       protocol: tcp
rem       local_ports: RPC-EPMap
rem       remote_ports:
rem       local_addresses: any
rem       remote_addresses: 172.16.0.1/32
rem       icmp_types:
rem       program:
rem       service:
rem       profiles: domain private public
rem       edge_traversal: block
rem   msexchange.firewall msrpc-135-site-connector-55 in 5a8ad371
rem       description: Site connector (5.5). The message transfer agents of two sites hand over mail by RPC. Source: kb161931, kb176466, kb191594.
rem       direction: in
rem       action: allow
rem       enabled: True
rem       protocol: tcp
rem       local_ports: RPC-EPMap
rem       remote_ports:
rem       local_addresses: any
rem       remote_addresses: 10.2.0.1/32
rem       icmp_types:
rem       program:
rem       service:
rem       profiles: domain private public
rem       edge_traversal: block
rem   msexchange.firewall msrpc-135-site-connector-55 in 5b5af613
rem       description: Site connector (5.5), Message transfer agent. The message transfer agents of two sites hand over mail by RPC. Source: kb161931, kb176466, kb191594.
rem       direction: in
rem       action: allow
rem       enabled: True
rem       protocol: tcp
rem       local_ports: RPC
rem       remote_ports:
rem       local_addresses: any
rem       remote_addresses: 10.2.0.1/32
rem       icmp_types:
rem       program:
rem       service:
rem       profiles: domain private public
rem       edge_traversal: block
rem   msexchange.firewall news-clients-119-563 in a9853a72
rem       description: News (5.5, 2000, 2003). News readers read and post in public folders. Source: e2000nntp, kb150543, kb176466, ports2003, services2003c, virtual2003.
rem       direction: in
rem       action: allow
rem       enabled: True
rem       protocol: tcp
rem       local_ports: 119 563
rem       remote_ports:
rem       local_addresses: any
rem       remote_addresses: 10.9.0.0/16
rem       icmp_types:
rem       program:
rem       service:
rem       profiles: domain private public
rem       edge_traversal: block
rem   msexchange.firewall news-feed-in-119 in 19f08b7d
rem       description: News pushed by another server (5.5, 2000, 2003). The provider's news server pushes new articles. Source: e2000nntp, kb150543, nntpfeeds2003, ports2003.
rem       direction: in
rem       action: allow
rem       enabled: True
rem       protocol: tcp
rem       local_ports: 119
rem       remote_ports:
rem       local_addresses: any
rem       remote_addresses: 192.0.2.119/32
rem       icmp_types:
rem       program:
rem       service:
rem       profiles: domain private public
rem       edge_traversal: block
rem   msexchange.firewall x400-102 in 28becac1
rem       description: X.400 between Exchange servers. Message transfer agents that an X.400 connector joins hand over messages; either of them may call. Source: article, kb161931, kb176466, kb199326, services2003.
rem       direction: in
rem       action: allow
rem       enabled: True
rem       protocol: tcp
rem       local_ports: 102
rem       remote_ports:
rem       local_addresses: any
rem       remote_addresses:
rem           10.1.0.1/32
rem           10.1.0.2/32
rem       icmp_types:
rem       program:
rem       service:
rem       profiles: domain private public
rem       edge_traversal: block

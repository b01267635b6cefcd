@echo off
rem Windows 2000 has no firewall of its own. What a device in front of this host has to let through:
rem   msexchange.firewall rvp-80 in 9ca9a014
rem       description: Instant messaging, client to server. Instant messaging clients sign in, send messages and subscribe to the presence of others. Source: article, kb283022, kb326013, kb870570.
rem       direction: in
rem       action: allow
rem       enabled: True
rem       protocol: tcp
rem       local_ports: 80
rem       remote_ports:
rem       local_addresses: any
rem       remote_addresses: 10.9.0.0/16
rem       icmp_types:
rem       program:
rem       service:
rem       profiles: domain private public
rem       edge_traversal: block
rem   msexchange.firewall rvp-80-servers in d91ea8cc
rem       description: Instant messaging between servers. Instant messaging routers and home servers pass on messages and subscriptions. Source: article, techrepublic.
rem       direction: in
rem       action: allow
rem       enabled: True
rem       protocol: tcp
rem       local_ports: 80
rem       remote_ports:
rem       local_addresses: any
rem       remote_addresses:
rem           10.1.0.21/32
rem           10.1.0.22/32
rem       icmp_types:
rem       program:
rem       service:
rem       profiles: domain private public
rem       edge_traversal: block

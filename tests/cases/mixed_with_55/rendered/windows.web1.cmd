@echo off
rem Windows 2000 has no firewall of its own. What a device in front of this host has to let through:
rem   msexchange.firewall client-https-443-55 in 284d9f0d
rem       description: Web access over TLS (5.5). Browsers reach mailboxes and public folders. Source: ports55.
rem       direction: in
rem       action: allow
rem       enabled: True
rem       protocol: tcp
rem       local_ports: 443
rem       remote_ports:
rem       local_addresses: any
rem       remote_addresses: 10.9.0.0/16
rem       icmp_types:
rem       program:
rem       service:
rem       profiles: domain private public
rem       edge_traversal: block

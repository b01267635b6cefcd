@echo off
rem Windows 2000 has no firewall of its own. What a device in front of this host has to let through:
rem   msexchange.firewall audio-1731 in 64d99ccf
rem       description: Audio call control, Sound. Conference clients set up the sound of a conference. Source: article, kb158623.
rem       direction: in
rem       action: allow
rem       enabled: True
rem       protocol: udp
rem       local_ports: 1024-65535
rem       remote_ports:
rem       local_addresses: any
rem       remote_addresses: 10.9.0.0/16
rem       icmp_types:
rem       program:
rem       service:
rem       profiles: domain private public
rem       edge_traversal: block
rem   msexchange.firewall audio-1731 in a6f5d887
rem       description: Audio call control. Conference clients set up the sound of a conference. Source: article, kb158623.
rem       direction: in
rem       action: allow
rem       enabled: True
rem       protocol: tcp
rem       local_ports: 1731
rem       remote_ports:
rem       local_addresses: any
rem       remote_addresses: 10.9.0.0/16
rem       icmp_types:
rem       program:
rem       service:
rem       profiles: domain private public
rem       edge_traversal: block
rem   msexchange.firewall h323-1720 in 77f4c4c8
rem       description: Video call set-up, Picture and sound. Conference clients set up the picture and sound of a conference. Source: article, kb158623, msmnpr.
rem       direction: in
rem       action: allow
rem       enabled: True
rem       protocol: udp
rem       local_ports: 1024-65535
rem       remote_ports:
rem       local_addresses: any
rem       remote_addresses: 10.9.0.0/16
rem       icmp_types:
rem       program:
rem       service:
rem       profiles: domain private public
rem       edge_traversal: block
rem   msexchange.firewall h323-1720 in c5092e0c
rem       description: Video call set-up, Call control (H.245). Conference clients set up the picture and sound of a conference. Source: article, kb158623, msmnpr.
rem       direction: in
rem       action: allow
rem       enabled: True
rem       protocol: tcp
rem       local_ports: 1024-65535
rem       remote_ports:
rem       local_addresses: any
rem       remote_addresses: 10.9.0.0/16
rem       icmp_types:
rem       program:
rem       service:
rem       profiles: domain private public
rem       edge_traversal: block
rem   msexchange.firewall h323-1720 in d2f1afde
rem       description: Video call set-up. Conference clients set up the picture and sound of a conference. Source: article, kb158623, msmnpr.
rem       direction: in
rem       action: allow
rem       enabled: True
rem       protocol: tcp
rem       local_ports: 1720
rem       remote_ports:
rem       local_addresses: any
rem       remote_addresses: 10.9.0.0/16
rem       icmp_types:
rem       program:
rem       service:
rem       profiles: domain private public
rem       edge_traversal: block
rem   msexchange.firewall t120-1503 in 6afd9faf
rem       description: Data conferencing. Conference clients share applications, whiteboard, files and chat through the server. Source: article, kb158623.
rem       direction: in
rem       action: allow
rem       enabled: True
rem       protocol: tcp
rem       local_ports: 1503
rem       remote_ports:
rem       local_addresses: any
rem       remote_addresses: 10.9.0.0/16
rem       icmp_types:
rem       program:
rem       service:
rem       profiles: domain private public
rem       edge_traversal: block

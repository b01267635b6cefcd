@echo off
rem Windows 2000 has no firewall of its own. What a device in front of this host has to let through:
rem   msexchange.firewall irc-6667 in e3b51f1c
rem       description: Chat. Chat clients join the channels of the Exchange 2000 chat server. Source: article, chatcmd, chatconn.
rem       direction: in
rem       action: allow
rem       enabled: True
rem       protocol: tcp
rem       local_ports: 6667
rem       remote_ports:
rem       local_addresses: any
rem       remote_addresses: 10.9.0.0/16
rem       icmp_types:
rem       program:
rem       service:
rem       profiles: domain private public
rem       edge_traversal: block

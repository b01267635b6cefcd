@echo off
rem Written by msexchange.firewall for one host: read it, then run it there as administrator.
rem
rem   <this file>           adds what stands here, in place of rules of the same name
rem   <this file> remove    takes it away again
rem
rem When the plan has changed: run the file that you have with remove, then the new one.
rem For Windows Server 2003 with Service Pack 1 or later. Its firewall opens TCP and UDP ports for inbound calls, each
rem for a list of IPv4 addresses. It has one entry a port, so that callers of several rules stand together in it.

if /i "%~1"=="remove" goto remove
rem NOT INCLUDED: msexchange.firewall msrpc-135-outlook-2000-2003 in 6c33ab82: dynamic RPC ports cannot be said; fix them with exchange_static_ports. Outlook to Mailbox servers (2000, 2003), Store, address book and referral. Outlook opens mailboxes, public folders and the address book by RPC on the Mailbox server. Source: article, kb264035, kb270836, outlookrpc, services2003.
rem NOT INCLUDED: msexchange.firewall msrpc-135-servers-2000-2003 in 1ca86573: dynamic RPC ports cannot be said; fix them with exchange_static_ports. RPC between servers (2000, 2003), The service that the endpoint mapper named. Administration, mailbox moves and message transfer between servers use RPC. Source: article, kb832017, services2003.
netsh firewall set portopening protocol=TCP port=25 name="msexchange.firewall tcp-25" mode=ENABLE scope=CUSTOM addresses=10.1.0.1,10.2.0.1,10.2.0.3 profile=ALL
netsh firewall set portopening protocol=TCP port=102 name="msexchange.firewall tcp-102" mode=ENABLE scope=CUSTOM addresses=192.0.2.102 profile=ALL
netsh firewall set portopening protocol=TCP port=135 name="msexchange.firewall tcp-135" mode=ENABLE scope=CUSTOM addresses=10.1.0.1,10.2.0.1,10.2.0.3,10.9.0.0/255.255.0.0 profile=ALL
netsh firewall set portopening protocol=TCP port=691 name="msexchange.firewall tcp-691" mode=ENABLE scope=CUSTOM addresses=10.1.0.1,10.2.0.3 profile=ALL
goto :eof
:remove
netsh firewall delete portopening protocol=TCP port=25 profile=ALL
netsh firewall delete portopening protocol=TCP port=102 profile=ALL
netsh firewall delete portopening protocol=TCP port=135 profile=ALL
netsh firewall delete portopening protocol=TCP port=691 profile=ALL

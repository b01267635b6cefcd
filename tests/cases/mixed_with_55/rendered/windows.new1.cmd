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
rem NOT INCLUDED: msexchange.firewall msrpc-135-55-in in 1a2b358b: dynamic RPC ports cannot be said; fix them with exchange_static_ports. RPC from Exchange 5.5, The service that the endpoint mapper named. A site connector of Exchange 5.5 hands over mail by RPC to a bridgehead of another routing group. Source: article, services2003.
rem NOT INCLUDED: msexchange.firewall msrpc-135-55-site-in in dcc06f60: dynamic RPC ports cannot be said; fix them with exchange_static_ports. RPC from Exchange 5.5 inside a site, The service that the endpoint mapper named. Servers of 5.5 hand over mail, and replicate the directory with the Site Replication Service. Source: e2000site, e2000srs, services2003.
rem NOT INCLUDED: msexchange.firewall msrpc-135-admin-2000-2003 in 45154cb1: dynamic RPC ports cannot be said; fix them with exchange_static_ports. RPC from administrators (2000, 2003), The service that the endpoint mapper named. System Manager and other tools of Exchange 2000 and 2003 manage servers by RPC. Source: article.
rem NOT INCLUDED: msexchange.firewall msrpc-135-outlook-2000-2003 in 170df7e7: dynamic RPC ports cannot be said; fix them with exchange_static_ports. Outlook to Mailbox servers (2000, 2003), Store, address book and referral. Outlook opens mailboxes, public folders and the address book by RPC on the Mailbox server. Source: article, kb264035, kb270836, outlookrpc, services2003.
netsh firewall set portopening protocol=TCP port=80 name="msexchange.firewall tcp-80" mode=ENABLE scope=CUSTOM addresses=10.8.0.10 profile=ALL
netsh firewall set portopening protocol=TCP port=102 name="msexchange.firewall tcp-102" mode=ENABLE scope=CUSTOM addresses=10.1.0.1,10.1.0.2 profile=ALL
netsh firewall set portopening protocol=TCP port=135 name="msexchange.firewall tcp-135" mode=ENABLE scope=CUSTOM addresses=10.1.0.1,10.2.0.1,10.8.0.10,10.9.0.0/255.255.0.0 profile=ALL
netsh firewall set portopening protocol=TCP port=379 name="msexchange.firewall tcp-379" mode=ENABLE scope=CUSTOM addresses=10.1.0.2,10.3.0.1 profile=ALL
goto :eof
:remove
netsh firewall delete portopening protocol=TCP port=80 profile=ALL
netsh firewall delete portopening protocol=TCP port=102 profile=ALL
netsh firewall delete portopening protocol=TCP port=135 profile=ALL
netsh firewall delete portopening protocol=TCP port=379 profile=ALL

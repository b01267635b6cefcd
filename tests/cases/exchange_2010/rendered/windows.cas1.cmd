@echo off
rem Written by msexchange.firewall for one host: read it, then run it there as administrator.
rem
rem   <this file>           adds what stands here, in place of rules of the same name
rem   <this file> remove    takes it away again
rem
rem When the plan has changed: run the file that you have with remove, then the new one.
rem For Windows Server 2008 R2. Windows Server 2008 takes it as well, but for ranges of ports, which came with R2.

if /i "%~1"=="remove" goto remove
netsh advfirewall firewall delete rule name="msexchange.firewall balancer-https-443-2007-2010 in b3128080" >nul 2>&1
netsh advfirewall firewall delete rule name="msexchange.firewall balancer-rpc-135-2010 in 9ebb8191" >nul 2>&1
netsh advfirewall firewall delete rule name="msexchange.firewall balancer-rpc-135-2010 in c7a5f465" >nul 2>&1
netsh advfirewall firewall delete rule name="msexchange.firewall balancer-rpc-135-clients-2010 in 5a1d9996" >nul 2>&1
netsh advfirewall firewall delete rule name="msexchange.firewall balancer-rpc-135-clients-2010 in c99ea866" >nul 2>&1
netsh advfirewall firewall delete rule name="msexchange.firewall boundary-servers in 9faad25b" >nul 2>&1
netsh advfirewall firewall delete rule name="msexchange.firewall client-http-80-2007-2010 in ef5f2886" >nul 2>&1
netsh advfirewall firewall delete rule name="msexchange.firewall client-https-443-2007-2010 in 58a1b0c8" >nul 2>&1
netsh advfirewall firewall delete rule name="msexchange.firewall client-https-443-internet-2007-2010 in df71d5b2" >nul 2>&1
netsh advfirewall firewall delete rule name="msexchange.firewall msrpc-135-outlook-2010 in 1115a9a4" >nul 2>&1
netsh advfirewall firewall delete rule name="msexchange.firewall msrpc-135-outlook-2010 in 7dcfac7c" >nul 2>&1
netsh advfirewall firewall delete rule name="msexchange.firewall owa-im-5075-2010 in 4e63da52" >nul 2>&1
netsh advfirewall firewall add rule name="msexchange.firewall balancer-https-443-2007-2010 in b3128080" dir=in action=allow enable=yes profile=any protocol=tcp localip=any remoteip=10.0.1.1/32 localport=443 description="Web, mobile access and Outlook Anywhere, balancer to servers (2007, 2010). The balancer passes clients on. Source: lbreq2010, push2010."
netsh advfirewall firewall add rule name="msexchange.firewall balancer-rpc-135-2010 in 9ebb8191" dir=in action=allow enable=yes profile=any protocol=tcp localip=any remoteip=10.0.1.1/32 localport=RPC-EPMap description="Outlook by RPC, balancer to servers (2010). The balancer of a Client Access array passes Outlook on. Source: lbreq2010, wiki864."
netsh advfirewall firewall add rule name="msexchange.firewall balancer-rpc-135-2010 in c7a5f465" dir=in action=allow enable=yes profile=any protocol=tcp localip=any remoteip=10.0.1.1/32 localport=59531-59532 description="Outlook by RPC, balancer to servers (2010), Mailboxes (RPC Client Access) and address book. The balancer of a Client Access array passes Outlook on. Source: lbreq2010, wiki864."
netsh advfirewall firewall add rule name="msexchange.firewall balancer-rpc-135-clients-2010 in 5a1d9996" dir=in action=allow enable=yes profile=any protocol=tcp localip=any remoteip=10.9.0.0/16 localport=59531-59532 description="Outlook by RPC to the balancer (2010), Mailboxes (RPC Client Access) and address book. Outlook calls the name of the Client Access array, which is the balancer's address. Source: lbreq2010, wiki864."
netsh advfirewall firewall add rule name="msexchange.firewall balancer-rpc-135-clients-2010 in c99ea866" dir=in action=allow enable=yes profile=any protocol=tcp localip=any remoteip=10.9.0.0/16 localport=RPC-EPMap description="Outlook by RPC to the balancer (2010). Outlook calls the name of the Client Access array, which is the balancer's address. Source: lbreq2010, wiki864."
netsh advfirewall firewall add rule name="msexchange.firewall boundary-servers in 9faad25b" dir=in action=allow enable=yes profile=any protocol=any localip=any remoteip=10.0.0.1/32,10.0.0.11/32,10.0.0.2/32,10.0.0.21/32,10.0.0.31/32 description="Everything between internal servers. Microsoft supports no filter between the internal Exchange servers of an organization. Source: np2013, np2016, planha, support2013."
netsh advfirewall firewall add rule name="msexchange.firewall client-http-80-2007-2010 in ef5f2886" dir=in action=allow enable=yes profile=any protocol=tcp localip=any remoteip=10.9.0.0/16 localport=80 description="Web access without encryption, inside (2007, 2010). Outlook fetches the offline address book; the web site also answers Outlook Web App and ActiveSync on this port. Source: isa2007, ports2010."
netsh advfirewall firewall add rule name="msexchange.firewall client-https-443-2007-2010 in 58a1b0c8" dir=in action=allow enable=yes profile=any protocol=tcp localip=any remoteip=10.9.0.0/16 localport=443 description="Web, mobile access and Outlook Anywhere, inside (2007, 2010). Outlook Web App, ActiveSync, Autodiscover, web services, the address book and Outlook Anywhere use HTTPS. Source: isa2007, push2007, push2010, ref2010."
netsh advfirewall firewall add rule name="msexchange.firewall client-https-443-internet-2007-2010 in df71d5b2" dir=in action=allow enable=yes profile=any protocol=tcp localip=any remoteip=1.0.0.0-10.0.0.0,10.0.0.12-10.0.0.20,10.0.0.22-10.0.0.30,10.0.0.3-10.0.0.10,10.0.0.32-10.0.1.0,10.0.1.101-10.8.0.255,10.0.1.2-10.0.1.99,10.10.0.0-126.255.255.255,10.8.1.16-10.8.1.255,10.8.2.16-10.8.255.255,128.0.0.0-172.16.0.10,172.16.0.12-172.16.0.52,172.16.0.54-223.255.255.255 localport=443 description="Web, mobile access and Outlook Anywhere, from the Internet (2007, 2010). Clients outside reach their mailbox. Source: isa2007, push2007, push2010."
netsh advfirewall firewall add rule name="msexchange.firewall msrpc-135-outlook-2010 in 1115a9a4" dir=in action=allow enable=yes profile=any protocol=tcp localip=any remoteip=10.9.0.0/16 localport=RPC-EPMap description="Outlook to Client Access servers (2010). Outlook opens mailboxes and the address book by RPC on a Client Access server. Source: oa2013, rca2010, staticcas2010, wiki864."
netsh advfirewall firewall add rule name="msexchange.firewall msrpc-135-outlook-2010 in 7dcfac7c" dir=in action=allow enable=yes profile=any protocol=tcp localip=any remoteip=10.9.0.0/16 localport=59531-59532 description="Outlook to Client Access servers (2010), Mailboxes (RPC Client Access) and address book. Outlook opens mailboxes and the address book by RPC on a Client Access server. Source: oa2013, rca2010, staticcas2010, wiki864."
netsh advfirewall firewall add rule name="msexchange.firewall owa-im-5075-2010 in 4e63da52" dir=in action=allow enable=yes profile=any protocol=tcp localip=any remoteip=10.8.2.0/28 localport=5075-5077 description="Instant messages to Outlook Web App (2010). Communications Server or Lync delivers instant messages and presence to the web server that the user signed in on. Source: owaim2010, table2010."
goto :eof
:remove
netsh advfirewall firewall delete rule name="msexchange.firewall balancer-https-443-2007-2010 in b3128080"
netsh advfirewall firewall delete rule name="msexchange.firewall balancer-rpc-135-2010 in 9ebb8191"
netsh advfirewall firewall delete rule name="msexchange.firewall balancer-rpc-135-2010 in c7a5f465"
netsh advfirewall firewall delete rule name="msexchange.firewall balancer-rpc-135-clients-2010 in 5a1d9996"
netsh advfirewall firewall delete rule name="msexchange.firewall balancer-rpc-135-clients-2010 in c99ea866"
netsh advfirewall firewall delete rule name="msexchange.firewall boundary-servers in 9faad25b"
netsh advfirewall firewall delete rule name="msexchange.firewall client-http-80-2007-2010 in ef5f2886"
netsh advfirewall firewall delete rule name="msexchange.firewall client-https-443-2007-2010 in 58a1b0c8"
netsh advfirewall firewall delete rule name="msexchange.firewall client-https-443-internet-2007-2010 in df71d5b2"
netsh advfirewall firewall delete rule name="msexchange.firewall msrpc-135-outlook-2010 in 1115a9a4"
netsh advfirewall firewall delete rule name="msexchange.firewall msrpc-135-outlook-2010 in 7dcfac7c"
netsh advfirewall firewall delete rule name="msexchange.firewall owa-im-5075-2010 in 4e63da52"

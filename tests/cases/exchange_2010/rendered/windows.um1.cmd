@echo off
rem Written by msexchange.firewall for one host: read it, then run it there as administrator.
rem
rem   <this file>           adds what stands here, in place of rules of the same name
rem   <this file> remove    takes it away again
rem
rem When the plan has changed: run the file that you have with remove, then the new one.
rem For Windows Server 2008 R2. Windows Server 2008 takes it as well, but for ranges of ports, which came with R2.

if /i "%~1"=="remove" goto remove
netsh advfirewall firewall delete rule name="msexchange.firewall boundary-servers in 9faad25b" >nul 2>&1
netsh advfirewall firewall delete rule name="msexchange.firewall um-sip-2007-2010 in 1b1186a4" >nul 2>&1
netsh advfirewall firewall delete rule name="msexchange.firewall um-worker-2010 in 451f4ff9" >nul 2>&1
netsh advfirewall firewall delete rule name="msexchange.firewall um-worker-2010 in f1b07aea" >nul 2>&1
netsh advfirewall firewall add rule name="msexchange.firewall boundary-servers in 9faad25b" dir=in action=allow enable=yes profile=any protocol=any localip=any remoteip=10.0.0.1/32,10.0.0.11/32,10.0.0.2/32,10.0.0.21/32,10.0.0.31/32 description="Everything between internal servers. Microsoft supports no filter between the internal Exchange servers of an organization. Source: np2013, np2016, planha, support2013."
netsh advfirewall firewall add rule name="msexchange.firewall um-sip-2007-2010 in 1b1186a4" dir=in action=allow enable=yes profile=any protocol=tcp localip=any remoteip=10.8.1.0/28 localport=5060 description="Calls to unified messaging (2007, 2010). Gateways and telephone systems bring calls for voice mail and Outlook Voice Access. Source: um2007, umavaya, umbook2007, umport2010."
netsh advfirewall firewall add rule name="msexchange.firewall um-worker-2010 in 451f4ff9" dir=in action=allow enable=yes profile=any protocol=udp localip=any remoteip=10.8.1.0/28 localport=1024-65535 description="Redirected calls and their sound (2010), Sound (RTP or SRTP). The worker process of the Unified Messaging server plays greetings and records messages. Source: um2010, umavaya, umexam."
netsh advfirewall firewall add rule name="msexchange.firewall um-worker-2010 in f1b07aea" dir=in action=allow enable=yes profile=any protocol=tcp localip=any remoteip=10.8.1.0/28 localport=5065,5067 description="Redirected calls and their sound (2010). The worker process of the Unified Messaging server plays greetings and records messages. Source: um2010, umavaya, umexam."
goto :eof
:remove
netsh advfirewall firewall delete rule name="msexchange.firewall boundary-servers in 9faad25b"
netsh advfirewall firewall delete rule name="msexchange.firewall um-sip-2007-2010 in 1b1186a4"
netsh advfirewall firewall delete rule name="msexchange.firewall um-worker-2010 in 451f4ff9"
netsh advfirewall firewall delete rule name="msexchange.firewall um-worker-2010 in f1b07aea"

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
netsh advfirewall firewall delete rule name="msexchange.firewall client-submission-587-2007-2010 in 22b4efa4" >nul 2>&1
netsh advfirewall firewall delete rule name="msexchange.firewall edge-hub-25-2007-2010 in 219997fb" >nul 2>&1
netsh advfirewall firewall add rule name="msexchange.firewall boundary-servers in 9faad25b" dir=in action=allow enable=yes profile=any protocol=any localip=any remoteip=10.0.0.1/32,10.0.0.11/32,10.0.0.2/32,10.0.0.21/32,10.0.0.31/32 description="Everything between internal servers. Microsoft supports no filter between the internal Exchange servers of an organization. Source: np2013, np2016, planha, support2013."
netsh advfirewall firewall add rule name="msexchange.firewall client-submission-587-2007-2010 in 22b4efa4" dir=in action=allow enable=yes profile=any protocol=tcp localip=any remoteip=10.9.0.0/16 localport=587 description="Submission of mail, inside (2007, 2010). POP3 and IMAP4 clients and applications send mail after they signed in. Source: hubconn2010, ports2010, recvbook2007."
netsh advfirewall firewall add rule name="msexchange.firewall edge-hub-25-2007-2010 in 219997fb" dir=in action=allow enable=yes profile=any protocol=tcp localip=any remoteip=172.16.0.11/32 localport=25 description="Mail from Edge to the subscribed site (2007, 2010). The Edge server hands mail from outside to the Hub Transport servers of the site that it is subscribed to. Source: edgebook2007, isaedge2007, ref2007, ref2010."
goto :eof
:remove
netsh advfirewall firewall delete rule name="msexchange.firewall boundary-servers in 9faad25b"
netsh advfirewall firewall delete rule name="msexchange.firewall client-submission-587-2007-2010 in 22b4efa4"
netsh advfirewall firewall delete rule name="msexchange.firewall edge-hub-25-2007-2010 in 219997fb"

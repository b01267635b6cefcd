@echo off
rem Written by msexchange.firewall for one host: read it, then run it there as administrator.
rem
rem   <this file>           adds what stands here, in place of rules of the same name
rem   <this file> remove    takes it away again
rem
rem When the plan has changed: run the file that you have with remove, then the new one.
rem For Windows Server 2008 R2. Windows Server 2008 takes it as well, but for ranges of ports, which came with R2.

if /i "%~1"=="remove" goto remove
netsh advfirewall firewall delete rule name="msexchange.firewall edge-internet-in-25-2007-2010 in 5c1ac519" >nul 2>&1
netsh advfirewall firewall delete rule name="msexchange.firewall edgesync-50636-2007-2010 in 1ab2d7b2" >nul 2>&1
netsh advfirewall firewall delete rule name="msexchange.firewall hub-edge-25-2007-2010 in 6e6456d9" >nul 2>&1
netsh advfirewall firewall add rule name="msexchange.firewall edge-internet-in-25-2007-2010 in 5c1ac519" dir=in action=allow enable=yes profile=any protocol=tcp localip=any remoteip=1.0.0.0-10.0.0.0,10.0.0.12-10.0.0.20,10.0.0.22-10.0.0.30,10.0.0.3-10.0.0.10,10.0.0.32-10.0.1.0,10.0.1.101-10.8.0.255,10.0.1.2-10.0.1.99,10.10.0.0-126.255.255.255,10.8.1.16-10.8.1.255,10.8.2.16-10.8.255.255,128.0.0.0-172.16.0.10,172.16.0.12-172.16.0.52,172.16.0.54-223.255.255.255 localport=25 description="Mail from the Internet to Edge (2007, 2010). Other organizations deliver their mail. Source: edge2007, edgerecv2007, edgesub2010, isa2007, table2010."
netsh advfirewall firewall add rule name="msexchange.firewall edgesync-50636-2007-2010 in 1ab2d7b2" dir=in action=allow enable=yes profile=any protocol=tcp localip=any remoteip=10.0.0.11/32 localport=50636 description="EdgeSync (2007, 2010). Hub Transport servers of the subscribed site write recipients and configuration to the Edge server's directory. Source: edgebook2007, edgesub, isaedge2007, ref2010."
netsh advfirewall firewall add rule name="msexchange.firewall hub-edge-25-2007-2010 in 6e6456d9" dir=in action=allow enable=yes profile=any protocol=tcp localip=any remoteip=10.0.0.11/32 localport=25 description="Mail from the subscribed site to Edge (2007, 2010). Hub Transport servers of the subscribed site hand mail for outside to the Edge server. Source: edgebook2007, isaedge2007, ref2007, ref2010."
goto :eof
:remove
netsh advfirewall firewall delete rule name="msexchange.firewall edge-internet-in-25-2007-2010 in 5c1ac519"
netsh advfirewall firewall delete rule name="msexchange.firewall edgesync-50636-2007-2010 in 1ab2d7b2"
netsh advfirewall firewall delete rule name="msexchange.firewall hub-edge-25-2007-2010 in 6e6456d9"

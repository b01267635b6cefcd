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
netsh advfirewall firewall delete rule name="msexchange.firewall msrpc-135-public-folders-2010 in 6fc0766e" >nul 2>&1
netsh advfirewall firewall delete rule name="msexchange.firewall msrpc-135-public-folders-2010 in d21842b4" >nul 2>&1
netsh advfirewall firewall add rule name="msexchange.firewall boundary-servers in 9faad25b" dir=in action=allow enable=yes profile=any protocol=any localip=any remoteip=10.0.0.1/32,10.0.0.11/32,10.0.0.2/32,10.0.0.21/32,10.0.0.31/32 description="Everything between internal servers. Microsoft supports no filter between the internal Exchange servers of an organization. Source: np2013, np2016, planha, support2013."
netsh advfirewall firewall add rule name="msexchange.firewall msrpc-135-public-folders-2010 in 6fc0766e" dir=in action=allow enable=yes profile=any protocol=tcp localip=any remoteip=10.9.0.0/16 localport=RPC-EPMap description="Outlook to public folders (2010). Outlook opens public folders by RPC on the Mailbox server that holds them, past the Client Access servers. Source: rca2010, table2010, wiki864."
netsh advfirewall firewall add rule name="msexchange.firewall msrpc-135-public-folders-2010 in d21842b4" dir=in action=allow enable=yes profile=any protocol=tcp localip=any remoteip=10.9.0.0/16 localport=RPC description="Outlook to public folders (2010), Public folders (RPC Client Access on the Mailbox server). Outlook opens public folders by RPC on the Mailbox server that holds them, past the Client Access servers. Source: rca2010, table2010, wiki864."
goto :eof
:remove
netsh advfirewall firewall delete rule name="msexchange.firewall boundary-servers in 9faad25b"
netsh advfirewall firewall delete rule name="msexchange.firewall msrpc-135-public-folders-2010 in 6fc0766e"
netsh advfirewall firewall delete rule name="msexchange.firewall msrpc-135-public-folders-2010 in d21842b4"

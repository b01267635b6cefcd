# Written by msexchange.firewall for one host: read it, then run it there as administrator.
#
#   powershell.exe -File <this file>             brings the rules of the group to what stands here
#   powershell.exe -File <this file> -Remove     takes all rules of the group away again
#   powershell.exe -File <this file> -PolicyStore 'domain.example\Name of a GPO'
#                                                writes them into a Group Policy object instead
#
# Rules outside the group 'msexchange.firewall' are not touched. What is new is added before what is old is removed.
# A rule that stands here unchanged is left alone, so a second run changes nothing.
[CmdletBinding()]
param(
    [string]$PolicyStore = 'PersistentStore',
    [switch]$Remove
)
Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'
$group = 'msexchange.firewall'

$wanted = @(
    @{
        Name = 'msexchange.firewall-c371b12745d0e30f4c42c6f4'
        DisplayName = 'msexchange.firewall boundary-from-domain-controllers in 6d343f38'
        Description = 'Everything from domain controllers to internal servers. Microsoft supports no filter here, in either direction. Source: np2013, np2016, support2013.'
        Direction = 'Inbound'
        Action = 'Allow'
        Enabled = 'True'
        Protocol = 'Any'
        RemoteAddress = @('10.0.0.9/32')
    }
    @{
        Name = 'msexchange.firewall-b8f07823ca47adcead655969'
        DisplayName = 'msexchange.firewall boundary-servers in 9faad25b'
        Description = 'Everything between internal servers. Microsoft supports no filter between the internal Exchange servers of an organization. Source: np2013, np2016, planha, support2013.'
        Direction = 'Inbound'
        Action = 'Allow'
        Enabled = 'True'
        Protocol = 'Any'
        RemoteAddress = @(
            '10.0.0.1/32'
            '10.0.0.2/32'
        )
    }
    @{
        Name = 'msexchange.firewall-7330991fa5c6538021160339'
        DisplayName = 'msexchange.firewall client-https-443 in fc38d941'
        Description = 'Outlook, web and mobile access, inside. Everything that clients do goes over HTTPS, for example MAPI over HTTP, Outlook on the web, ActiveSync and EWS. Source: lb2016, np2016.'
        Direction = 'Inbound'
        Action = 'Allow'
        Enabled = 'True'
        Protocol = 'TCP'
        LocalPort = @('443')
        RemoteAddress = @('10.9.0.0/16')
    }
    @{
        Name = 'msexchange.firewall-34caee9c507c324ac24c7315'
        DisplayName = 'msexchange.firewall edge-mailbox-25 in d0c52c2b'
        Description = 'Mail from Edge to the subscribed site. The Edge server hands mail from outside to the Mailbox servers of the site that it is subscribed to. Source: edge2013, edgesub, np2013, np2016, recv2016.'
        Direction = 'Inbound'
        Action = 'Allow'
        Enabled = 'True'
        Protocol = 'TCP'
        LocalPort = @('25')
        RemoteAddress = @('172.16.0.11/32')
    }
    @{
        Name = 'msexchange.firewall-b81611d70696cb17f7e1d27a'
        DisplayName = 'msexchange.firewall invoices-relay-2525 in b65a7cec'
        Description = 'Relay for invoices. The billing system sends invoices by mail.'
        Direction = 'Inbound'
        Action = 'Allow'
        Enabled = 'True'
        Protocol = 'TCP'
        LocalPort = @('2525')
        RemoteAddress = @('10.7.0.0/28')
    }
    @{
        Name = 'msexchange.firewall-bcc543d3c686a105485a5043'
        DisplayName = 'msexchange.firewall monitoring-agents in 80bd9d90'
        Description = 'Monitoring. The monitoring system asks its agents, and the agents report changes.'
        Direction = 'Inbound'
        Action = 'Allow'
        Enabled = 'True'
        Protocol = 'TCP'
        LocalPort = @('6556')
        RemoteAddress = @('10.8.0.5/32')
    }
)

if ($Remove) { $wanted = @() }
$have = @(Get-NetFirewallRule -PolicyStore $PolicyStore | Where-Object { $_.Group -eq $group })
$names = @($have | ForEach-Object { $_.Name })
foreach ($rule in $wanted) {
    if ($names -notcontains $rule['Name']) {
        New-NetFirewallRule -PolicyStore $PolicyStore -Group $group @rule | Out-Null
    }
}
$keep = @($wanted | ForEach-Object { $_['Name'] })
foreach ($rule in $have) {
    if ($keep -notcontains $rule.Name) { $rule | Remove-NetFirewallRule }
}

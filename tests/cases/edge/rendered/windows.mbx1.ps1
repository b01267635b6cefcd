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
        Name = 'msexchange.firewall-29d3c19d5fb9e885bb3094f7'
        DisplayName = 'msexchange.firewall admin-https-443 in 028ef1eb'
        Description = 'Exchange admin center. Administrators manage Exchange in a browser. Source: lb2016.'
        Direction = 'Inbound'
        Action = 'Allow'
        Enabled = 'True'
        Protocol = 'TCP'
        LocalPort = @('443')
        RemoteAddress = @('10.9.200.0/24')
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
        Name = 'msexchange.firewall-450bb5d9e15afac27511ae33'
        DisplayName = 'msexchange.firewall edge-mailbox-25 in fde7f0d3'
        Description = 'Mail from Edge to the subscribed site. The Edge server hands mail from outside to the Mailbox servers of the site that it is subscribed to. Source: edge2013, edgesub, np2013, np2016, recv2016.'
        Direction = 'Inbound'
        Action = 'Allow'
        Enabled = 'True'
        Protocol = 'TCP'
        LocalPort = @('25')
        RemoteAddress = @('172.16.0.11/32')
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

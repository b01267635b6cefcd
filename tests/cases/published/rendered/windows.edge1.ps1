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
        Name = 'msexchange.firewall-ea39a442abf09bf149626175'
        DisplayName = 'msexchange.firewall edge-internet-in-25 in 4d26c499'
        Description = 'Mail from the Internet to Edge. Other organizations deliver their mail. Source: edge2013, np2013, np2016, recv2016.'
        Direction = 'Inbound'
        Action = 'Allow'
        Enabled = 'True'
        Protocol = 'TCP'
        LocalPort = @('25')
        RemoteAddress = @(
            '1.0.0.0-10.0.0.0'
            '10.0.0.2-126.255.255.255'
            '128.0.0.0-172.16.20.0'
            '172.16.20.2-223.255.255.255'
        )
    }
    @{
        Name = 'msexchange.firewall-74620ade42d5107354888626'
        DisplayName = 'msexchange.firewall edgesync-50636 in 42e45457'
        Description = 'EdgeSync. Mailbox servers of the subscribed site write recipients and configuration to the Edge server''s directory. Source: edge2013, edgeflow2013, edgesub, np2013, np2016.'
        Direction = 'Inbound'
        Action = 'Allow'
        Enabled = 'True'
        Protocol = 'TCP'
        LocalPort = @('50636')
        RemoteAddress = @('10.0.0.1/32')
    }
    @{
        Name = 'msexchange.firewall-e48284b33878ef68b3771aac'
        DisplayName = 'msexchange.firewall mailbox-edge-25 in 554bc3e5'
        Description = 'Mail from the subscribed site to Edge. Mailbox servers of the subscribed site hand mail for outside to the Edge server. Source: edge2013, edgesub, np2013, np2016.'
        Direction = 'Inbound'
        Action = 'Allow'
        Enabled = 'True'
        Protocol = 'TCP'
        LocalPort = @('25')
        RemoteAddress = @('10.0.0.1/32')
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

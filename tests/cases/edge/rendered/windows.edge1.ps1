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
        Name = 'msexchange.firewall-4199a9f65734face164228b3'
        DisplayName = 'msexchange.firewall edge-internet-in-25 in 4d26c499'
        Description = 'Mail from the Internet to Edge. Other organizations deliver their mail. Source: edge2013, np2013, np2016, recv2016.'
        Direction = 'Inbound'
        Action = 'Allow'
        Enabled = 'True'
        Protocol = 'TCP'
        LocalPort = @('25')
        RemoteAddress = @(
            '1.0.0.0-10.0.0.0'
            '10.0.0.3-10.9.199.255'
            '10.9.201.0-126.255.255.255'
            '128.0.0.0-172.16.0.10'
            '172.16.0.12-172.16.0.52'
            '172.16.0.54-223.255.255.255'
        )
    }
    @{
        Name = 'msexchange.firewall-01c178d0a9951e5c637e65f4'
        DisplayName = 'msexchange.firewall edge-rdp-3389 in 740b51af'
        Description = 'Remote desktop to Edge. Administrators manage the Edge server from inside, since it is no member of the domain. Source: edge2013.'
        Direction = 'Inbound'
        Action = 'Allow'
        Enabled = 'True'
        Protocol = 'TCP'
        LocalPort = @('3389')
        RemoteAddress = @('10.9.200.0/24')
    }
    @{
        Name = 'msexchange.firewall-9123b77de56d3c5bc90059a3'
        DisplayName = 'msexchange.firewall edgesync-50636 in 9b4615b0'
        Description = 'EdgeSync. Mailbox servers of the subscribed site write recipients and configuration to the Edge server''s directory. Source: edge2013, edgeflow2013, edgesub, np2013, np2016.'
        Direction = 'Inbound'
        Action = 'Allow'
        Enabled = 'True'
        Protocol = 'TCP'
        LocalPort = @('50636')
        RemoteAddress = @('10.0.0.1/32')
    }
    @{
        Name = 'msexchange.firewall-8fbdb314935fe1d16fc8d1a1'
        DisplayName = 'msexchange.firewall mailbox-edge-25 in 6a747ac2'
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

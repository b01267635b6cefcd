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
        Name = 'msexchange.firewall-2a54c6b30763422cc846f68b'
        DisplayName = 'msexchange.firewall edge-internet-in-25 in 4d26c499'
        Description = 'Mail from the Internet to Edge. Other organizations deliver their mail. Source: edge2013, np2013, np2016, recv2016.'
        Direction = 'Inbound'
        Action = 'Allow'
        Enabled = 'True'
        Protocol = 'TCP'
        LocalPort = @('25')
        RemoteAddress = @(
            '2001:db8:1::2-2001:db8:2::'
            '2001:db8:2::2-2001:db8:8:ffff:ffff:ffff:ffff:ffff'
            '2001:db8:53:1::-feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'
            '2001:db8:a::-2001:db8:52:ffff:ffff:ffff:ffff:ffff'
            '::2-2001:db8:1::'
        )
    }
    @{
        Name = 'msexchange.firewall-6eba7876a738ee3daa528985'
        DisplayName = 'msexchange.firewall edgesync-50636 in 42e45457'
        Description = 'EdgeSync. Mailbox servers of the subscribed site write recipients and configuration to the Edge server''s directory. Source: edge2013, edgeflow2013, edgesub, np2013, np2016.'
        Direction = 'Inbound'
        Action = 'Allow'
        Enabled = 'True'
        Protocol = 'TCP'
        LocalPort = @('50636')
        RemoteAddress = @('2001:db8:1::1/128')
    }
    @{
        Name = 'msexchange.firewall-b3bc3c47063e5217931b2b98'
        DisplayName = 'msexchange.firewall mailbox-edge-25 in 554bc3e5'
        Description = 'Mail from the subscribed site to Edge. Mailbox servers of the subscribed site hand mail for outside to the Edge server. Source: edge2013, edgesub, np2013, np2016.'
        Direction = 'Inbound'
        Action = 'Allow'
        Enabled = 'True'
        Protocol = 'TCP'
        LocalPort = @('25')
        RemoteAddress = @('2001:db8:1::1/128')
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

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
        Name = 'msexchange.firewall-cf479c546e6d80fd7bc9a0a8'
        DisplayName = 'msexchange.firewall balancer-https-443 in d8ea4191'
        Description = 'Outlook, web and mobile access, balancer to servers. The balancer passes clients on. Source: lb2016.'
        Direction = 'Inbound'
        Action = 'Allow'
        Enabled = 'True'
        Protocol = 'TCP'
        LocalPort = @('443')
        RemoteAddress = @(
            '10.0.1.1/32'
            '10.0.1.2/32'
        )
    }
    @{
        Name = 'msexchange.firewall-17da8f4933c7b2b8bb434adf'
        DisplayName = 'msexchange.firewall balancer-smtp-25 in bd0bf8a4'
        Description = 'Mail, balancer to servers. The balancer passes mail on. Source: lb2016.'
        Direction = 'Inbound'
        Action = 'Allow'
        Enabled = 'True'
        Protocol = 'TCP'
        LocalPort = @('25')
        RemoteAddress = @(
            '10.0.1.1/32'
            '10.0.1.2/32'
        )
    }
    @{
        Name = 'msexchange.firewall-b8822573c05109bb9329bde2'
        DisplayName = 'msexchange.firewall boundary-servers in 9faad25b'
        Description = 'Everything between internal servers. Microsoft supports no filter between the internal Exchange servers of an organization. Source: np2013, np2016, planha, support2013.'
        Direction = 'Inbound'
        Action = 'Allow'
        Enabled = 'True'
        Protocol = 'Any'
        RemoteAddress = @(
            '10.0.0.1/32'
            '10.0.0.2/32'
            '10.0.0.3/32'
        )
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

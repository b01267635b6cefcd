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
        Name = 'msexchange.firewall-4b8790beef2841d46551ff10'
        DisplayName = 'msexchange.firewall client-https-443-internet in da4f7acf'
        Description = 'Outlook, web and mobile access, from the Internet. Clients outside reach their mailbox. Source: lb2016, np2016.'
        Direction = 'Inbound'
        Action = 'Allow'
        Enabled = 'True'
        Protocol = 'TCP'
        LocalPort = @('443')
        RemoteAddress = @(
            '1.0.0.0-10.0.0.0'
            '10.0.0.2-10.8.255.255'
            '10.10.0.0-126.255.255.255'
            '128.0.0.0-223.255.255.255'
        )
    }
    @{
        Name = 'msexchange.firewall-3a539afe9d02d2efc63576aa'
        DisplayName = 'msexchange.firewall management in fa54cd12'
        Description = 'Ansible''s own connections. Keeps the way open by which these rules can be changed again (exchange_management_networks).'
        Direction = 'Inbound'
        Action = 'Allow'
        Enabled = 'True'
        Protocol = 'TCP'
        LocalPort = @('22')
        RemoteAddress = @('10.99.0.0/24')
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

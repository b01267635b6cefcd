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
        Name = 'msexchange.firewall-0ce9ea3c10bc2bddcaca993e'
        DisplayName = 'msexchange.firewall hybrid-in-443 in cf9e9763'
        Description = 'Calls from Exchange Online. Exchange Online asks for free/busy times and MailTips, and moves mailboxes. Source: hcwoptions, hybrid.'
        Direction = 'Inbound'
        Action = 'Allow'
        Enabled = 'True'
        Protocol = 'TCP'
        LocalPort = @('443')
        RemoteAddress = @(
            '198.51.100.0/25'
            '198.51.100.128/26'
            '2001:db8:365::/48'
            '2001:db8:366::/48'
        )
    }
    @{
        Name = 'msexchange.firewall-dfb75c57b5af2621576ba0d2'
        DisplayName = 'msexchange.firewall hybrid-mail-in-25 in aa641620'
        Description = 'Mail from Exchange Online. Exchange Online delivers mail for mailboxes here, as from inside the organization. Source: hybedge, hybrid, hybtrouble, recv2016.'
        Direction = 'Inbound'
        Action = 'Allow'
        Enabled = 'True'
        Protocol = 'TCP'
        LocalPort = @('25')
        RemoteAddress = @(
            '198.51.100.0/25'
            '198.51.100.128/26'
            '2001:db8:365::/48'
            '2001:db8:366::/48'
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

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
        Name = 'msexchange.firewall-0513e6b28eec818088e140dd'
        DisplayName = 'msexchange.firewall balancer-https-443 in 39dc7930'
        Description = 'Outlook, web and mobile access, balancer to servers. The balancer passes clients on. Source: lb2016.'
        Direction = 'Inbound'
        Action = 'Allow'
        Enabled = 'True'
        Protocol = 'TCP'
        LocalPort = @('443')
        RemoteAddress = @('10.0.1.1/32')
    }
    @{
        Name = 'msexchange.firewall-dda0a21fc4655f335f230197'
        DisplayName = 'msexchange.firewall balancer-smtp-25 in 1c2e769a'
        Description = 'Mail, balancer to servers. The balancer passes mail on. Source: lb2016.'
        Direction = 'Inbound'
        Action = 'Allow'
        Enabled = 'True'
        Protocol = 'TCP'
        LocalPort = @('25')
        RemoteAddress = @('10.0.1.1/32')
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
        Name = 'msexchange.firewall-29902fb2a89f969268180beb'
        DisplayName = 'msexchange.firewall hybrid-in-443 in cf9e9763'
        Description = 'Calls from Exchange Online. Exchange Online asks for free/busy times and MailTips, and moves mailboxes. Source: hcwoptions, hybrid.'
        Direction = 'Inbound'
        Action = 'Allow'
        Enabled = 'True'
        Protocol = 'TCP'
        LocalPort = @('443')
        RemoteAddress = @('198.51.100.0/24')
    }
    @{
        Name = 'msexchange.firewall-dd2cbfe2e8c8dc7b6e3eb207'
        DisplayName = 'msexchange.firewall hybrid-mail-in-25 in aa641620'
        Description = 'Mail from Exchange Online. Exchange Online delivers mail for mailboxes here, as from inside the organization. Source: hybedge, hybrid, hybtrouble, recv2016.'
        Direction = 'Inbound'
        Action = 'Allow'
        Enabled = 'True'
        Protocol = 'TCP'
        LocalPort = @('25')
        RemoteAddress = @('198.51.100.0/24')
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

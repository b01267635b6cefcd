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
        Name = 'msexchange.firewall-5b28583ab37fb0f7e7cdd3f2'
        DisplayName = 'msexchange.firewall boundary-from-domain-controllers in 6d343f38'
        Description = 'Everything from domain controllers to internal servers. Microsoft supports no filter here, in either direction. Source: np2013, np2016, support2013.'
        Direction = 'Inbound'
        Action = 'Allow'
        Enabled = 'True'
        Protocol = 'Any'
        RemoteAddress = @('10.0.0.2/32')
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
        Name = 'msexchange.firewall-45f2eb6f72eeaca61b15c831'
        DisplayName = 'msexchange.firewall client-https-443-internet in da4f7acf'
        Description = 'Outlook, web and mobile access, from the Internet. Clients outside reach their mailbox. Source: lb2016, np2016.'
        Direction = 'Inbound'
        Action = 'Allow'
        Enabled = 'True'
        Protocol = 'TCP'
        LocalPort = @('443')
        RemoteAddress = @(
            '1.0.0.0-10.0.0.0'
            '10.0.0.3-10.8.255.255'
            '10.10.0.0-126.255.255.255'
            '128.0.0.0-223.255.255.255'
        )
    }
    @{
        Name = 'msexchange.firewall-b8f6e0c2b75731d3a9626975'
        DisplayName = 'msexchange.firewall client-pop3 in 830cc5ec'
        Description = 'POP3, inside. POP3 clients fetch their mail. Source: lb2016, np2016, pop2016.'
        Direction = 'Inbound'
        Action = 'Allow'
        Enabled = 'True'
        Protocol = 'TCP'
        LocalPort = @(
            '110'
            '995'
        )
        RemoteAddress = @('10.9.0.0/16')
    }
    @{
        Name = 'msexchange.firewall-6017c2961a2a45e8c275dc2a'
        DisplayName = 'msexchange.firewall client-submission-587 in 85a7e834'
        Description = 'Submission of mail, inside. POP3 and IMAP4 clients and applications send mail after they signed in. Source: lb2016, np2016, recv2016, smtpauth.'
        Direction = 'Inbound'
        Action = 'Allow'
        Enabled = 'True'
        Protocol = 'TCP'
        LocalPort = @('587')
        RemoteAddress = @('10.9.0.0/16')
    }
    @{
        Name = 'msexchange.firewall-c9d819ddd67d133fa9422451'
        DisplayName = 'msexchange.firewall mail-internet-in-25 in c0317729'
        Description = 'Mail from the Internet. Other organizations deliver their mail. Source: lb2016, np2016, recv2016.'
        Direction = 'Inbound'
        Action = 'Allow'
        Enabled = 'True'
        Protocol = 'TCP'
        LocalPort = @('25')
        RemoteAddress = @(
            '1.0.0.0-10.0.0.0'
            '10.0.0.3-10.8.255.255'
            '10.10.0.0-126.255.255.255'
            '128.0.0.0-223.255.255.255'
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

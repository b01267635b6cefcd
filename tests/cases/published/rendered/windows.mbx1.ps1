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
        Name = 'msexchange.firewall-fa5d49c2e1fffd4caf80d020'
        DisplayName = 'msexchange.firewall client-https-443-internet in da4f7acf'
        Description = 'Outlook, web and mobile access, from the Internet. Clients outside reach their mailbox. Source: lb2016, np2016.'
        Direction = 'Inbound'
        Action = 'Allow'
        Enabled = 'True'
        Protocol = 'TCP'
        LocalPort = @('443')
        RemoteAddress = @(
            '1.0.0.0-10.0.0.0'
            '10.0.0.2-126.255.255.255'
            '128.0.0.0-172.16.20.0'
            '172.16.20.2-223.255.255.255'
        )
    }
    @{
        Name = 'msexchange.firewall-18cf862de70d0ee98a028677'
        DisplayName = 'msexchange.firewall edge-mailbox-25 in d0c52c2b'
        Description = 'Mail from Edge to the subscribed site. The Edge server hands mail from outside to the Mailbox servers of the site that it is subscribed to. Source: edge2013, edgesub, np2013, np2016, recv2016.'
        Direction = 'Inbound'
        Action = 'Allow'
        Enabled = 'True'
        Protocol = 'TCP'
        LocalPort = @('25')
        RemoteAddress = @('172.16.20.1/32')
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

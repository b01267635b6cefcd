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
        Name = 'msexchange.firewall-cb2f8eaada89c6fbe791259e'
        DisplayName = 'msexchange.firewall witness-135 in 3a1f8a3b'
        Description = 'Set-up of the witness, WMI. The directory and the share of the witness are made through WMI when a group gets its witness. Source: managedags.'
        Direction = 'Inbound'
        Action = 'Allow'
        Enabled = 'True'
        Protocol = 'TCP'
        LocalPort = @('RPC')
        RemoteAddress = @(
            '10.1.0.1/32'
            '10.2.0.1/32'
            '10.2.0.2/32'
        )
    }
    @{
        Name = 'msexchange.firewall-08a946147857037b5fe6f7b9'
        DisplayName = 'msexchange.firewall witness-135 in b8421a23'
        Description = 'Set-up of the witness. The directory and the share of the witness are made through WMI when a group gets its witness. Source: managedags.'
        Direction = 'Inbound'
        Action = 'Allow'
        Enabled = 'True'
        Protocol = 'TCP'
        LocalPort = @('RPCEPMap')
        RemoteAddress = @(
            '10.1.0.1/32'
            '10.2.0.1/32'
            '10.2.0.2/32'
        )
    }
    @{
        Name = 'msexchange.firewall-d081614c9fbde8eb4b59b5be'
        DisplayName = 'msexchange.firewall witness-445 in 5646c179'
        Description = 'Witness share. Members hold a lock on the witness to keep a majority. Source: managedags.'
        Direction = 'Inbound'
        Action = 'Allow'
        Enabled = 'True'
        Protocol = 'TCP'
        LocalPort = @('445')
        RemoteAddress = @(
            '10.1.0.1/32'
            '10.2.0.1/32'
            '10.2.0.2/32'
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

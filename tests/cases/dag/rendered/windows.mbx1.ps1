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
        Name = 'msexchange.firewall-fb5ab1517d801cf42d8cdd43'
        DisplayName = 'msexchange.firewall boundary-servers in 9faad25b'
        Description = 'Everything between internal servers. Microsoft supports no filter between the internal Exchange servers of an organization. Source: np2013, np2016, planha, support2013.'
        Direction = 'Inbound'
        Action = 'Allow'
        Enabled = 'True'
        Protocol = 'Any'
        LocalAddress = @('10.1.0.1/32')
        RemoteAddress = @(
            '10.1.0.1/32'
            '10.2.0.1/32'
            '10.2.0.2/32'
        )
    }
    @{
        Name = 'msexchange.firewall-32bb1469d815d609b5180174'
        DisplayName = 'msexchange.firewall cluster-3343-tcp-replication in f301e9a8'
        Description = 'Cluster, a node joins, replication network. The cluster service of a node that joins is called over TCP. Source: ccrnet2007, kb832017.'
        Direction = 'Inbound'
        Action = 'Allow'
        Enabled = 'True'
        Protocol = 'TCP'
        LocalPort = @('3343')
        LocalAddress = @('10.1.8.1/32')
        RemoteAddress = @(
            '10.1.8.1/32'
            '10.2.8.1/32'
        )
    }
    @{
        Name = 'msexchange.firewall-61050cfd45a614d4d54aee7c'
        DisplayName = 'msexchange.firewall cluster-3343-udp-replication in 1ee07ae2'
        Description = 'Cluster heartbeat, replication network. Nodes watch whether the others are alive. Source: ccrnet2007, kb832017, ports2010.'
        Direction = 'Inbound'
        Action = 'Allow'
        Enabled = 'True'
        Protocol = 'UDP'
        LocalPort = @('3343')
        LocalAddress = @('10.1.8.1/32')
        RemoteAddress = @(
            '10.1.8.1/32'
            '10.2.8.1/32'
        )
    }
    @{
        Name = 'msexchange.firewall-80ee6e904e2eb7bf978b9144'
        DisplayName = 'msexchange.firewall cluster-echo-replication in 3c1f585b'
        Description = 'Echo request, replication network. Validation of a cluster checks that nodes reach each other on every network. Source: ccrnet2007, kb832017.'
        Direction = 'Inbound'
        Action = 'Allow'
        Enabled = 'True'
        Protocol = 'ICMPv4'
        LocalAddress = @('10.1.8.1/32')
        RemoteAddress = @(
            '10.1.8.1/32'
            '10.2.8.1/32'
        )
        IcmpType = @('8')
    }
    @{
        Name = 'msexchange.firewall-8d628cbe94454f8418a4ffd8'
        DisplayName = 'msexchange.firewall dag-64327-replication in 4f677c12'
        Description = 'Log shipping and seeding, replication network. Members copy each other''s transaction logs and databases. Source: dagprops, manageha, planha, ports2010.'
        Direction = 'Inbound'
        Action = 'Allow'
        Enabled = 'True'
        Protocol = 'TCP'
        LocalPort = @('64327')
        LocalAddress = @('10.1.8.1/32')
        RemoteAddress = @(
            '10.1.8.1/32'
            '10.2.8.1/32'
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

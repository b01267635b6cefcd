# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

#AnsibleRequires -PowerShell ..module_utils.FirewallStore
#AnsibleRequires -PowerShell ..module_utils.FirewallForms

# Rules as tables of their values: read from this host, made for it, compared. Writes nothing to the store. Runs on
# Windows PowerShell 5.1 and PowerShell 7.

Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'

# Rules with exactly this group are ours; no other rule is ever written to.
$script:Group = 'msexchange.firewall'

# What a rule consists of, in the order in which COM must be given it (a protocol before its ports and ICMP types).
#   Option    the key in our form of a rule, as the module documents it
#   Property  the property of INetFwRule3
#   Kind      its forms, in FirewallForms
#   Compare   exact, or caseless for what Windows does not tell apart by case
#   Default   what a fresh rule has anyway: it is not written, and not shown to a person. Without one, both is done
#   Only      protocols that have the property at all
# What has no option in the module (interfaces, lists of users) is read and compared: ours have the defaults there.
$script:Properties = @(
    @{ Option = 'name'; Property = 'Name'; Kind = 'text' }
    @{ Option = 'description'; Property = 'Description'; Kind = 'text'; Default = '' }
    @{ Option = 'program'; Property = 'ApplicationName'; Kind = 'text'; Default = ''; Compare = 'caseless' }
    @{ Option = 'service'; Property = 'ServiceName'; Kind = 'text'; Default = ''; Compare = 'caseless' }
    @{ Option = 'protocol'; Property = 'Protocol'; Kind = 'protocol' }
    @{ Option = 'direction'; Property = 'Direction'; Kind = 'direction' }
    @{ Option = 'profiles'; Property = 'Profiles'; Kind = 'profiles' }
    @{ Option = 'action'; Property = 'Action'; Kind = 'action' }
    @{ Option = 'enabled'; Property = 'Enabled'; Kind = 'flag' }
    @{ Option = 'local_addresses'; Property = 'LocalAddresses'; Kind = 'addresses' }
    @{ Option = 'remote_addresses'; Property = 'RemoteAddresses'; Kind = 'addresses' }
    @{ Option = 'local_ports'; Property = 'LocalPorts'; Kind = 'ports'; Default = ''; Only = 'tcp', 'udp' }
    @{ Option = 'remote_ports'; Property = 'RemotePorts'; Kind = 'ports'; Default = ''; Only = 'tcp', 'udp' }
    @{ Option = 'icmp_types'; Property = 'IcmpTypesAndCodes'; Kind = 'words'; Default = ''; Only = 'icmpv4', 'icmpv6' }
    @{ Option = 'edge_traversal'; Property = 'EdgeTraversalOptions'; Kind = 'traversal'; Default = 'block' }
    @{ Option = 'interface_types'; Property = 'InterfaceTypes'; Kind = 'words'; Default = 'All' }
    @{ Option = 'interfaces'; Property = 'Interfaces'; Kind = 'names'; Default = '' }
    @{ Option = 'secure_flags'; Property = 'SecureFlags'; Kind = 'number'; Default = '0' }
    @{ Option = 'app_package'; Property = 'LocalAppPackageId'; Kind = 'text'; Default = '' }
    @{ Option = 'local_owner'; Property = 'LocalUserOwner'; Kind = 'text'; Default = '' }
    @{ Option = 'local_users'; Property = 'LocalUserAuthorizedList'; Kind = 'text'; Default = '' }
    @{ Option = 'remote_users'; Property = 'RemoteUserAuthorizedList'; Kind = 'text'; Default = '' }
    @{ Option = 'remote_machines'; Property = 'RemoteMachineAuthorizedList'; Kind = 'text'; Default = '' }
)

function Get-PropertyTable {
    <# .SYNOPSIS What a rule consists of, a table a property. #>
    , $script:Properties
}

function Get-OwnedRule {
    <# .SYNOPSIS The rules of this host that are ours, each with its values. #>
    param([Parameter(Mandatory)][object]$Collection)

    foreach ($rule in (Find-GroupRule -Collection $Collection -Group $script:Group)) {
        @{ Rule = $rule; Facts = (Read-Rule -Rule $rule) }
    }
}

function Read-Rule {
    <# .SYNOPSIS Our form of a rule, stored or detached. #>
    param([Parameter(Mandatory)][object]$Rule, [string]$Name = '')

    $facts = [ordered]@{}
    foreach ($row in $script:Properties) {
        $value = $null
        $applies = -not $row.ContainsKey('Only') -or $row.Only -contains $facts['protocol']
        if ($applies -and (Test-RuleProperty -Rule $Rule -Property $row.Property)) {
            $value = Get-RuleProperty -Rule $Rule -Property $row.Property -Name $Name
        }
        elseif ($row.ContainsKey('Default')) { $value = $row.Default }
        $facts[$row.Option] = ConvertFrom-ComValue -Kind $row.Kind -Value (Get-ReadableValue -Row $row -Value $value)
        if (-not $Name -and $row.Option -eq 'name') { $Name = $facts['name'] }
    }
    $facts
}

function Get-ReadableValue {
    <# .SYNOPSIS The value as its kind reads it: where the property is missing, a word stands for its number. #>
    param([Parameter(Mandatory)][hashtable]$Row, [AllowNull()][object]$Value)

    if ($Row.Kind -eq 'traversal' -and $Value -is [string]) {
        return ConvertTo-ComValue -Kind $Row.Kind -Value $Value
    }
    , $Value
}

function New-WantedRule {
    <#
    .SYNOPSIS
    A detached rule with the wanted values, and these values as this host spells them.
    #>
    param([Parameter(Mandatory)][System.Collections.IDictionary]$Wanted)

    $rule = New-DetachedRule
    $name = $Wanted['name']
    foreach ($row in $script:Properties) {
        if ($Wanted.Keys -notcontains $row.Option) { continue }
        $value = $Wanted[$row.Option]
        if ($row.ContainsKey('Default') -and (@($value) -join ',') -eq $row.Default) { continue }
        $value = ConvertTo-ComValue -Kind $row.Kind -Value $value
        Set-RuleProperty -Rule $rule -Property $row.Property -Value $value -Name $name
    }
    Set-RuleProperty -Rule $rule -Property 'Grouping' -Value $script:Group -Name $name
    @{ Rule = $rule; Facts = (Read-Rule -Rule $rule -Name $name) }
}

function Compare-Rule {
    <# .SYNOPSIS The options in which two rules differ. #>
    param([Parameter(Mandatory)][object]$First, [Parameter(Mandatory)][object]$Second)

    foreach ($row in $script:Properties) {
        $one = @($First[$row.Option]) -join "`n"
        $two = @($Second[$row.Option]) -join "`n"
        $caseless = $row.ContainsKey('Compare') -and $row.Compare -eq 'caseless'
        $same = if ($caseless) { $one -eq $two } else { $one -ceq $two }
        if (-not $same) { $row.Option }
    }
}

function Compare-RuleSet {
    <#
    .SYNOPSIS
    What has to be done to come from the held rules to the wanted ones.
    .DESCRIPTION
    A rule is never edited where that could open or close anything: between two puts it would be neither the old nor the
    new one. The new rule is added complete, and the old one removed at the end. Only descriptions are edited.
    #>
    param(
        [Parameter(Mandatory)][AllowEmptyCollection()][object[]]$Held,
        [Parameter(Mandatory)][AllowEmptyCollection()][object[]]$Wanted
    )

    $left = New-Object -TypeName 'System.Collections.Generic.Dictionary[string,object]'
    foreach ($one in $Wanted) {
        # the rules of before may have a name twice; those that anybody sends do not
        $key = $one.Facts['name']
        while ($left.ContainsKey($key)) { $key += [char]0 }
        $left[$key] = $one
    }
    $work = @{ Add = @(); Replace = @(); Describe = @(); Remove = @(); Same = @() }
    foreach ($one in $Held) {
        $name = $one.Facts['name']
        if (-not $left.ContainsKey($name)) { $work.Remove += $one; continue }
        $pair = @{ Old = $one; New = $left[$name] }
        [void]$left.Remove($name)
        $differing = @(Compare-Rule -First $one.Facts -Second $pair.New.Facts)
        if (-not $differing.Count) { $work.Same += $one }
        elseif ($differing.Count -eq 1 -and $differing[0] -eq 'description' -and $pair.New.Facts['description']) {
            $work.Describe += $pair
        }
        else { $work.Replace += $pair }
    }
    $work.Add = @($left.Values)
    $work
}

Export-ModuleMember -Function Get-PropertyTable, Get-OwnedRule, Read-Rule, New-WantedRule, Compare-Rule,
Compare-RuleSet

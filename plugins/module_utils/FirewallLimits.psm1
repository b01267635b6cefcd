# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

#AnsibleRequires -PowerShell ..module_utils.FirewallStore
#AnsibleRequires -PowerShell ..module_utils.FirewallForms

# What Windows would refuse, and what would open more than was meant: found in the wanted rules before anything is
# written. Pure. Runs on Windows PowerShell 5.1 and PowerShell 7.

Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'

# [MS-FASP] 2.2.37 for texts; 2.2.5 to 2.2.31 for lists, whose 1,000 entries people also met as the limit in practice.
$script:Texts = [ordered]@{
    name        = @{ Longest = 9999; Forbidden = '|' }
    description = @{ Longest = 9999; Forbidden = '|' }
    program     = @{ Longest = 259; Forbidden = '/*?"<>|' }
    service     = @{ Longest = 259; Forbidden = '/\|' }
}
$script:Lists = 'local_addresses', 'remote_addresses', 'local_ports', 'remote_ports', 'icmp_types'
$script:LongestList = 1000
$script:Prefix = 'msexchange.firewall '

function Assert-WantedRule {
    <# .SYNOPSIS Refuses the wanted rules with everything that is wrong with them, a line each. #>
    param([Parameter(Mandatory)][AllowEmptyCollection()][object[]]$Wanted)

    $names = New-Object -TypeName 'System.Collections.Generic.HashSet[string]'
    $found = foreach ($rule in $Wanted) {
        Get-TextFault -Rule $rule
        Get-ListFault -Rule $rule
        Get-ProtocolFault -Rule $rule
        Get-DirectionFault -Rule $rule
        if (-not $names.Add($rule['name'].ToLowerInvariant())) {
            New-RuleFault -Rule $rule -Option 'name' -Text 'two rules have this name' -Code 'windows-name-twice'
        }
    }
    if ($null -ne $found) { throw (Join-FirewallException -Faults @($found)) }
}

function New-RuleFault {
    <# .SYNOPSIS One fault of one rule. #>
    param(
        [Parameter(Mandatory)][object]$Rule,
        [Parameter(Mandatory)][string]$Option,
        [Parameter(Mandatory)][string]$Text,
        [Parameter(Mandatory)][string]$Code
    )

    $shown = [string]$Rule['name']
    if ($shown.Length -gt 80) { $shown = $shown.Substring(0, 80) + '...' }
    New-FirewallException -Text "Rule `"$shown`", $Option`: $Text." -Code $Code
}

function Get-TextFault {
    param([Parameter(Mandatory)][object]$Rule)

    if (-not $Rule['name'].StartsWith($script:Prefix, [System.StringComparison]::Ordinal)) {
        New-RuleFault -Rule $Rule -Option 'name' -Code 'windows-bad-name' -Text (
            "names of our rules begin with `"$($script:Prefix)`"")
    }
    foreach ($option in $script:Texts.Keys) {
        $limit = $script:Texts[$option]
        $value = [string]$Rule[$option]
        if ($value.Length -gt $limit.Longest) {
            New-RuleFault -Rule $Rule -Option $option -Code 'windows-text-too-long' -Text (
                "$($value.Length) characters, and Windows takes $($limit.Longest)")
        }
        if ($value.IndexOfAny($limit.Forbidden.ToCharArray()) -ge 0 -or $value -match '[\x00-\x1F]') {
            New-RuleFault -Rule $Rule -Option $option -Code 'windows-bad-character' -Text (
                "control characters and $($limit.Forbidden) are not possible")
        }
    }
    if ($Rule['service'] -eq '*') {
        New-RuleFault -Rule $Rule -Option 'service' -Code 'windows-dead-rule' -Text (
            'the service * stands for all services, and such a rule matches nothing else; leave it empty')
    }
}

function Get-ListFault {
    param([Parameter(Mandatory)][object]$Rule)

    foreach ($option in $script:Lists) {
        $count = @($Rule[$option]).Count
        if ($count -gt $script:LongestList) {
            New-RuleFault -Rule $Rule -Option $option -Code 'windows-list-too-long' -Text (
                "$count entries, and Windows takes $($script:LongestList); split the rule")
        }
        $bad = @($Rule[$option] | Where-Object -FilterScript { '' -eq "$_".Trim() -or "$_".Contains(',') })
        if ($bad.Count) {
            New-RuleFault -Rule $Rule -Option $option -Code 'windows-bad-entry' -Text (
                'an entry is empty, or holds a comma')
        }
    }
    foreach ($option in 'local_addresses', 'remote_addresses') {
        $value = @($Rule[$option])
        if (-not $value.Count) {
            New-RuleFault -Rule $Rule -Option $option -Code 'windows-no-addresses' -Text (
                'empty, which Windows takes for any address; write any if that is meant')
        }
        if ($value.Count -gt 1 -and @($value | Where-Object -FilterScript { $_ -in 'any', '*' }).Count) {
            New-RuleFault -Rule $Rule -Option $option -Text 'any stands beside addresses' -Code 'windows-any-and-more'
        }
    }
    if (-not @($Rule['profiles']).Count) {
        New-RuleFault -Rule $Rule -Option 'profiles' -Text 'empty, so the rule is never used' -Code 'windows-dead-rule'
    }
}

function Get-ProtocolFault {
    param([Parameter(Mandatory)][object]$Rule)

    $number = Get-ProtocolNumber -Protocol ([string]$Rule['protocol'])
    if ($number -lt 0) {
        New-RuleFault -Rule $Rule -Option 'protocol' -Text 'neither a name nor 0 to 255' -Code 'windows-bad-protocol'
    }
    foreach ($option in 'local_ports', 'remote_ports') {
        if (@($Rule[$option]).Count -and $number -notin 6, 17) {
            New-RuleFault -Rule $Rule -Option $option -Text 'only tcp and udp have ports' -Code 'windows-bad-protocol'
        }
        foreach ($port in $Rule[$option]) {
            if (-not (Test-Port -Text $port)) {
                New-RuleFault -Rule $Rule -Option $option -Code 'windows-bad-port' -Text (
                    "$port is no port, range or keyword")
            }
        }
    }
    if (@($Rule['icmp_types']).Count -and $number -notin 1, 58) {
        New-RuleFault -Rule $Rule -Option 'icmp_types' -Code 'windows-bad-protocol' -Text 'only ICMP has types'
    }
}

function Test-Port {
    param([Parameter(Mandatory)][AllowEmptyString()][string]$Text)

    if ($Text -match '^[A-Za-z]') { return $true }
    if ($Text -notmatch '^([0-9]{1,5})(?:-([0-9]{1,5}))?$') { return $false }
    $first = [int]$Matches[1]
    $last = if ($Matches.ContainsKey(2)) { [int]$Matches[2] } else { $first }
    $first -le $last -and $last -le 65535
}

function Get-DirectionFault {
    param([Parameter(Mandatory)][object]$Rule)

    $inbound = $Rule['direction'] -eq 'in'
    if (-not $inbound -and $Rule['edge_traversal'] -ne 'block') {
        New-RuleFault -Rule $Rule -Option 'edge_traversal' -Code 'windows-bad-direction' -Text (
            'only inbound rules have it')
    }
    foreach ($option in 'local_ports', 'remote_ports') {
        $words = @($Rule[$option] | Where-Object -FilterScript { $_ -in 'RPC', 'RPC-EPMap', 'RPCEPMap' })
        if ($words.Count -and -not ($inbound -and $option -eq 'local_ports' -and $Rule['protocol'] -in 'tcp', '6')) {
            New-RuleFault -Rule $Rule -Option $option -Code 'windows-bad-direction' -Text (
                "$($words -join ', ') is only possible as local port of inbound tcp")
        }
    }
}

Export-ModuleMember -Function Assert-WantedRule

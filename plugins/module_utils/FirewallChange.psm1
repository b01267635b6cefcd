# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

#AnsibleRequires -PowerShell ..module_utils.FirewallStore
#AnsibleRequires -PowerShell ..module_utils.FirewallRules

# Our rules are changed in a safe order, and looked at again. Runs on Windows PowerShell 5.1 and PowerShell 7.

Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'

function Add-PlannedRule {
    <# .SYNOPSIS Adds all new rules under fresh names; where one fails, takes back those that were added. #>
    param([Parameter(Mandatory)][object]$Collection, [Parameter(Mandatory)][AllowEmptyCollection()][object[]]$Wanted)

    $added = New-Object -TypeName 'System.Collections.Generic.List[object]'
    try {
        foreach ($one in $Wanted) {
            $name = $one.Facts['name']
            $stored = Add-StoredRule -Collection $Collection -Rule $one.Rule -Name $name
            $added.Add(@{ Rule = $stored; Name = $name })
        }
    }
    catch {
        foreach ($one in $added) { Remove-StoredRule -Collection $Collection -Rule $one.Rule -Name $one.Name }
        throw
    }
    $added
}

function Set-OwnedRule {
    <#
    .SYNOPSIS
    Additions first, removals after them, so that at no time more is open than before and after together, nor less than
    in both. Gives the stored rules that have to be read again.
    #>
    param([Parameter(Mandatory)][object]$Collection, [Parameter(Mandatory)][hashtable]$Work)

    $new = @($Work.Add) + @($Work.Replace | ForEach-Object -Process { $_.New })
    $old = @($Work.Replace | ForEach-Object -Process { $_.Old }) + @($Work.Remove)
    $written = @(Add-PlannedRule -Collection $Collection -Wanted $new)
    foreach ($pair in $Work.Describe) {
        $value = $pair.New.Facts['description']
        Set-RuleProperty -Rule $pair.Old.Rule -Property 'Description' -Value $value -Name $pair.Old.Facts['name']
    }
    foreach ($one in $old) { Remove-StoredRule -Collection $Collection -Rule $one.Rule -Name $one.Facts['name'] }
    foreach ($one in $written) {
        Set-RuleProperty -Rule $one.Rule -Property 'Name' -Value $one.Name -Name $one.Name
    }
    $written
    foreach ($pair in $Work.Describe) { @{ Rule = $pair.Old.Rule; Name = $pair.Old.Facts['name'] } }
}

function Get-Count {
    param([Parameter(Mandatory)][hashtable]$Work)

    @{
        add       = $Work.Add.Count
        change    = $Work.Replace.Count + $Work.Describe.Count
        remove    = $Work.Remove.Count
        unchanged = $Work.Same.Count
    }
}

function Read-WrittenRule {
    <# .SYNOPSIS All our rules after a change: those that were written are read again, the others were read before. #>
    param(
        [Parameter(Mandatory)][AllowEmptyCollection()][object[]]$Written,
        [Parameter(Mandatory)][hashtable]$Work
    )

    foreach ($one in $Written) { Read-Rule -Rule $one.Rule -Name $one.Name }
    foreach ($one in $Work.Same) { $one.Facts }
}

function Test-RuleSet {
    <# .SYNOPSIS Whether these are exactly the wanted rules. #>
    param(
        [Parameter(Mandatory)][AllowEmptyCollection()][object[]]$Facts,
        [Parameter(Mandatory)][AllowEmptyCollection()][object[]]$Wanted
    )

    $held = @($Facts | ForEach-Object -Process { @{ Facts = $_ } })
    $work = Compare-RuleSet -Held $held -Wanted $Wanted
    $work.Same.Count -eq $Wanted.Count -and -not $work.Remove.Count
}

Export-ModuleMember -Function Set-OwnedRule, Get-Count, Read-WrittenRule, Test-RuleSet

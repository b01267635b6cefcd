# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

#AnsibleRequires -PowerShell ..module_utils.FirewallStore
#AnsibleRequires -PowerShell ..module_utils.FirewallHost
#AnsibleRequires -PowerShell ..module_utils.FirewallRules
#AnsibleRequires -PowerShell ..module_utils.FirewallText
#AnsibleRequires -PowerShell ..module_utils.FirewallChange
#AnsibleRequires -PowerShell ..module_utils.FirewallRollback

# What an answer says: our rules, how they differ from the wanted ones, and what the host remembers of former changes.
# Writes nothing. Runs on Windows PowerShell 5.1 and PowerShell 7.

Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'

function Assert-Fingerprint {
    <# .SYNOPSIS Refuses where the rules are others than those that the caller saw. Without his word all are taken. #>
    param([AllowNull()][object]$Expected, [Parameter(Mandatory)][AllowEmptyString()][string]$Found)

    if ($null -ne $Expected -and [string]$Expected -cne $Found) {
        $text = 'The rules of the group changed since they were read, and nothing was done; read them again.'
        throw (New-FirewallException -Text $text -Code 'windows-changed-since-read')
    }
}

function Assert-NothingPending {
    <# .SYNOPSIS Refuses while another change waits. #>
    if (-not (Test-StateFolder)) { return }
    $record = Get-StateRecord -Kind pending
    if ($null -ne $record) {
        $left = Get-SecondsLeft -Record $record
        $text = "Another change waits for its confirmation; it is over in $left s at most, and nothing was done."
        throw (New-FirewallException -Text $text -Code 'change-pending')
    }
}

function Get-OwnState {
    <# .SYNOPSIS The beginning of every answer: our rules and their fingerprint. #>
    param([bool]$Changed, [AllowEmptyCollection()][string[]]$Notices = @())

    $held = @(Get-OwnedRule -Collection (Open-RuleCollection))
    $order = Get-RuleOrder -Facts @($held | ForEach-Object -Process { $_.Facts })
    @{ changed = $Changed; owned = $order.Facts; fingerprint = $order.Fingerprint; notices = @($Notices) }
}

function New-Comparison {
    <# .SYNOPSIS Our rules, the wanted ones, what lies between them, and what is told of it. #>
    param([AllowNull()][AllowEmptyCollection()][object[]]$Wanted)

    $collection = Open-RuleCollection
    $held = @(Get-OwnedRule -Collection $collection)
    $before = Get-RuleOrder -Facts @($held | ForEach-Object -Process { $_.Facts })
    $result = @{ changed = $false; owned = $before.Facts; fingerprint = $before.Fingerprint; notices = @() }
    $found = @{ Collection = $collection; Before = $before; Result = $result }
    if ($null -eq $Wanted) { return $found }
    $found.Wanted = @($Wanted | ForEach-Object -Process { New-WantedRule -Wanted $_ })
    $found.Work = Compare-RuleSet -Held $held -Wanted $found.Wanted
    $after = Get-RuleOrder -Facts @($found.Wanted | ForEach-Object -Process { $_.Facts })
    $result.counts = Get-Count -Work $found.Work
    $result.differs = [bool]($result.counts.add + $result.counts.change + $result.counts.remove)
    $result.diff = @{ before = (Format-RuleSet -Facts $before.Facts); after = (Format-RuleSet -Facts $after.Facts) }
    $found
}

function Get-Memory {
    <# .SYNOPSIS What the host remembers of former changes, as the answer to a reading. #>
    param([Parameter(Mandatory)][AllowEmptyString()][string]$Fingerprint)

    $told = @{ pending = $false; seconds_left = 0; last_rollback = ''; holds = ''; persisted = $Fingerprint }
    $told.peer = Get-SessionPeer
    if (-not (Test-StateFolder)) { return $told }
    $record = Get-StateRecord -Kind pending
    if ($null -ne $record -and -not (Test-Confirmed -Record $record)) {
        $told.pending = $true
        $told.seconds_left = Get-SecondsLeft -Record $record
    }
    $outcome = Get-StateRecord -Kind outcome
    if ($null -ne $outcome) { $told.last_rollback = $outcome.reason }
    $kept = Get-StateRecord -Kind confirmed
    if ($null -ne $kept -and $kept.fingerprint -ceq $Fingerprint) { $told.holds = $kept.plan }
    $told
}

Export-ModuleMember -Function Assert-Fingerprint, Assert-NothingPending, Get-OwnState, New-Comparison, Get-Memory

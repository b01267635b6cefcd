# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

#AnsibleRequires -PowerShell ..module_utils.FirewallStore
#AnsibleRequires -PowerShell ..module_utils.FirewallHost
#AnsibleRequires -PowerShell ..module_utils.FirewallRules
#AnsibleRequires -PowerShell ..module_utils.FirewallText
#AnsibleRequires -PowerShell ..module_utils.FirewallChange

# The way back: recorded and armed before a change, taken by a scheduled task unless a confirmation comes in time. The
# task runs these same functions. Runs on Windows PowerShell 5.1 and PowerShell 7.

Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'

# what lies in our folder
$script:Pending = 'pending.json'     # the change that waits, and the rules of before it
$script:Script = 'restore.ps1'       # what the task runs
$script:Confirmed = 'confirmed.json' # what was confirmed last
$script:Outcome = 'outcome.json'     # how the last change that was not confirmed ended
$script:Tries = 5
# how long the task waits for a run that is at work: to write a thousand rules can take minutes
$script:PatienceSeconds = 300
# part of the script -> a function by which it is found
$script:Parts = [ordered]@{
    FirewallStore    = 'Open-RuleCollection'
    FirewallHost     = 'Get-StatePath'
    FirewallForms    = 'ConvertFrom-ComValue'
    FirewallRules    = 'Get-PropertyTable'
    FirewallText     = 'ConvertTo-CanonicalJson'
    FirewallChange   = 'Set-OwnedRule'
    FirewallRollback = 'Complete-Rollback'
}
$script:Head = @'
# Made by the Ansible collection msexchange.firewall for one change of firewall rules, and removed once that is over.
# The task "msexchange.firewall rollback" runs it. It brings the rules of before the change back when the time to
# confirm is over. With -Now, given by an administrator, it does so at once. All values are in pending.json beside it.
param([switch]$Now)

'@

function Get-RestoreScript {
    <# .SYNOPSIS The text of the script: the parts of this module as they are loaded, and one call. #>
    $texts = foreach ($name in $script:Parts.Keys) {
        $text = (Get-Command -Name $script:Parts[$name] -CommandType Function).Module.Definition
        if (-not $text) {
            $fault = "The text of $name is not at hand, so the host could not go back by itself; nothing was changed."
            throw (New-FirewallException -Text $fault -Code 'windows-no-timer')
        }
        "New-Module -Name $name -ScriptBlock {`n$text`n} | Import-Module -DisableNameChecking`n"
    }
    $script:Head + ($texts -join "`n") + "`nComplete-Rollback -Now:`$Now`n"
}

function ConvertTo-Table {
    <# .SYNOPSIS What ConvertFrom-Json gives, as tables and arrays. #>
    param([AllowNull()][object]$Value)

    if ($Value -is [array]) {
        $items = @(foreach ($item in $Value) { ConvertTo-Table -Value $item })
        return , $items
    }
    if ($Value -isnot [System.Management.Automation.PSCustomObject]) { return $Value }
    $table = @{}
    foreach ($one in $Value.PSObject.Properties) { $table[$one.Name] = ConvertTo-Table -Value $one.Value }
    $table
}

function ConvertFrom-Record {
    <# .SYNOPSIS A record's text as a table; a broken one cannot be trusted, so it counts as none. #>
    param([AllowNull()][AllowEmptyString()][string]$Text)

    if (-not $Text) { return $null }
    try { $value = ConvertTo-Table -Value (ConvertFrom-Json -InputObject $Text) } catch { return $null }
    if ($value -is [hashtable]) { $value }
}

function Get-StateRecord {
    param([Parameter(Mandatory)][ValidateSet('pending', 'confirmed', 'outcome')][string]$Kind)

    $names = @{ pending = $script:Pending; confirmed = $script:Confirmed; outcome = $script:Outcome }
    ConvertFrom-Record -Text (Read-StateFile -Name $names[$Kind])
}

function Save-PendingChange {
    param([Parameter(Mandatory)][hashtable]$Record)

    Write-StateFile -Name $script:Pending -Text (ConvertTo-CanonicalJson -Value $Record)
}

function Set-Deadline {
    <# .SYNOPSIS The time to confirm begins now. #>
    param([Parameter(Mandatory)][hashtable]$Record)

    $Record.armed = [string](Get-HostClock)
    $Record.deadline = [string]([long]$Record.armed + 1000 * [int]$Record.seconds)
}

function Test-Confirmed {
    <# .SYNOPSIS Whether the change is confirmed, so that nobody may take it back any more. #>
    param([Parameter(Mandatory)][hashtable]$Record)

    $Record.ContainsKey('confirmed')
}

function Test-Restarted {
    <# .SYNOPSIS Whether the host was started after the change: its clock began anew. #>
    param([Parameter(Mandatory)][hashtable]$Record)

    (Get-HostClock) -lt [long]$Record.armed
}

function Test-Over {
    param([Parameter(Mandatory)][hashtable]$Record)

    (Test-Restarted -Record $Record) -or (Get-HostClock) -ge [long]$Record.deadline
}

function Get-SecondsLeft {
    param([Parameter(Mandatory)][hashtable]$Record)

    if (Test-Over -Record $Record) { return 0 }
    [int][Math]::Ceiling(([long]$Record.deadline - (Get-HostClock)) / 1000.0)
}

function Assert-Returnable {
    <# .SYNOPSIS Refuses a change that takes a rule away which could not be made again exactly as it is. #>
    param([Parameter(Mandatory)][AllowEmptyCollection()][object[]]$Held)

    foreach ($one in $Held) {
        $name = $one.Facts['name']
        $reason = ''
        try {
            $told = ConvertFrom-Record -Text (ConvertTo-CanonicalJson -Value $one.Facts)
            $made = (New-WantedRule -Wanted $told).Facts
            $reason = @(Compare-Rule -First $one.Facts -Second $made) -join ', '
        }
        catch { $reason = $_.Exception.Message }
        if ($reason) {
            $fault = "Rule `"$name`" was changed by somebody so that it could not be brought back ($reason). Nothing " +
            'was done; remove that rule by hand.'
            throw (New-FirewallException -Text $fault -Code 'windows-no-return')
        }
    }
}

function Start-Rollback {
    <# .SYNOPSIS Records the way back and arms it. Called under the lock, before the first rule is written. #>
    param(
        [Parameter(Mandatory)][string]$Token,
        [Parameter(Mandatory)][int]$Seconds,
        [Parameter(Mandatory)][AllowEmptyCollection()][object[]]$Facts
    )

    $record = @{ token = $Token; seconds = [string]$Seconds; before = @{ rules = @($Facts) } }
    Set-Deadline -Record $record
    try {
        Write-StateFile -Name $script:Script -Text (Get-RestoreScript)
        Save-PendingChange -Record $record
        Register-RollbackTask -Script $script:Script -Seconds $Seconds
    }
    catch {
        Remove-StateFile -Name $script:Pending # whatever else stands finds nothing to do, and the next run tidies up
        throw
    }
    $record
}

function Stop-Rollback {
    <#
    .SYNOPSIS
    Nothing waits any more.
    .DESCRIPTION
    The record goes first, since it decides; the task last, since that may end the very process that it started.
    #>
    Remove-StateFile -Name $script:Pending
    Remove-StateFile -Name $script:Script
    Remove-RollbackTask
}

function Restore-Change {
    <# .SYNOPSIS Brings our rules of before the change back, says so, and ends the wait. Called under the lock. #>
    param([Parameter(Mandatory)][hashtable]$Record, [Parameter(Mandatory)][string]$Reason)

    $collection = Open-RuleCollection
    $held = @(Get-OwnedRule -Collection $collection)
    $wanted = @($Record.before.rules | ForEach-Object -Process { @{ Facts = $_; Rule = $null } })
    $work = Compare-RuleSet -Held $held -Wanted $wanted
    # rules that are as they were need not be made, and perhaps could not
    foreach ($one in $work.Add) { $one.Rule = (New-WantedRule -Wanted $one.Facts).Rule }
    foreach ($pair in $work.Replace) { $pair.New.Rule = (New-WantedRule -Wanted $pair.New.Facts).Rule }
    [void]@(Set-OwnedRule -Collection $collection -Work $work)
    Write-Outcome -Record $Record -Reason $Reason -Restored $true
    Stop-Rollback
}

function Write-Outcome {
    <# .SYNOPSIS Only for people, so a full disk must not keep the host from going back. #>
    param(
        [Parameter(Mandatory)][hashtable]$Record,
        [Parameter(Mandatory)][string]$Reason,
        [Parameter(Mandatory)][bool]$Restored
    )

    $text = ConvertTo-CanonicalJson -Value @{ token = $Record.token; reason = $Reason; restored = $Restored }
    try { Write-StateFile -Name $script:Outcome -Text $text } catch { return }
}

function Complete-Confirmation {
    <# .SYNOPSIS What is left to do of a confirmation once it counts. Without a rule of ours nothing is kept. #>
    param([Parameter(Mandatory)][hashtable]$Record)

    if ($Record.confirmed.fingerprint) {
        Write-StateFile -Name $script:Confirmed -Text (ConvertTo-CanonicalJson -Value $Record.confirmed)
    }
    else { Remove-StateFile -Name $script:Confirmed }
    Remove-StateFile -Name $script:Outcome
    Stop-Rollback
}

function Resolve-PendingChange {
    <# .SYNOPSIS Ends what is over. The sentence for the user, empty where there is none. Called under the lock. #>
    $record = Get-StateRecord -Kind pending
    $armed = Read-StateFile -Name $script:Script
    if ($null -eq $record) {
        if ($null -ne $armed -or (Test-RollbackTask)) { Stop-Rollback }
        return ''
    }
    if (Test-Confirmed -Record $record) {
        Complete-Confirmation -Record $record
        return 'the confirmation of the last change was cut short after it counted; what was left of it is done'
    }
    if (Test-Over -Record $record) {
        $reason = 'the last change was never confirmed and its task did not run; the former rules were restored'
        if (Test-Restarted -Record $record) {
            $reason = 'the host was restarted before the last change was confirmed; the former rules were restored'
        }
        Restore-Change -Record $record -Reason $reason
        return $reason
    }
    if ($null -ne $armed -and (Test-RollbackTask)) { return '' }
    Write-StateFile -Name $script:Script -Text (Get-RestoreScript)
    Register-RollbackTask -Script $script:Script -Seconds (Get-SecondsLeft -Record $record)
    'the rollback task of a pending change was gone; it was registered again'
}

function Complete-Rollback {
    <# .SYNOPSIS The life of the task: waits for the time, and goes back unless the change is confirmed. #>
    param([switch]$Now)

    while (Test-StateFolder) {
        Assert-StateFolder
        $record = Get-StateRecord -Kind pending
        if (-not $Now -and $null -ne $record -and -not (Test-Confirmed -Record $record) -and
            -not (Test-Over -Record $record)) {
            Wait-HostClock -Milliseconds 500
            continue
        }
        # a run that hangs must not keep the host from going back, so in the end it goes on without the lock
        $lock = Open-StateLock -Seconds $script:PatienceSeconds
        try { if (Complete-DueChange -Now:$Now) { return } }
        finally { Close-StateLock -Lock $lock }
    }
    Remove-RollbackTask
}

function Complete-DueChange {
    <# .SYNOPSIS Whether nothing more is to be done. Where going back fails, it is tried again, now and each minute. #>
    param([switch]$Now)

    $record = Get-StateRecord -Kind pending
    if ($null -eq $record) { Stop-Rollback; return $true }
    if (Test-Confirmed -Record $record) { Complete-Confirmation -Record $record; return $true }
    if (-not $Now -and -not (Test-Over -Record $record)) { return $false }
    $reason = 'nobody confirmed the change in time; the former rules were restored'
    if ($Now) { $reason = 'somebody had the host go back; the former rules were restored' }
    elseif (Test-Restarted -Record $record) {
        $reason = 'the host was restarted before the change was confirmed; the former rules were restored'
    }
    for ($left = $script:Tries - 1; $left -ge 0; $left--) {
        try { Restore-Change -Record $record -Reason $reason; return $true }
        catch {
            if (-not $left) {
                Write-Outcome -Record $record -Reason $_.Exception.Message -Restored $false
                throw
            }
            Wait-HostClock -Milliseconds 1000
        }
    }
}

Export-ModuleMember -Function Get-StateRecord, Save-PendingChange, Set-Deadline, Test-Confirmed, Test-Over,
Get-SecondsLeft, Assert-Returnable, Start-Rollback, Restore-Change, Complete-Confirmation, Resolve-PendingChange,
Complete-Rollback

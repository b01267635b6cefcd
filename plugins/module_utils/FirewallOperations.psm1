# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

#AnsibleRequires -PowerShell ..module_utils.FirewallStore
#AnsibleRequires -PowerShell ..module_utils.FirewallHost
#AnsibleRequires -PowerShell ..module_utils.FirewallLimits
#AnsibleRequires -PowerShell ..module_utils.FirewallText
#AnsibleRequires -PowerShell ..module_utils.FirewallChange
#AnsibleRequires -PowerShell ..module_utils.FirewallRollback
#AnsibleRequires -PowerShell ..module_utils.FirewallAnswer

# What the module does: look, apply with a rollback armed, confirm, or go back. Runs on Windows PowerShell 5.1 and
# PowerShell 7.

Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'

$script:LockSeconds = 15

function Lock-State {
    <# .SYNOPSIS The lock of our folder. With -Make also where there is no folder yet. #>
    param([switch]$Make)

    for ($try = 0; $try -lt 5; $try++) {
        if ($Make) { Initialize-StateFolder }
        $lock = Open-StateLock -Seconds $script:LockSeconds
        if ($null -ne $lock) { return $lock }
        if (Test-StateFolder) { break } # otherwise it went with the end of another run
    }
    $text = "Another run holds the lock in $(Get-StatePath), and nothing was done."
    throw (New-FirewallException -Text $text -Code 'lock-held')
}

function Get-Settlement {
    <# .SYNOPSIS Ends a change whose time is over, and tells it; check mode only tells. #>
    param([switch]$CheckMode)

    if (-not (Test-StateFolder)) { return }
    Assert-StateFolder
    $record = Get-StateRecord -Kind pending
    if ($CheckMode) {
        if ($null -ne $record -and -not (Test-Confirmed -Record $record) -and (Test-Over -Record $record)) {
            'a change that nobody confirmed is still in force; a run without check mode restores it'
        }
        return
    }
    $lock = Lock-State
    try { $notice = Resolve-PendingChange }
    finally { Close-StateLock -Lock $lock }
    if ($notice) { $notice }
}

function Read-State {
    param([AllowNull()][AllowEmptyCollection()][object[]]$Wanted, [switch]$CheckMode)

    $notices = @(Get-Settlement -CheckMode:$CheckMode)
    $found = New-Comparison -Wanted $Wanted
    $found.Result.notices = $notices
    $found.Result.changed = $notices.Count -gt 0 -and -not $CheckMode
    $memory = Get-Memory -Fingerprint $found.Result.fingerprint
    foreach ($key in $memory.Keys) { $found.Result[$key] = $memory[$key] }
    $found.Result
}

function Set-State {
    <# .SYNOPSIS Arms the rollback, then writes; without a confirmation it does not stay. #>
    param(
        [Parameter(Mandatory)][AllowEmptyCollection()][object[]]$Wanted,
        [AllowNull()][object]$Fingerprint,
        [Parameter(Mandatory)][int]$Seconds,
        [Parameter(Mandatory)][string]$Token,
        [switch]$CheckMode
    )

    if ($CheckMode) {
        Assert-NothingPending
        $found = New-Comparison -Wanted $Wanted
        Assert-Fingerprint -Expected $Fingerprint -Found $found.Before.Fingerprint
        if ($Seconds) { Assert-Returnable -Held (Get-Leaving -Work $found.Work) }
        $found.Result.changed = $found.Result.differs
        return $found.Result
    }
    $lock = Lock-State -Make
    try {
        $notices = @(Resolve-PendingChange | Where-Object -FilterScript { $_ })
        Assert-NothingPending
        $found = New-Comparison -Wanted $Wanted
        Assert-Fingerprint -Expected $Fingerprint -Found $found.Before.Fingerprint
        $found.Result.notices = $notices
        if (-not $Seconds) { return (Write-Change -Found $found) }
        Assert-Returnable -Held (Get-Leaving -Work $found.Work)
        $record = Start-Rollback -Token $Token -Seconds $Seconds -Facts $found.Before.Facts
        try {
            $result = Write-Change -Found $found
            $record.applied = $result.fingerprint
            Set-Deadline -Record $record # to write many rules takes time, which is not the confirmation's
            Save-PendingChange -Record $record
            $result
        }
        catch { Undo-FailedChange -Record $record -Fault $_.Exception }
    }
    finally { Close-StateLock -Lock $lock }
}

function Get-Leaving {
    <# .SYNOPSIS The rules that a change takes away. #>
    param([Parameter(Mandatory)][hashtable]$Work)

    , (@($Work.Replace | ForEach-Object -Process { $_.Old }) + @($Work.Remove))
}

function Write-Change {
    <# .SYNOPSIS Writes the difference where there is one, and reads back what was written. #>
    param([Parameter(Mandatory)][hashtable]$Found)

    $result = $Found.Result
    if (-not $result.differs) { return $result }
    $written = @(Set-OwnedRule -Collection $Found.Collection -Work $Found.Work)
    $after = Get-RuleOrder -Facts @(Read-WrittenRule -Written $written -Work $Found.Work)
    $result.changed = $true
    $result.differs = -not (Test-RuleSet -Facts $after.Facts -Wanted $Found.Wanted)
    $result.owned = $after.Facts
    $result.fingerprint = $after.Fingerprint
    $result.diff.after = Format-RuleSet -Facts $after.Facts
    $result
}

function Undo-FailedChange {
    <# .SYNOPSIS Goes back at once where a change failed half way; where that fails too, the task goes on trying. #>
    param([Parameter(Mandatory)][hashtable]$Record, [Parameter(Mandatory)][System.Exception]$Fault)

    try { Restore-Change -Record $Record -Reason 'the change failed; the former rules were restored' }
    catch { $Fault.Data['still_loaded'] = $true }
    throw $Fault
}

function Open-NamedChange {
    <# .SYNOPSIS The change that a token names; null for one that is confirmed already. Called under the lock. #>
    param([Parameter(Mandatory)][string]$Token)

    $record = Get-StateRecord -Kind pending
    if ($null -ne $record -and (Test-Confirmed -Record $record)) {
        Complete-Confirmation -Record $record
        if ($record.token -ceq $Token) { return $null }
        $record = $null
    }
    $kept = Get-StateRecord -Kind confirmed
    if ($null -eq $record -and $null -ne $kept -and $kept.token -ceq $Token) { return $null }
    if ($null -eq $record -or $record.token -cne $Token) {
        $outcome = Get-StateRecord -Kind outcome
        $reason = 'none was made'
        if ($null -ne $outcome) { $reason = $outcome.reason }
        $text = "No change with this token waits ($reason)."
        throw (New-FirewallException -Text $text -Code 'nothing-pending')
    }
    $record
}

function Assert-StateFolderThere {
    if (-not (Test-StateFolder)) {
        throw (New-FirewallException -Text 'No change waits for a confirmation.' -Code 'nothing-pending')
    }
    Assert-StateFolder
}

function Confirm-State {
    <# .SYNOPSIS Keeps the change. Writing that into its record decides: before it the task goes back, then never. #>
    param([Parameter(Mandatory)][string]$Token, [AllowEmptyString()][string]$Plan = '', [switch]$CheckMode)

    if ($CheckMode) { return (Get-OwnState -Changed $true) }
    Assert-StateFolderThere
    $lock = Lock-State
    try {
        $record = Open-NamedChange -Token $Token
        if ($null -eq $record) { return (Get-OwnState -Changed $false) } # asked again, the first answer was lost
        if (Test-Over -Record $record) {
            $text = 'The confirmation came too late; the host takes the change back.'
            throw (New-FirewallException -Text $text -Code 'confirmed-too-late')
        }
        $state = Get-OwnState -Changed $true
        if (-not $record.ContainsKey('applied') -or $record.applied -cne $state.fingerprint) {
            $text = 'The rules are no longer what was applied, so they cannot be confirmed.'
            throw (New-FirewallException -Text $text -Code 'not-as-applied')
        }
        $record.confirmed = @{ token = $Token; plan = $Plan; fingerprint = $state.fingerprint }
        Save-PendingChange -Record $record
        Complete-Confirmation -Record $record
        $state
    }
    finally { Close-StateLock -Lock $lock }
}

function Undo-State {
    <# .SYNOPSIS Goes back now; a change that the task has taken back already is taken back. #>
    param([Parameter(Mandatory)][string]$Token, [switch]$CheckMode)

    if ($CheckMode) { return (Get-OwnState -Changed $true) }
    Assert-StateFolderThere
    $outcome = Get-StateRecord -Kind outcome
    if ($null -ne $outcome -and $outcome.token -ceq $Token -and $outcome.restored) {
        return (Get-OwnState -Changed $false)
    }
    $lock = Lock-State
    try {
        $record = Open-NamedChange -Token $Token
        if ($null -eq $record) {
            $text = 'This change is confirmed already, so it stays.'
            throw (New-FirewallException -Text $text -Code 'confirmed-already')
        }
        Restore-Change -Record $record -Reason 'the controller called the change back'
        Get-OwnState -Changed $true
    }
    finally { Close-StateLock -Lock $lock }
}

function Invoke-RuleOperation {
    <# .SYNOPSIS The answer of the module to its options. #>
    param(
        [Parameter(Mandatory)][ValidateSet('read', 'apply', 'confirm', 'rollback')][string]$Operation,
        [AllowNull()][AllowEmptyCollection()][object[]]$Wanted,
        [AllowNull()][object]$Fingerprint,
        [int]$RollbackSeconds = 60,
        [AllowNull()][object]$Token,
        [AllowNull()][object]$Plan,
        [switch]$CheckMode
    )

    if ($RollbackSeconds -lt 0) {
        throw (New-FirewallException -Text 'rollback_seconds must be 0 or more.' -Code 'bad-seconds')
    }
    if ($null -ne $Wanted) { Assert-WantedRule -Wanted $Wanted }
    switch ($Operation) {
        'read' { Read-State -Wanted $Wanted -CheckMode:$CheckMode }
        'apply' {
            $how = @{ Fingerprint = $Fingerprint; Seconds = $RollbackSeconds; Token = $Token; CheckMode = $CheckMode }
            Set-State -Wanted $Wanted @how
        }
        'confirm' { Confirm-State -Token $Token -Plan ([string]$Plan) -CheckMode:$CheckMode }
        'rollback' { Undo-State -Token $Token -CheckMode:$CheckMode }
    }
}

Export-ModuleMember -Function Invoke-RuleOperation

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The store: the only file that talks to the Windows firewall, and that makes COM objects. It knows COM and its errors,
# and nothing of what a rule should say. FirewallHost has the files, the scheduled task and the clock. Runs on Windows
# PowerShell 5.1 and PowerShell 7.

Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'

# What Windows answers, as a sentence. The code is explained in docs/problems.md.
$script:Reasons = @{
    '0x80070005' = @{
        Code = 'windows-access-denied'
        Text = 'Windows denied the access; the account needs the full rights of an administrator'
    }
    '0x80070057' = @{ Code = 'windows-invalid-value'; Text = 'Windows does not accept the value' }
    '0x8007000D' = @{ Code = 'windows-invalid-value'; Text = 'Windows cannot read the list' }
    '0xD000000D' = @{ Code = 'windows-invalid-value'; Text = 'Windows does not accept one of the addresses' }
    '0x800706F7' = @{ Code = 'windows-invalid-value'; Text = 'the firewall service does not accept the data' }
    '0x80070002' = @{ Code = 'windows-rule-gone'; Text = 'the rule is not there any more' }
    '0x800706D9' = @{
        Code = 'windows-service-stopped'
        Text = 'the service Windows Defender Firewall (MpsSvc), or the Base Filtering Engine (BFE), is not running'
    }
    '0x80040154' = @{ Code = 'windows-no-firewall'; Text = 'this system has no Windows firewall that can be asked' }
    '0x80041315' = @{ Code = 'windows-no-scheduler'; Text = 'the service Task Scheduler (Schedule) is not running' }
    '0x8007000E' = @{ Code = 'windows-out-of-memory'; Text = 'Windows has not enough memory left' }
}
$script:Unknown = @{ Code = 'windows-unknown-error'; Text = 'Windows answered with an error' }
$script:Missing = '0x80070002'
# property -> whether rules of this Windows have it, as far as asked
$script:Known = @{}

function New-FirewallException {
    <# .SYNOPSIS A fault that is told to the user as it is: a sentence that ends in its code. #>
    param([Parameter(Mandatory)][string]$Text, [Parameter(Mandatory)][string]$Code)

    $fault = New-Object -TypeName System.InvalidOperationException -ArgumentList "$Text [$Code]"
    $fault.Data['msexchange.firewall'] = $Code
    $fault
}

function Join-FirewallException {
    <# .SYNOPSIS Several faults as one, a line each with its own code. #>
    param([Parameter(Mandatory)][System.Exception[]]$Faults)

    $text = @($Faults | ForEach-Object -Process { $_.Message }) -join "`n"
    $joined = New-Object -TypeName System.InvalidOperationException -ArgumentList $text
    $joined.Data['msexchange.firewall'] = ''
    $joined
}

function Get-FirewallResult {
    <#
    .SYNOPSIS
    The HRESULT of an error, for example 0x800706D9.
    .DESCRIPTION
    Windows PowerShell, PowerShell 7 and .NET wrap COM errors in different types and depths: the innermost one counts.
    #>
    param([Parameter(Mandatory)][System.Exception]$Exception)

    $inner = $Exception
    while ($null -ne $inner.InnerException) { $inner = $inner.InnerException }
    '0x{0:X8}' -f $inner.HResult
}

function ConvertTo-FirewallException {
    <# .SYNOPSIS What failed with COM, as a sentence that says what was being done. #>
    param([Parameter(Mandatory)][System.Exception]$Exception, [Parameter(Mandatory)][string]$Doing)

    if ($Exception.Data.Contains('msexchange.firewall')) { return $Exception }
    $result = Get-FirewallResult -Exception $Exception
    $reason = $script:Unknown
    if ($script:Reasons.ContainsKey($result)) { $reason = $script:Reasons[$result] }
    New-FirewallException -Text ('{0}: {1} ({2}).' -f $Doing, $reason.Text, $result) -Code $reason.Code
}

function Invoke-FirewallCall {
    <# .SYNOPSIS Does one thing with COM. #>
    param([Parameter(Mandatory)][scriptblock]$Call, [Parameter(Mandatory)][string]$Doing)

    try { & $Call }
    catch { throw (ConvertTo-FirewallException -Exception $_.Exception -Doing $Doing) }
}

function New-FirewallObject {
    <# .SYNOPSIS The one place where COM objects are made. #>
    param([Parameter(Mandatory)][string]$ProgId)

    Invoke-FirewallCall -Doing "Opening $ProgId" -Call { , (New-Object -ComObject $ProgId) }
}

function New-DetachedRule {
    <# .SYNOPSIS A rule that is in no store: it takes values and gives their normal forms, and opens nothing. #>
    New-FirewallObject -ProgId 'HNetCfg.FWRule'
}

function Open-RuleCollection {
    <# .SYNOPSIS The rules of this host; one object for the whole call, since each look-up may make a new one. #>
    $policy = New-FirewallObject -ProgId 'HNetCfg.FwPolicy2'
    Invoke-FirewallCall -Doing 'Opening the rules of this host' -Call { , $policy.Rules }
}

function Find-GroupRule {
    <#
    .SYNOPSIS
    The rules of one group, in one pass. Of every other rule nothing but its group is read.
    #>
    param([Parameter(Mandatory)][object]$Collection, [Parameter(Mandatory)][string]$Group)

    Invoke-FirewallCall -Doing 'Reading the rules of this host' -Call {
        foreach ($rule in $Collection) {
            if ((Get-RuleGroup -Rule $rule) -ceq $Group) { $rule }
            elseif ([System.Runtime.InteropServices.Marshal]::IsComObject($rule)) {
                # thousands of open rules exhaust handles
                [void][System.Runtime.InteropServices.Marshal]::ReleaseComObject($rule)
            }
        }
    }
}

function Get-RuleGroup {
    <# .SYNOPSIS The group of a rule as text; empty for one that somebody else removes at this moment. #>
    param([Parameter(Mandatory)][object]$Rule)

    try { [string]$Rule.Grouping }
    catch {
        if ((Get-FirewallResult -Exception $_.Exception) -ne $script:Missing) { throw }
        ''
    }
}

function Test-RuleProperty {
    <# .SYNOPSIS Whether this Windows knows a property: old ones lack those of INetFwRule2 and INetFwRule3. #>
    param([Parameter(Mandatory)][object]$Rule, [Parameter(Mandatory)][string]$Property)

    if (-not $script:Known.ContainsKey($Property)) {
        $script:Known[$Property] = $null -ne (Get-Member -InputObject $Rule -Name $Property)
    }
    $script:Known[$Property]
}

function Get-RuleProperty {
    param([Parameter(Mandatory)][object]$Rule, [Parameter(Mandatory)][string]$Property, [string]$Name = '')

    try { , $Rule.$Property }
    catch { throw (ConvertTo-FirewallException -Exception $_.Exception -Doing "Reading $Property of rule `"$Name`"") }
}

function Set-RuleProperty {
    <# .SYNOPSIS One put. On a rule of the store it takes effect at once. #>
    param(
        [Parameter(Mandatory)][object]$Rule,
        [Parameter(Mandatory)][string]$Property,
        [Parameter(Mandatory)][AllowEmptyString()][object]$Value,
        [string]$Name = ''
    )

    try { $Rule.$Property = $Value }
    catch { throw (ConvertTo-FirewallException -Exception $_.Exception -Doing "Setting $Property of rule `"$Name`"") }
}

function New-FreshName {
    <# .SYNOPSIS A name that no other rule has, so that Item and Remove cannot mean another. #>
    [guid]::NewGuid().ToString('B')
}

function Add-StoredRule {
    <#
    .SYNOPSIS
    Adds a detached rule under a fresh name and gives the stored rule.
    .DESCRIPTION
    Whether the added object itself is the stored one afterwards is not documented, so it is fetched by that name.
    #>
    param([Parameter(Mandatory)][object]$Collection, [Parameter(Mandatory)][object]$Rule, [string]$Name = '')

    $fresh = New-FreshName
    Set-RuleProperty -Rule $Rule -Property 'Name' -Value $fresh -Name $Name
    Invoke-FirewallCall -Doing "Adding rule `"$Name`"" -Call {
        $Collection.Add($Rule)
        , $Collection.Item($fresh)
    }
}

function Remove-StoredRule {
    <#
    .SYNOPSIS
    Removes exactly this rule.
    .DESCRIPTION
    Remove takes a name, and another rule may have the same. So the rule gets a name of its own first. A name without a
    rule is no error for Remove: that the rule is gone is looked up.
    #>
    param([Parameter(Mandatory)][object]$Collection, [Parameter(Mandatory)][object]$Rule, [string]$Name = '')

    $fresh = New-FreshName
    Set-RuleProperty -Rule $Rule -Property 'Name' -Value $fresh -Name $Name
    Invoke-FirewallCall -Doing "Removing rule `"$Name`"" -Call { $Collection.Remove($fresh) }
    if (Test-StoredRule -Collection $Collection -Name $fresh) {
        $text = "Windows was asked to remove rule `"$Name`", and it is still there."
        throw (New-FirewallException -Text $text -Code 'windows-rule-stays')
    }
}

function Test-StoredRule {
    <# .SYNOPSIS Whether there is a rule of this name. #>
    param([Parameter(Mandatory)][object]$Collection, [Parameter(Mandatory)][string]$Name)

    try {
        $found = $Collection.Item($Name)
        $null -ne $found
    }
    catch {
        if ((Get-FirewallResult -Exception $_.Exception) -ne $script:Missing) { throw }
        $false
    }
}

Export-ModuleMember -Function New-FirewallException, Join-FirewallException, ConvertTo-FirewallException,
Get-FirewallResult, Invoke-FirewallCall, New-FirewallObject, New-DetachedRule, Open-RuleCollection, Find-GroupRule,
Test-RuleProperty, Get-RuleProperty, Set-RuleProperty, Add-StoredRule, Remove-StoredRule

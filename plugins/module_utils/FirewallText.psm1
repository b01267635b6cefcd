# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

#AnsibleRequires -PowerShell ..module_utils.FirewallForms
#AnsibleRequires -PowerShell ..module_utils.FirewallRules

# Our rules as text: sorted, as a digest, and as a person reads them. Pure. Runs on Windows PowerShell 5.1 and
# PowerShell 7.

Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'

$script:Escapes = @{ "`n" = '\n'; "`r" = '\r'; "`t" = '\t'; "`b" = '\b'; "`f" = '\f'; '"' = '\"'; '\' = '\\' }

function ConvertTo-CanonicalJson {
    <#
    .SYNOPSIS
    JSON as Python writes it with sorted keys, without spaces and without escapes that are not needed.
    .DESCRIPTION
    ConvertTo-Json escapes differently in Windows PowerShell and PowerShell 7, so its digest would differ too.
    #>
    param([Parameter(Mandatory)][AllowEmptyString()][AllowEmptyCollection()][object]$Value)

    if ($Value -is [bool]) { return $Value.ToString().ToLowerInvariant() }
    if ($Value -is [System.Collections.IDictionary]) {
        $parts = foreach ($key in (Get-SortedList -Items $Value.Keys)) {
            '"{0}":{1}' -f $key, (ConvertTo-CanonicalJson -Value $Value[$key])
        }
        return '{' + (@($parts) -join ',') + '}'
    }
    if ($Value -is [array]) {
        $parts = foreach ($item in $Value) { ConvertTo-CanonicalJson -Value $item }
        return '[' + (@($parts) -join ',') + ']'
    }
    if ($Value -notmatch '[\x00-\x1F"\\]') { return '"' + $Value + '"' }
    $parts = foreach ($char in $Value.ToCharArray()) {
        $text = [string]$char
        if ($script:Escapes.ContainsKey($text)) { $script:Escapes[$text] }
        elseif ([int]$char -lt 32) { '\u{0:x4}' -f [int]$char }
        else { $text }
    }
    '"' + (-join $parts) + '"'
}

function Get-RuleOrder {
    <# .SYNOPSIS The rules by name, and by content where a name is there twice; and the SHA-256 of them all. #>
    param([Parameter(Mandatory)][AllowEmptyCollection()][object[]]$Facts)

    $known = New-Object -TypeName 'System.Collections.Generic.Dictionary[string,object]'
    $keys = New-Object -TypeName 'string[]' -ArgumentList $Facts.Count
    for ($index = 0; $index -lt $Facts.Count; $index++) {
        $text = ConvertTo-CanonicalJson -Value $Facts[$index]
        $keys[$index] = '{0}{1}{2}' -f $Facts[$index]['name'], [char]0, $text
        $known[$keys[$index]] = @{ Facts = $Facts[$index]; Text = $text }
    }
    [Array]::Sort($keys, [System.StringComparer]::Ordinal)
    $sorted = @($keys | ForEach-Object -Process { $known[$_] })
    @{
        Facts       = @($sorted | ForEach-Object -Process { $_.Facts })
        Fingerprint = Get-Digest -Texts @($sorted | ForEach-Object -Process { $_.Text })
    }
}

function Get-Digest {
    <# .SYNOPSIS SHA-256 of the list of these JSON texts; empty where there is none. #>
    param([Parameter(Mandatory)][AllowEmptyCollection()][string[]]$Texts)

    if (-not $Texts.Count) { return '' }
    $bytes = [System.Text.Encoding]::UTF8.GetBytes('[' + ($Texts -join ',') + ']')
    $digest = [System.Security.Cryptography.SHA256]::Create()
    try { -join ($digest.ComputeHash($bytes) | ForEach-Object -Process { '{0:x2}' -f $_ }) }
    finally { $digest.Dispose() }
}

function Format-RuleSet {
    <# .SYNOPSIS Rules for a person: a line a value and an address; what has its default is left out. #>
    param([Parameter(Mandatory)][AllowEmptyCollection()][object[]]$Facts)

    $table = Get-PropertyTable
    $lines = foreach ($rule in $Facts) {
        $rule['name']
        foreach ($row in $table) {
            $value = @($rule[$row.Option])
            $usual = $row.ContainsKey('Default') -and ($value -join ',') -eq $row.Default
            if ($row.Option -eq 'name' -or $usual) { continue }
            if ($value.Count -eq 1) { '    {0}: {1}' -f $row.Option, $value[0]; continue }
            '    {0}:' -f $row.Option
            foreach ($item in $value) { "    - $item" }
        }
    }
    -join ($lines | ForEach-Object -Process { "$_`n" })
}

Export-ModuleMember -Function ConvertTo-CanonicalJson, Get-RuleOrder, Format-RuleSet

# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Values of rules between their two forms: the one that COM takes and gives, and ours, in which rules are compared.
# Pure: nothing here touches the system. Runs on Windows PowerShell 5.1 and PowerShell 7.

Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'

$script:Protocols = @{ any = 256; tcp = 6; udp = 17; icmpv4 = 1; icmpv6 = 58 }
$script:Profiles = [ordered]@{ domain = 1; private = 2; public = 4 }
$script:AllProfiles = 0x7FFFFFFF
$script:Directions = @{ in = 1; out = 2 }
$script:Actions = @{ block = 0; allow = 1 }
$script:Traversals = @{ block = 0; allow = 1; defer_to_app = 2; defer_to_user = 3 }
$script:PortWords = @{ 'RPCEPMap' = 'RPC-EPMap'; 'RPC-EPMap' = 'RPC-EPMap'; 'RPC' = 'RPC' }

# kind -> how to read what COM gives, and how to write ours
$script:Kinds = @{
    text      = @{ Read = { param($value) [string]$value }; Write = { param($value) [string]$value } }
    flag      = @{ Read = { param($value) [bool]$value }; Write = { param($value) [bool]$value } }
    number    = @{ Read = { param($value) [string][int]$value }; Write = { param($value) [int]$value } }
    direction = @{
        Read = { param($value) Get-Word -Table $script:Directions -Number $value }
        Write = { param($value) $script:Directions[$value] }
    }
    action    = @{
        Read = { param($value) Get-Word -Table $script:Actions -Number $value }
        Write = { param($value) $script:Actions[$value] }
    }
    traversal = @{
        Read = { param($value) Get-Word -Table $script:Traversals -Number $value }
        Write = { param($value) $script:Traversals[$value] }
    }
    protocol  = @{
        Read = { param($value) Get-Word -Table $script:Protocols -Number $value }
        Write = { param($value) Get-ProtocolNumber -Protocol $value }
    }
    profiles  = @{
        Read = { param($value) , (ConvertFrom-ProfileMask -Mask $value) }
        Write = { param($value) ConvertTo-ProfileMask -Profiles $value }
    }
    addresses = @{
        Read = { param($value) , (ConvertTo-AddressList -Text $value) }
        Write = { param($value) if ($value -contains 'any') { '*' } else { $value -join ',' } }
    }
    ports     = @{
        Read = { param($value) , (ConvertTo-PortList -Text $value) }
        Write = { param($value) if (@($value).Count) { $value -join ',' } else { '*' } }
    }
    names     = @{
        Read = { param($value) , (ConvertTo-WordList -Value $value) }
        Write = { param($value) , [object[]]@($value) }
    }
    words     = @{
        Read = { param($value) , (ConvertTo-WordList -Value $value) }
        Write = { param($value) $value -join ',' }
    }
}

function ConvertFrom-ComValue {
    <# .SYNOPSIS Our form of what COM gave: text, truth, or a sorted list of strings. #>
    param([Parameter(Mandatory)][string]$Kind, [AllowNull()][object]$Value)

    , (& $script:Kinds[$Kind].Read $Value)
}

function ConvertTo-ComValue {
    param([Parameter(Mandatory)][string]$Kind, [AllowNull()][AllowEmptyCollection()][object]$Value)

    & $script:Kinds[$Kind].Write $Value
}

function Get-Word {
    <# .SYNOPSIS The word for a number; the number as text where there is none. #>
    param([Parameter(Mandatory)][hashtable]$Table, [AllowNull()][object]$Number)

    foreach ($word in $Table.Keys) {
        if ($Table[$word] -eq $Number) { return $word }
    }
    [string]$Number
}

function Get-ProtocolNumber {
    <# .SYNOPSIS 6 for tcp; -1 for what is no protocol. #>
    param([Parameter(Mandatory)][AllowEmptyString()][string]$Protocol)

    if ($script:Protocols.ContainsKey($Protocol)) { return $script:Protocols[$Protocol] }
    if ($Protocol -match '^[0-9]{1,3}$' -and [int]$Protocol -le 255) { return [int]$Protocol }
    -1
}

function ConvertFrom-ProfileMask {
    param([Parameter(Mandatory)][int]$Mask)

    $found = foreach ($name in $script:Profiles.Keys) { if ($Mask -band $script:Profiles[$name]) { $name } }
    , (Get-SortedList -Items $found)
}

function ConvertTo-ProfileMask {
    <# .SYNOPSIS The mask as a signed number: a larger type makes PowerShell's COM binder fail. #>
    param([Parameter(Mandatory)][AllowEmptyCollection()][object]$Profiles)

    $mask = 0
    foreach ($name in $Profiles) { $mask = $mask -bor $script:Profiles[$name] }
    if ($mask -eq 7) { return [int]$script:AllProfiles }
    [int]$mask
}

function Get-SortedList {
    <# .SYNOPSIS Each item once, ordered by its characters' numbers as Python does. #>
    param([AllowNull()][AllowEmptyCollection()][object]$Items)

    $set = New-Object -TypeName 'System.Collections.Generic.HashSet[string]'
    foreach ($item in $Items) { if ($null -ne $item -and '' -ne $item) { [void]$set.Add([string]$item) } }
    $list = New-Object -TypeName 'string[]' -ArgumentList $set.Count
    $set.CopyTo($list)
    [Array]::Sort($list, [System.StringComparer]::Ordinal)
    , $list
}

function Split-List {
    param([AllowNull()][object]$Text)

    foreach ($part in ([string]$Text -split ',')) { $part.Trim() }
}

function ConvertTo-WordList {
    <# .SYNOPSIS A list that COM gives as text with commas, or as an array. #>
    param([AllowNull()][object]$Value)

    if ($Value -is [array]) { return , (Get-SortedList -Items $Value) }
    , (Get-SortedList -Items @(Split-List -Text $Value))
}

function ConvertTo-PortList {
    <# .SYNOPSIS Ports as sorted texts; empty for any. #>
    param([AllowNull()][object]$Text)

    $found = foreach ($part in (Split-List -Text $Text)) {
        if ($part -eq '*') { continue }
        if ($part -match '^([0-9]{1,5})(?:-([0-9]{1,5}))?$') {
            $first = [int]$Matches[1]
            $last = if ($Matches.ContainsKey(2)) { [int]$Matches[2] } else { $first }
            if ($first -eq $last) { [string]$first } else { "$first-$last" }
        }
        elseif ($script:PortWords.ContainsKey($part)) { $script:PortWords[$part] }
        else { $part }
    }
    , (Get-SortedList -Items @($found))
}

function ConvertTo-AddressList {
    <# .SYNOPSIS Addresses as sorted texts; the one word any for any. #>
    param([AllowNull()][object]$Text)

    $found = foreach ($part in (Split-List -Text $Text)) {
        if ('' -eq $part) { continue }
        if ($part -in '*', 'any') { 'any' } else { ConvertTo-Address -Text $part }
    }
    $list = Get-SortedList -Items @($found)
    if (-not $list.Count) { $list = [string[]]@('any') }
    , $list
}

function ConvertTo-Address {
    <#
    .SYNOPSIS
    10.0.0.0/255.0.0.0 as 10.0.0.0/8, a single address with /32 or /128, a real range as it is, a keyword as it is.
    #>
    param([Parameter(Mandatory)][string]$Text)

    $ends = @($Text -split '-', 2)
    $first = Get-AddressByte -Text ($ends[0] -split '/')[0]
    if ($null -eq $first) { return $Text }
    if ($ends.Count -eq 2) {
        $last = Get-AddressByte -Text $ends[1]
        if ($null -eq $last) { return $Text }
        $from, $to = (Format-Address -Bytes $first), (Format-Address -Bytes $last)
        if ($from -ne $to) { return "$from-$to" }
    }
    $bits = Get-PrefixLength -Text $ends[0] -Longest (8 * $first.Count)
    if ($bits -lt 0) { return $Text }
    '{0}/{1}' -f (Format-Address -Bytes (Get-NetworkByte -Bytes $first -Bits $bits)), $bits
}

function Get-AddressByte {
    <# .SYNOPSIS The 4 or 16 bytes of an address, null for what is none. #>
    param([Parameter(Mandatory)][AllowEmptyString()][string]$Text)

    $parsed = $null
    if ($Text -notmatch '^[0-9A-Fa-f:.]*[:.][0-9A-Fa-f:.]*$') { return $null }
    if (-not [System.Net.IPAddress]::TryParse($Text, [ref]$parsed)) { return $null }
    , $parsed.GetAddressBytes()
}

function Get-PrefixLength {
    <# .SYNOPSIS The length that a prefix or a mask says, -1 for a mask with holes. #>
    param([Parameter(Mandatory)][string]$Text, [Parameter(Mandatory)][int]$Longest)

    $parts = @($Text -split '/', 2)
    if ($parts.Count -eq 1) { return $Longest }
    if ($parts[1] -match '^[0-9]{1,3}$' -and [int]$parts[1] -le $Longest) { return [int]$parts[1] }
    $mask = Get-AddressByte -Text $parts[1]
    if ($null -eq $mask) { return -1 }
    $bits = -join ($mask | ForEach-Object -Process { [Convert]::ToString($_, 2).PadLeft(8, '0') })
    if ($bits -notmatch '^1*0*$') { return -1 }
    $bits.TrimEnd('0').Length
}

function Get-NetworkByte {
    param([Parameter(Mandatory)][byte[]]$Bytes, [Parameter(Mandatory)][int]$Bits)

    $masked = [byte[]]$Bytes.Clone()
    for ($index = 0; $index -lt $masked.Count; $index++) {
        $kept = [Math]::Min(8, [Math]::Max(0, $Bits - 8 * $index))
        $masked[$index] = $masked[$index] -band (0xFF -bxor (0xFF -shr $kept))
    }
    , $masked
}

function Format-Address {
    <# .SYNOPSIS An address as Python writes it; .NET versions differ in the spelling of some IPv6 addresses. #>
    param([Parameter(Mandatory)][byte[]]$Bytes)

    if ($Bytes.Count -eq 4) { return $Bytes -join '.' }
    $words = for ($index = 0; $index -lt 16; $index += 2) { '{0:x}' -f (256 * $Bytes[$index] + $Bytes[$index + 1]) }
    $text = $words -join ':'
    $longest = ''
    foreach ($run in [regex]::Matches($text, '(?<![0-9a-f])0(:0)+(?![0-9a-f])')) {
        if ($run.Value.Length -gt $longest.Length) { $longest = $run.Value }
    }
    if (-not $longest) { return $text }
    $place = [regex]::Match($text, '(?<![0-9a-f])' + $longest + '(?![0-9a-f])').Index
    $before = $text.Substring(0, $place).TrimEnd(':')
    $after = $text.Substring($place + $longest.Length).TrimStart(':')
    "${before}::${after}"
}

Export-ModuleMember -Function ConvertFrom-ComValue, ConvertTo-ComValue, ConvertTo-AddressList, ConvertTo-PortList,
Get-ProtocolNumber, Get-SortedList

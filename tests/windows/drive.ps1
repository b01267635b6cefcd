# SPDX-License-Identifier: GPL-3.0-or-later
# Runs the module's code many times in one process: a request a line comes in as JSON, an answer a line goes out. Only
# Ansible's own reading of options is left out; test_module.py has that.
param([string]$Folder, [string]$Requests)

Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'
foreach ($name in 'Store', 'Host', 'Forms', 'Limits', 'Rules', 'Text', 'Change', 'Rollback', 'Answer', 'Operations') {
    Import-Module -Name (Join-Path -Path $Folder -ChildPath "Firewall$name.psm1") -Force -DisableNameChecking
}
Add-Type -Path (Get-ChildItem -Path $env:PWSH_LAB_COM -Filter '*.cs' | ForEach-Object -Process { $_.FullName })

# the process may be made to end in the middle of a write, and after it
function global:Write-StateFile {
    param([string]$Name, [string]$Text)

    if ([MsxLab.Life]::Ends($env:MSX_WINDOWS_STATE, 1)) {
        [System.IO.File]::WriteAllText((Get-StatePath -Name "$Name.new"), $Text.Substring(0, [int]($Text.Length / 2)))
    }
    [MsxLab.Life]::Wrote($env:MSX_WINDOWS_STATE)
    & (Get-Module -Name FirewallHost) { Write-StateFile @args } -Name $Name -Text $Text
    [MsxLab.Life]::Wrote($env:MSX_WINDOWS_STATE)
}

function global:Remove-StateFile {
    param([string]$Name)

    $there = Test-Path -LiteralPath (Get-StatePath -Name $Name)
    & (Get-Module -Name FirewallHost) { Remove-StateFile @args } -Name $Name
    if ($there) { [MsxLab.Life]::Wrote($env:MSX_WINDOWS_STATE) }
}

$reader = [System.IO.StreamReader]::new($Requests)
while ($null -ne ($line = $reader.ReadLine())) {
    $request = $line | ConvertFrom-Json -AsHashtable
    $env:MSX_WINDOWS_STATE = $request.state
    $env:ProgramFiles = [System.IO.Path]::Combine($request.state, 'Program Files')
    $call = $request.call
    [MsxLab.Life]::Begin()
    try {
        $answer = if ($request.function -eq 'Invoke-RuleOperation') { Invoke-RuleOperation @call }
        else { @{ value = (& $request.function @call) } }
    }
    catch {
        $place = "$($_.ScriptStackTrace)"
        $known = $_.Exception.Data.Contains('msexchange.firewall')
        $loaded = $_.Exception.Data.Contains('still_loaded')
        $answer = @{ error = $_.Exception.Message; known = $known; place = $place; still_loaded = $loaded }
    }
    [Console]::Out.WriteLine(($answer | ConvertTo-Json -Depth 9 -Compress))
    [Console]::Out.Flush()
}

# SPDX-License-Identifier: GPL-3.0-or-later
# Runs the module's code many times in one process: a request a line comes in as JSON, an answer a line goes out. Only
# Ansible's own reading of options is left out; test_module.py has that.
param([string]$Folder, [string]$Requests)

Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'
foreach ($name in 'Store', 'Host', 'Forms', 'Limits', 'Rules', 'Text', 'Change', 'Rollback', 'Answer', 'Operations') {
    Import-Module -Name (Join-Path -Path $Folder -ChildPath "Firewall$name.psm1") -Force -DisableNameChecking
}
$reader = [System.IO.StreamReader]::new($Requests)
while ($null -ne ($line = $reader.ReadLine())) {
    $request = $line | ConvertFrom-Json -AsHashtable
    $env:MSX_WINDOWS_STATE = $request.state
    $env:ProgramFiles = [System.IO.Path]::Combine($request.state, 'Program Files')
    $call = $request.call
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

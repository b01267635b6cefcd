#!powershell
# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

#AnsibleRequires -CSharpUtil Ansible.Basic
#AnsibleRequires -PowerShell ..module_utils.FirewallOperations

# Options in, one call, results and errors out. Runs on Windows PowerShell 5.1 and PowerShell 7.

Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'

$texts = @{ type = 'list'; elements = 'str' }
$rule = @{
    name = @{ type = 'str'; required = $true }
    description = @{ type = 'str'; default = '' }
    direction = @{ type = 'str'; choices = 'in', 'out'; required = $true }
    action = @{ type = 'str'; choices = 'allow', 'block'; default = 'allow' }
    enabled = @{ type = 'bool'; default = $true }
    protocol = @{ type = 'str'; required = $true }
    local_ports = $texts + @{ default = @() }
    remote_ports = $texts + @{ default = @() }
    local_addresses = $texts + @{ required = $true }
    remote_addresses = $texts + @{ required = $true }
    icmp_types = $texts + @{ default = @() }
    program = @{ type = 'str'; default = '' }
    service = @{ type = 'str'; default = '' }
    profiles = $texts + @{ choices = 'domain', 'private', 'public'; default = @('domain', 'private', 'public') }
    edge_traversal = @{ type = 'str'; choices = 'block', 'allow', 'defer_to_app', 'defer_to_user'; default = 'block' }
}
$spec = @{
    options = @{
        operation = @{ type = 'str'; choices = 'read', 'apply', 'confirm', 'rollback'; default = 'read' }
        rules = @{ type = 'list'; elements = 'dict'; options = $rule }
        expected_fingerprint = @{ type = 'str' }
        rollback_seconds = @{ type = 'int'; default = 60 }
        token = @{ type = 'str'; no_log = $false }
        plan = @{ type = 'str'; default = '' }
    }
    required_if = @(
        @('operation', 'apply', @('rules', 'token')),
        @('operation', 'confirm', @(, 'token')),
        @('operation', 'rollback', @(, 'token'))
    )
    supports_check_mode = $true
}
$module = [Ansible.Basic.AnsibleModule]::Create($args, $spec)

$options = @{
    Operation = $module.Params.operation
    Wanted = $module.Params.rules
    Fingerprint = $module.Params.expected_fingerprint
    RollbackSeconds = $module.Params.rollback_seconds
    Token = $module.Params.token
    Plan = $module.Params.plan
    CheckMode = $module.CheckMode
}
try { $result = Invoke-RuleOperation @options }
catch {
    # what the store and the limits say is a sentence for the user; anything else is a fault of ours, with its place
    $module.Result.still_loaded = $_.Exception.Data.Contains('still_loaded')
    if ($_.Exception.Data.Contains('msexchange.firewall')) { $module.FailJson($_.Exception.Message) }
    $module.FailJson("Unexpected: $($_.Exception.Message)", $_)
}
foreach ($key in $result.Keys) { $module.Result[$key] = $result[$key] }
foreach ($notice in $result.notices) { $module.Warn($notice) }
$module.ExitJson()

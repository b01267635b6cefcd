# SPDX-License-Identifier: GPL-3.0-or-later
# Reads PowerShell files and says, as JSON, what their syntax trees hold: operators, commands with their parameters,
# methods, types.
using namespace System.Management.Automation.Language
param([string[]]$Path)

$found = foreach ($file in $Path) {
    $tokens, $errors = $null, $null
    $tree = [Parser]::ParseFile($file, [ref]$tokens, [ref]$errors)
    $nodes = $tree.FindAll({ $true }, $true)
    @{
        file = $file
        errors = @($errors | ForEach-Object { $_.Message })
        tokens = @($tokens | ForEach-Object { "$($_.Kind)" } | Sort-Object -Unique)
        nodes = @($nodes | ForEach-Object { $_.GetType().Name } | Sort-Object -Unique)
        commands = @($nodes | Where-Object { $_ -is [CommandAst] } | ForEach-Object {
                @{
                    name = $_.GetCommandName()
                    line = $_.Extent.StartLineNumber
                    parameters = @($_.CommandElements | Where-Object {
                            $_ -is [CommandParameterAst]
                        } | ForEach-Object { $_.ParameterName })
                }
            })
        methods = @($nodes | Where-Object { $_ -is [InvokeMemberExpressionAst] } | ForEach-Object {
                "$($_.Expression.Extent.Text -replace '^\[(.*)\]$', '$1::')|$($_.Member.Extent.Text)" })
        types = @($nodes | Where-Object { $_ -is [TypeExpressionAst] -or
                $_ -is [TypeConstraintAst] } | ForEach-Object { $_.TypeName.FullName })
        functions = @($nodes | Where-Object { $_ -is [FunctionDefinitionAst] } | ForEach-Object {
                @{ name = $_.Name; lines = $_.Extent.EndLineNumber - $_.Extent.StartLineNumber + 1 } })
        statements = @($tree.EndBlock.Statements | ForEach-Object { $_.Extent.Text })
        lines = @(Get-Content -LiteralPath $file).Count
    }
}
ConvertTo-Json -InputObject @($found) -Depth 6 -Compress

# SPDX-License-Identifier: GPL-3.0-or-later
# The emulated Task Scheduler; pwsh of the lab runs this for New-Object -ComObject Schedule.Service.
if (-not ('MsxLab.Policy' -as [type])) {
    Add-Type -Path (Get-ChildItem -Path $env:PWSH_LAB_COM -Filter '*.cs' | ForEach-Object -Process { $_.FullName })
}
[MsxLab.Scheduler]::new($env:MSX_WINDOWS_STATE)

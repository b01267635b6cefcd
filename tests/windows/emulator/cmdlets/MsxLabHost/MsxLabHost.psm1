# SPDX-License-Identifier: GPL-3.0-or-later
# Cmdlets that PowerShell has on Windows only. The rights of a folder are kept as its mode: 0700 stands for what our
# code sets, anything else for what a folder inherits from Program Files.

function Get-Setting {
    param([string]$Name)

    if (-not ('MsxLab.Policy' -as [type])) { New-Object -ComObject HNetCfg.FwPolicy2 | Out-Null }
    [MsxLab.Settings]::new($env:MSX_WINDOWS_STATE).Get($Name)
}

function Get-Acl {
    param([string]$LiteralPath)

    $text = Get-Setting -Name 'acl'
    if (-not $text) {
        $text = 'O:BAG:SYD:AI(A;OICIID;FA;;;SY)(A;OICIID;FA;;;BA)(A;OICIID;0x1200a9;;;BU)(A;OICIIOID;GA;;;CO)'
        if ([int][System.IO.File]::GetUnixFileMode($LiteralPath) -eq 448) {
            $text = 'O:BAG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)'
        }
    }
    $rights = [pscustomobject]@{ Sddl = $text }
    $rights | Add-Member -MemberType ScriptMethod -Name SetSecurityDescriptorSddlForm -Value {
        param($form) $this.Sddl = $form
    }
    $rights
}

function Set-Acl {
    param([string]$LiteralPath, [object]$AclObject)

    if ($AclObject.Sddl -ne 'O:BAD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)') { throw 'other rights than ours' }
    [MsxLab.Life]::Wrote($env:MSX_WINDOWS_STATE) # the folder was made just before
    [System.IO.File]::SetUnixFileMode($LiteralPath, 448)
    [MsxLab.Life]::Wrote($env:MSX_WINDOWS_STATE)
}

function Get-NetTCPConnection {
    [CmdletBinding()]
    param([string]$State, [int[]]$LocalPort)

    if ($State -ne 'Established' -or $LocalPort -notcontains 5985) { throw 'not what is asked' }
    foreach ($address in ((Get-Setting -Name 'connections') -split ',')) {
        if ($address) { [pscustomobject]@{ RemoteAddress = $address } }
    }
}

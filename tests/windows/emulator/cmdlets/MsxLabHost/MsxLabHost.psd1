# SPDX-License-Identifier: GPL-3.0-or-later
@{
    RootModule = 'MsxLabHost.psm1'
    ModuleVersion = '1.0'
    FunctionsToExport = 'Get-Acl', 'Set-Acl', 'Get-NetTCPConnection'
}

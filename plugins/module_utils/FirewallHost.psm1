# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

#AnsibleRequires -PowerShell ..module_utils.FirewallStore

# The host around the firewall: our folder and its files, the scheduled task, the clock, the session. It knows nothing
# of rules. Runs on Windows PowerShell 5.1 and PowerShell 7.

Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'

$script:FolderName = 'msexchange.firewall'
$script:LockName = 'lock'
$script:Unfinished = '.new'
$script:TaskName = 'msexchange.firewall rollback'
# full control for SYSTEM and the Administrators group, nothing inherited: what lies here is run as SYSTEM
$script:Protection = 'O:BAD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)'
$script:Trusted = 'SY', 'BA', 'S-1-5-18', 'S-1-5-32-544'
$script:WinRMPorts = 5985, 5986
# TASK_CREATE_OR_UPDATE and TASK_LOGON_SERVICE_ACCOUNT of taskschd.h
$script:CreateOrUpdate = 6
$script:ServiceAccount = 5

# The script ({0}) is read and run as a text: a policy that forbids script files would keep the host from going back.
$script:TaskArguments = '-NoProfile -NonInteractive -ExecutionPolicy Bypass -Command ' +
'"& ([scriptblock]::Create([IO.File]::ReadAllText(''{0}'')))"'
# {0} when the time is over, {1} a year later, {2} a day before now, {3} the arguments. Each trigger makes up for
# another: the first is exact; the second comes each minute, also when the clock was set back, when a first try failed,
# or when somebody ended the process; the third comes after a restart, however long the host was off. The script looks
# at a clock that nobody sets, so it does no harm that one of them comes early.
$script:TaskText = @'
<?xml version="1.0"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>Takes a change of msexchange.firewall back unless it is confirmed in time.</Description>
  </RegistrationInfo>
  <Triggers>
    <TimeTrigger><StartBoundary>{0}</StartBoundary><EndBoundary>{1}</EndBoundary></TimeTrigger>
    <TimeTrigger><StartBoundary>{2}</StartBoundary><Repetition><Interval>PT1M</Interval></Repetition></TimeTrigger>
    <BootTrigger><Enabled>true</Enabled></BootTrigger>
  </Triggers>
  <Principals>
    <Principal id="System"><UserId>S-1-5-18</UserId><RunLevel>HighestAvailable</RunLevel></Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <ExecutionTimeLimit>PT1H</ExecutionTimeLimit>
    <Priority>4</Priority>
  </Settings>
  <Actions Context="System">
    <Exec>
      <Command>%SystemRoot%\System32\WindowsPowerShell\v1.0\powershell.exe</Command>
      <Arguments>{3}</Arguments>
    </Exec>
  </Actions>
</Task>
'@

function Get-StatePath {
    <#
    .SYNOPSIS
    The path of our folder, or of a file in it.
    .DESCRIPTION
    Below Program Files only administrators can make a folder, so nobody can put one there before us. In ProgramData
    everybody can.
    #>
    param([string]$Name = '')

    $root = $env:ProgramFiles
    if ($env:ProgramW6432) { $root = $env:ProgramW6432 } # what a 32-bit process calls the real one
    [System.IO.Path]::Combine($root, $script:FolderName, $Name)
}

function Test-StateFolder {
    <# .SYNOPSIS Whether we keep something. An empty folder was left by a run that was ended, and means nothing. #>
    $path = Get-StatePath
    Invoke-FirewallCall -Doing "Looking into $path" -Call {
        [System.IO.Directory]::Exists($path) -and [System.IO.Directory]::GetFileSystemEntries($path).Count -gt 0
    }
}

function Assert-StateFolder {
    <# .SYNOPSIS Refuses a folder that others than SYSTEM and administrators own or can write to. #>
    $path = Get-StatePath
    $text = Invoke-FirewallCall -Doing "Reading the rights of $path" -Call { (Get-Acl -LiteralPath $path).Sddl }
    $owner = [regex]::Match($text, '^O:(S-[0-9-]+|[A-Z]{2})').Groups[1].Value
    $granted = [regex]::Match($text, 'D:P[A-Z]*((\([^)]*\))+)').Groups[1].Value
    $trustees = @([regex]::Matches($granted, ';([^;()]*)\)') | ForEach-Object -Process { $_.Groups[1].Value })
    $strange = @(@($owner) + $trustees | Where-Object -FilterScript { $script:Trusted -notcontains $_ })
    $attributes = [System.IO.File]::GetAttributes($path)
    $link = [bool]($attributes -band [System.IO.FileAttributes]::ReparsePoint)
    if ($strange.Count -or -not $trustees.Count -or $link) {
        $fault = "The folder $path must belong to Administrators or SYSTEM, be no link, and be open to no one " +
        "else; its rights are $text."
        throw (New-FirewallException -Text $fault -Code 'windows-unsafe-folder')
    }
}

function Initialize-StateFolder {
    <# .SYNOPSIS Makes the folder and protects it. An empty one was left by a run that ended between the two. #>
    $path = Get-StatePath
    Invoke-FirewallCall -Doing "Making $path" -Call {
        [void][System.IO.Directory]::CreateDirectory($path)
        if (Test-StateFolder) { return }
        $rights = Get-Acl -LiteralPath $path
        if ($rights.Sddl -match 'D:P[A-Z]*\(') { return }
        $rights.SetSecurityDescriptorSddlForm($script:Protection)
        Set-Acl -LiteralPath $path -AclObject $rights
    }
    Assert-StateFolder
}

function Open-StateLock {
    <#
    .SYNOPSIS
    The lock of our folder; the system frees it when the process ends, however that ends. Null when the time is over.
    #>
    param([Parameter(Mandatory)][int]$Seconds)

    $path = Get-StatePath -Name $script:LockName
    $until = (Get-HostClock) + 1000 * $Seconds
    while ($true) {
        try {
            return [System.IO.FileStream]::new($path, [System.IO.FileMode]::OpenOrCreate,
                [System.IO.FileAccess]::ReadWrite, [System.IO.FileShare]::None, 8,
                [System.IO.FileOptions]::DeleteOnClose)
        }
        catch {
            $fault = $_.Exception.GetBaseException()
            if ($fault -is [System.IO.DirectoryNotFoundException]) { return $null }
            if ((Get-HostClock) -ge $until) {
                if ($fault -is [System.IO.IOException]) { return $null }
                throw (ConvertTo-FirewallException -Exception $fault -Doing "Opening $path")
            }
            [System.Threading.Thread]::Sleep(100)
        }
    }
}

function Close-StateLock {
    <# .SYNOPSIS Frees the lock. A folder in which nothing is left goes too. #>
    param([AllowNull()][object]$Lock)

    if ($null -eq $Lock) { return }
    $path = Get-StatePath
    Invoke-FirewallCall -Doing "Freeing the lock in $path" -Call { $Lock.Dispose() }
    try { [System.IO.Directory]::Delete($path) }
    catch [System.IO.IOException] { return } # not empty, or another run holds the lock by now
}

function Read-StateFile {
    <# .SYNOPSIS The text of a file; null where there is none. #>
    param([Parameter(Mandatory)][string]$Name)

    $path = Get-StatePath -Name $Name
    if (-not [System.IO.File]::Exists($path)) { return $null }
    Invoke-FirewallCall -Doing "Reading $path" -Call { [System.IO.File]::ReadAllText($path) }
}

function Write-StateFile {
    <# .SYNOPSIS Replaces a file in one step, on the disk before it gets its name. #>
    param([Parameter(Mandatory)][string]$Name, [Parameter(Mandatory)][string]$Text)

    $path = Get-StatePath -Name $Name
    $fresh = $path + $script:Unfinished
    Invoke-FirewallCall -Doing "Writing $path" -Call {
        $bytes = [System.Text.Encoding]::UTF8.GetBytes($Text)
        $file = [System.IO.FileStream]::new($fresh, [System.IO.FileMode]::Create, [System.IO.FileAccess]::Write,
            [System.IO.FileShare]::None, 4096, [System.IO.FileOptions]::WriteThrough)
        try {
            $file.Write($bytes, 0, $bytes.Count)
            $file.Flush($true)
        }
        finally { $file.Dispose() }
        if ([System.IO.File]::Exists($path)) { [System.IO.File]::Replace($fresh, $path, [NullString]::Value) }
        else { [System.IO.File]::Move($fresh, $path) }
    }
}

function Remove-StateFile {
    <# .SYNOPSIS Removes a file, and what a run that was ended left of writing it. #>
    param([Parameter(Mandatory)][string]$Name)

    $path = Get-StatePath -Name $Name
    Invoke-FirewallCall -Doing "Removing $path" -Call {
        [System.IO.File]::Delete($path)
        [System.IO.File]::Delete($path + $script:Unfinished)
    }
}

function Open-TaskFolder {
    $service = New-FirewallObject -ProgId 'Schedule.Service'
    Invoke-FirewallCall -Doing 'Opening the Task Scheduler' -Call {
        $service.Connect()
        , $service.GetFolder('\')
    }
}

function Register-RollbackTask {
    <# .SYNOPSIS Has the host run the script as SYSTEM when the time is over; one that was left is replaced. #>
    param([Parameter(Mandatory)][string]$Script, [Parameter(Mandatory)][int]$Seconds)

    $now = [System.DateTimeOffset]::Now
    $times = @($now.AddSeconds($Seconds), $now.AddDays(365), $now.AddDays(-1)) | ForEach-Object -Process {
        # with its offset a time is an instant, which no change of the time zone moves
        $_.ToString("yyyy-MM-dd'T'HH:mm:sszzz", [System.Globalization.CultureInfo]::InvariantCulture)
    }
    $arguments = $script:TaskArguments -f (Get-StatePath -Name $Script).Replace("'", "''")
    $text = $script:TaskText -f ($times + [System.Security.SecurityElement]::Escape($arguments))
    $folder = Open-TaskFolder
    Invoke-FirewallCall -Doing "Registering the task $($script:TaskName)" -Call {
        [void]$folder.RegisterTask(
            $script:TaskName, $text, $script:CreateOrUpdate, 'SYSTEM', $null, $script:ServiceAccount)
        if (-not $folder.GetTask($script:TaskName).Enabled) {
            $fault = "The task $($script:TaskName) was registered, and it is disabled."
            throw (New-FirewallException -Text $fault -Code 'windows-no-timer')
        }
    }
}

function Test-RollbackTask {
    <# .SYNOPSIS Whether the task is there. #>
    $folder = Open-TaskFolder
    Invoke-FirewallCall -Doing "Looking for the task $($script:TaskName)" -Call {
        try { $null -ne $folder.GetTask($script:TaskName) }
        catch {
            if ((Get-FirewallResult -Exception $_.Exception) -ne '0x80070002') { throw }
            $false
        }
    }
}

function Remove-RollbackTask {
    <# .SYNOPSIS Removes the task where there is one. #>
    if (-not (Test-RollbackTask)) { return }
    $folder = Open-TaskFolder
    Invoke-FirewallCall -Doing "Removing the task $($script:TaskName)" -Call {
        $folder.DeleteTask($script:TaskName, 0)
    }
}

function Get-HostClock {
    <# .SYNOPSIS Milliseconds of a clock that begins anew with each start of the host, and that nobody can set. #>
    [long](1000.0 * [System.Diagnostics.Stopwatch]::GetTimestamp() / [System.Diagnostics.Stopwatch]::Frequency)
}

function Wait-HostClock {
    param([Parameter(Mandatory)][int]$Milliseconds)

    [System.Threading.Thread]::Sleep($Milliseconds)
}

function Get-SessionPeer {
    <#
    .SYNOPSIS
    The address from which this session comes, empty where that is not certain.
    .DESCRIPTION
    SSH says it. With WinRM the connections belong to the system and not to the session: where all of them come from one
    address, it is that one.
    #>
    if ($env:SSH_CONNECTION) { return @($env:SSH_CONNECTION -split ' ')[0] }
    $found = @()
    try {
        $options = @{ State = 'Established'; LocalPort = $script:WinRMPorts; ErrorAction = 'Ignore' }
        $found = @(Get-NetTCPConnection @options | ForEach-Object -Process { [string]$_.RemoteAddress })
    }
    catch { return '' } # Windows before 2012 has no such command
    $from = New-Object -TypeName 'System.Collections.Generic.HashSet[string]'
    foreach ($address in $found) { [void]$from.Add(@($address -split '%')[0]) }
    if ($from.Count -eq 1) { return @($from)[0] }
    ''
}

Export-ModuleMember -Function Get-StatePath, Test-StateFolder, Assert-StateFolder, Initialize-StateFolder,
Open-StateLock, Close-StateLock, Read-StateFile, Write-StateFile, Remove-StateFile, Register-RollbackTask,
Test-RollbackTask, Remove-RollbackTask, Get-HostClock, Wait-HostClock, Get-SessionPeer

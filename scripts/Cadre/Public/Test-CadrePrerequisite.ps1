function Test-CadrePrerequisite {
    <#
    .SYNOPSIS
    What a machine lacks for what it is to be, before anything of Cadre is installed on it.
    .DESCRIPTION
    One object for each check, in the order in which they depend on each other: State is ok, warning, failed or skipped, Cure says what to
    do. Where one failed, an error CadreNotSo names the first, which is to be mended first. A warning stands in nobody's way:
    packages that are not installed yet, a system on which Cadre has not been tried. Nothing is changed, and no tool `cadre` is needed.
    When the machine is set up, Test-CadreNode looks at it.

    system, processor, powershell, account (may write where Cadre is to be), systemd, user, packages, tool, mariadb (where a master is to have
    one of its own), port, master, database (their names, and a real connection), disk, memory, clock.
    .PARAMETER Role
    What the machine is to be: Master, Extension, or Client, which only asks and submits.
    .PARAMETER Master
    Where it will reach the broker: HOST:PORT.
    .PARAMETER Database
    Where it will reach MariaDB: HOST:PORT. A master without it is to have a MariaDB of its own.
    .PARAMETER Path
    The directories of configuration and data, the data's last.
    .PARAMETER Port
    At which port a master's broker is to listen.
    .PARAMETER TimeoutSec
    For how many seconds each address is waited for.
    .EXAMPLE
    Test-CadrePrerequisite -Role Master
    .EXAMPLE
    Test-CadrePrerequisite -Role Extension -Master master.example:7171 | Where-Object State -NE 'ok' | Format-List
    .EXAMPLE
    Test-CadrePrerequisite -Role Master -Database 10.1.0.9:3306 -Path /srv/cadre/etc, /srv/cadre/data
    #>
    [CmdletBinding()]
    [OutputType('Cadre.Check')]
    param(
        [Parameter(Mandatory, Position = 0)] [ValidateSet('Master', 'Extension', 'Client')] [string] $Role,
        [ValidatePattern('^(tcp://)?(\[[0-9a-fA-F:.]+\]|[^:/\s]+):\d{1,5}$')] [string] $Master,
        [ValidatePattern('^(tcp://)?(\[[0-9a-fA-F:.]+\]|[^:/\s]+):\d{1,5}$')] [string] $Database,
        [ValidateNotNullOrEmpty()] [string[]] $Path = @('/etc/cadre', '/var/lib/cadre'),
        [ValidateRange(1, 65535)] [int] $Port = 7171,
        [ValidateRange(1, 300)] [int] $TimeoutSec = 5)

    $places = @($Path | ForEach-Object { $PSCmdlet.GetUnresolvedProviderPathFromPSPath($_) })
    $own = $Role -eq 'Master' -and -not $Database
    $checks = @(Get-CadreMachineCheck -Role $Role -Path $places)
    $checks += @(Get-CadreSoftwareCheck -Role $Role -OwnDatabase:$own)
    if ($Role -eq 'Master') { $checks += Get-CadrePortCheck -Port $Port }
    else { $checks += ConvertTo-CadreCheck 'port' 'skipped' 'it listens nowhere: it connects to the master' }
    $checks += Get-CadreReachCheck -Check 'master' -Place $Master -TimeoutSec $TimeoutSec
    $checks += Get-CadreReachCheck -Check 'database' -Place $Database -TimeoutSec $TimeoutSec
    if ($Role -eq 'Client' -or -not $IsLinux) {
        foreach ($one in 'disk', 'memory', 'clock') { $checks += ConvertTo-CadreCheck $one 'skipped' 'wanted of nodes alone, which are Linux' }
    }
    else {
        $fact = Get-CadreMachineFact -Path $places[-1]
        $room = @{ Free = $fact.Free; Memory = $fact.Memory; Available = $fact.Available }
        $checks += @(Get-CadreRoomCheck -Role $Role -Path $places[-1] @room -OwnDatabase:$own)
        $checks += Get-CadreClockCheck -Daemon $fact.Daemon -Synchronised $fact.Synchronised
    }
    $checks
    $first = $checks | Where-Object { $_.State -eq 'failed' } | Select-Object -First 1
    if ($null -eq $first) { return }
    $message = "first to mend: $($first.Check): $($first.Found)`n  $($first.Cure)"
    $PSCmdlet.WriteError((ConvertTo-CadreError -ExitCode 1 -Message $message -Target $first.Check))
}

# How a daemon of a node is run, and whether it runs: by systemd's unit where systemd runs and the node's file is the usual
# one, else as a process with a keeper (Get-CadreKeeper), known by a pid file beside the node's file. Program and Argument are
# what the unit's ExecStart has too.
function Get-CadreServiceState {
    [CmdletBinding()]
    [OutputType('Cadre.Service')]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory)] [string] $Role,
        [Parameter(Mandatory)] [string] $Config)

    $file = $Cmdlet.GetUnresolvedProviderPathFromPSPath($Config)
    $directory = Split-Path -Path $file -Parent
    $name = "cadre-$($Role.ToLowerInvariant())"
    $program, $arguments = $name, @('--config', $file)
    if ($Role -eq 'Database') {
        $name, $program = 'cadre-mariadb', 'mariadbd'
        $arguments = @("--defaults-file=$(Join-Path -Path $directory -ChildPath 'mariadb.cnf')")
    }
    $beside = Join-Path -Path $directory -ChildPath $name
    $state = [pscustomobject] @{
        PSTypeName = 'Cadre.Service'
        Role       = $Role
        Running    = $false
        Manager    = 'Process'
        Name       = $name
        Program    = $program
        Argument   = $arguments
        ProcessId  = $null
        Config     = $file
        PidFile    = "$beside.pid"
        Log        = "$beside.log"
    }
    if ([IO.Directory]::Exists('/run/systemd/system') -and $file -eq '/etc/cadre/node.yaml') {
        $state.Manager, $state.PidFile, $state.Log = 'Systemd', $null, $null
        # With a word, not by its exit code alone: without a systemd to ask (in a chroot) it says nothing, and ends with 0.
        $ran = Invoke-CadreProcess -Path 'systemctl' -Argument 'is-active', $name
        $state.Running = $ran.ExitCode -eq 0 -and $ran.Output.Trim().Length -gt 0
        return $state
    }
    $number = 0
    if ([IO.File]::Exists($state.PidFile) -and [int]::TryParse([IO.File]::ReadAllText($state.PidFile), [ref] $number)) {
        # The number may be somebody else's by now, or that of one who ended and is not buried yet.
        $line = "/proc/$number/cmdline"
        $words = @()
        try { $words = [IO.File]::ReadAllText($line) -split "`0" } catch [IO.IOException] { $words = @() }
        # It is the keeper, or for a moment what starts it (setsid, setpriv): the daemon's command line is behind that one's own.
        $programs = @($words | Where-Object { ($_ -split '/')[-1] -ceq $program })
        $state.Running = $programs.Count -gt 0 -and $words -ccontains $arguments[-1]
        if ($state.Running) { $state.ProcessId = $number }
    }
    $state
}

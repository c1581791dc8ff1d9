# How a daemon of a node is run, and whether it runs: by systemd's unit where systemd runs and the node's file is the usual
# one, else as a process of its own, known by a pid file beside the node's file.
function Get-CadreServiceState {
    [CmdletBinding()]
    [OutputType('Cadre.Service')]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory)] [string] $Role,
        [Parameter(Mandatory)] [string] $Config)

    $file = $Cmdlet.GetUnresolvedProviderPathFromPSPath($Config)
    $program = "cadre-$($Role.ToLowerInvariant())"
    $beside = Join-Path -Path (Split-Path -Path $file -Parent) -ChildPath $program
    $state = [pscustomobject] @{
        PSTypeName = 'Cadre.Service'
        Role       = $Role
        Running    = $false
        Manager    = 'Process'
        Name       = $program
        ProcessId  = $null
        Config     = $file
        PidFile    = "$beside.pid"
        Log        = "$beside.log"
    }
    if ([IO.Directory]::Exists('/run/systemd/system') -and $file -eq '/etc/cadre/node.yaml') {
        $state.Manager, $state.PidFile, $state.Log = 'Systemd', $null, $null
        $state.Running = (Invoke-CadreProcess -Path 'systemctl' -Argument 'is-active', '--quiet', $program).ExitCode -eq 0
        return $state
    }
    $number = 0
    if ([IO.File]::Exists($state.PidFile) -and [int]::TryParse([IO.File]::ReadAllText($state.PidFile), [ref] $number)) {
        # The number may be somebody else's by now, or that of one who ended and is not buried yet.
        $line = "/proc/$number/cmdline"
        $words = @()
        try { $words = [IO.File]::ReadAllText($line) -split "`0" } catch [IO.IOException] { $words = @() }
        $state.Running = $words.Count -gt 2 -and (Split-Path -Path $words[0] -Leaf) -eq $program -and $words[2] -ceq $file
        if ($state.Running) { $state.ProcessId = $number }
    }
    $state
}

function Stop-CadreService {
    <#
    .SYNOPSIS
    Stops a daemon of this node, orderly, and waits until it has ended.
    .DESCRIPTION
    What a worker holds goes to other nodes; to let it finish, Suspend-CadreNode -Wait first. While MariaDB is away the
    broker waits for it, and workers go on with what they have. Where it does not run, nothing is changed, and Changed is false. It
    is never killed: one that takes longer is an error CadreTryAgain, and goes on ending.
    .PARAMETER Role
    Worker, Broker, or Database: the MariaDB of Cadre's own on a master that has one.
    .PARAMETER Config
    The node's file.
    .PARAMETER TimeoutSec
    For how many seconds its end is waited for.
    .EXAMPLE
    Stop-CadreService -Role Worker
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Medium')]
    [OutputType('Cadre.Service')]
    param(
        [Parameter(Mandatory, Position = 0)] [ValidateSet('Worker', 'Broker', 'Database')] [string] $Role,
        [Parameter(Position = 1, ValueFromPipelineByPropertyName)] [ValidateNotNullOrEmpty()] [string] $Config = '/etc/cadre/node.yaml',
        [ValidateRange(1, 2147483)] [int] $TimeoutSec = 60)

    process {
        $service = Get-CadreServiceState -Cmdlet $PSCmdlet -Role $Role -Config $Config
        $changed = $service.Running
        if (-not $changed) { $PSCmdlet.WriteVerbose("$($service.Name) does not run.") }
        elseif (-not $PSCmdlet.ShouldProcess("$($service.Name) with $($service.Config)", 'Stop')) { return }
        if ($changed) {
            $path, $arguments = '/bin/kill', @('-TERM', "$($service.ProcessId)")
            if ($service.Manager -eq 'Systemd') { $path, $arguments = 'systemctl', @('stop', $service.Name) }
            $ran = Invoke-CadreProcess -Path $path -Argument $arguments
            if ($ran.ExitCode -ne 0) {
                $PSCmdlet.ThrowTerminatingError((ConvertTo-CadreError -ExitCode 77 -Message $ran.Errors -Target $service.Name))
            }
            $watch = [Diagnostics.Stopwatch]::StartNew()
            # A process that is not this one's child tells nobody of its end.
            do {
                $service = Get-CadreServiceState -Cmdlet $PSCmdlet -Role $Role -Config $Config
                if ($service.Running) { Start-Sleep -Milliseconds 50 }
            } while ($service.Running -and $watch.Elapsed.TotalSeconds -lt $TimeoutSec)
            if (-not $service.Running -and $service.PidFile) { [IO.File]::Delete($service.PidFile) }
        }
        Add-Member -InputObject $service -MemberType 'NoteProperty' -Name 'Changed' -Value $changed -PassThru
        if ($service.Running) {
            $message = "$($service.Name) has not ended within $TimeoutSec s; it goes on ending"
            $PSCmdlet.WriteError((ConvertTo-CadreError -ExitCode 75 -Message $message -Target $service.Name))
        }
    }
}

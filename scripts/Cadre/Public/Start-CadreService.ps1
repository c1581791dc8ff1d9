function Start-CadreService {
    <#
    .SYNOPSIS
    Starts a daemon of this node, and waits until it is ready.
    .DESCRIPTION
    A worker is ready when the broker let it in; a broker, when it is the one that serves; MariaDB, when it answers. By systemd, where it runs and the
    node's file is the usual one (units cadre-broker, cadre-worker, cadre-mariadb; the unit of a worker does not wait for the
    broker, and `systemctl status` tells whether it is in). Else as a process that outlives this session, with a keeper that starts
    it again when it crashed, as the unit says it; after a restart of the machine nobody does, which a warning says. Its pid file
    (the keeper's) and log lie beside the node's file, and started by root it runs as the user whom that file belongs to. What
    runs already is left alone, and Changed is false. One that ended at once is an error with the end of its log; one that runs
    and is not ready in time is an error CadreTryAgain, and goes on.
    .PARAMETER Role
    Worker, Broker, or Database: the MariaDB of Cadre's own on a master that has one.
    .PARAMETER Config
    The node's file.
    .PARAMETER TimeoutSec
    For how many seconds it is waited for.
    .EXAMPLE
    Install-CadreExtension -TicketPath ./ext-02.ticket | Start-CadreService -Role Worker
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Medium')]
    [OutputType('Cadre.Service')]
    param(
        [Parameter(Mandatory, Position = 0)] [ValidateSet('Worker', 'Broker', 'Database')] [string] $Role,
        [Parameter(Position = 1, ValueFromPipelineByPropertyName)] [ValidateNotNullOrEmpty()] [string] $Config = '/etc/cadre/node.yaml',
        [ValidateRange(1, 2147483)] [int] $TimeoutSec = 30)

    process {
        $service = Get-CadreServiceState -Cmdlet $PSCmdlet -Role $Role -Config $Config
        $changed = -not $service.Running
        if (-not $changed) { $PSCmdlet.WriteVerbose("$($service.Name) runs already.") }
        elseif (-not $PSCmdlet.ShouldProcess("$($service.Name) with $($service.Config)", 'Start')) { return }
        $record = $null
        if ($changed -and $service.Manager -eq 'Systemd') {
            $ran = Invoke-CadreProcess -Path 'systemctl' -Argument 'start', $service.Name
            if ($ran.ExitCode -ne 0) {
                $record = ConvertTo-CadreError -ExitCode 69 -Message "$($ran.Errors)`n  journalctl -u $($service.Name)" -Target $service.Name
            }
        }
        elseif ($changed) {
            $program = Resolve-CadreDaemon -Cmdlet $PSCmdlet -Service $service
            $PSCmdlet.WriteWarning("$($service.Name) runs as a process, not by systemd: it is kept running, but nobody starts it " +
                "after a restart of the machine. Its log: $($service.Log)")
            # To systemd a worker is ready as soon as it runs; here whoever started it wants to know that it works.
            $word = @{ Worker = 'STATUS=works for the broker'; Broker = 'READY=1'; Database = 'READY=1' }[$Role]
            $ready = Start-CadreProcess -Cmdlet $PSCmdlet -Service $service -Program $program -Word $word -TimeoutSec $TimeoutSec -Confirm:$false
            $service = Get-CadreServiceState -Cmdlet $PSCmdlet -Role $Role -Config $Config
            $end = @(Get-Content -LiteralPath $service.Log -Tail 5) -join "`n"
            if (-not $service.Running) {
                [IO.File]::Delete($service.PidFile)
                $message = "$($service.Name) ended at once. The end of its log:`n$end"
                $PSCmdlet.ThrowTerminatingError((ConvertTo-CadreError -ExitCode 69 -Message $message -Target $service.Config))
            }
            if (-not $ready) {
                $message = "$($service.Name) runs, but was not ready within $TimeoutSec s. The end of its log:`n$end"
                $record = ConvertTo-CadreError -ExitCode 75 -Message $message -Target $service.Config
            }
        }
        if ($changed) { $service = Get-CadreServiceState -Cmdlet $PSCmdlet -Role $Role -Config $Config }
        Add-Member -InputObject $service -MemberType 'NoteProperty' -Name 'Changed' -Value $changed -PassThru
        if ($null -ne $record) { $PSCmdlet.WriteError($record) }
    }
}

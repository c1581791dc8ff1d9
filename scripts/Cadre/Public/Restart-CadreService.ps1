function Restart-CadreService {
    <#
    .SYNOPSIS
    Stops a daemon of this node, orderly, and starts it again; one that does not run is started.
    .DESCRIPTION
    As Stop-CadreService and Start-CadreService do it, in this order, with what they wait for. No cmdlet of this module needs it
    for its change to count; a new program does. A worker gives what it holds back, and a broker adopts what workers hold.
    .PARAMETER Role
    Worker, Broker, or Database: the MariaDB of Cadre's own on a master that has one.
    .PARAMETER Config
    The node's file.
    .PARAMETER TimeoutSec
    For how many seconds its end is waited for, and then that it is ready.
    .EXAMPLE
    Restart-CadreService -Role Broker
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Medium')]
    [OutputType('Cadre.Service')]
    param(
        [Parameter(Mandatory, Position = 0)] [ValidateSet('Worker', 'Broker', 'Database')] [string] $Role,
        [Parameter(Position = 1, ValueFromPipelineByPropertyName)] [ValidateNotNullOrEmpty()] [string] $Config = '/etc/cadre/node.yaml',
        [ValidateRange(1, 2147483)] [int] $TimeoutSec = 60)

    process {
        $service = Get-CadreServiceState -Cmdlet $PSCmdlet -Role $Role -Config $Config
        if (-not $PSCmdlet.ShouldProcess("$($service.Name) with $($service.Config)", 'Restart')) { return }
        $with = @{ Role = $Role; Config = $Config; TimeoutSec = $TimeoutSec; Confirm = $false }
        $stopped = Stop-CadreService @with
        if ($stopped.Running) { return $stopped }  # it goes on ending, and that was said
        Start-CadreService @with
    }
}

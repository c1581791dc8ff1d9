function Get-CadreService {
    <#
    .SYNOPSIS
    Whether a daemon of this node runs, and who looks after it.
    .DESCRIPTION
    Manager is Systemd where systemd runs and the node's file is /etc/cadre/node.yaml (units cadre-broker, cadre-worker, cadre-mariadb);
    else Process: started by Start-CadreService, known by the pid file beside the node's file.
    .PARAMETER Role
    Worker, Broker, or Database: the MariaDB of Cadre's own on a master that has one.
    .PARAMETER Config
    The node's file.
    .EXAMPLE
    Get-CadreService -Role Worker
    #>
    [CmdletBinding()]
    [OutputType('Cadre.Service')]
    param(
        [Parameter(Mandatory, Position = 0)] [ValidateSet('Worker', 'Broker', 'Database')] [string] $Role,
        [Parameter(Position = 1, ValueFromPipelineByPropertyName)] [ValidateNotNullOrEmpty()] [string] $Config = '/etc/cadre/node.yaml')

    process { Get-CadreServiceState -Cmdlet $PSCmdlet -Role $Role -Config $Config }
}

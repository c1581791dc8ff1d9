function Unregister-CadreService {
    <#
    .SYNOPSIS
    Has systemd no longer start a daemon of this node when the machine starts.
    .DESCRIPTION
    What runs goes on: Stop-CadreService. One that is not registered stays so, and Changed is false; where systemd does not run,
    none is.
    .PARAMETER Role
    Worker, Broker, or Database: the MariaDB of Cadre's own on a master that has one.
    .PARAMETER Config
    The node's file.
    .EXAMPLE
    Unregister-CadreService -Role Worker
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Medium')]
    [OutputType('Cadre.Service')]
    param(
        [Parameter(Mandatory, Position = 0)] [ValidateSet('Worker', 'Broker', 'Database')] [string] $Role,
        [Parameter(Position = 1, ValueFromPipelineByPropertyName)] [ValidateNotNullOrEmpty()] [string] $Config = '/etc/cadre/node.yaml')

    process {
        $service = Get-CadreServiceState -Cmdlet $PSCmdlet -Role $Role -Config $Config
        if (-not $PSCmdlet.ShouldProcess($service.Name, 'Do not start it when the machine starts')) { return }
        Add-Member -InputObject $service -MemberType 'NoteProperty' -Name 'Changed' -Value $false
        Set-CadreUnit -Cmdlet $PSCmdlet -Service $service -Action 'disable' -Confirm:$false
        $service
    }
}

function Register-CadreService {
    <#
    .SYNOPSIS
    Has systemd start a daemon of this node whenever the machine starts.
    .DESCRIPTION
    Install-CadreMaster -Start and Install-CadreExtension -Start do it too. It is not started now: Start-CadreService. One that is
    registered stays so, and Changed is false. Where systemd does not run, or the node's file is not the usual one, that is an
    error CadreNotSo with the command line that something else is to start.
    .PARAMETER Role
    Worker, Broker, or Database: the MariaDB of Cadre's own on a master that has one.
    .PARAMETER Config
    The node's file.
    .EXAMPLE
    Register-CadreService -Role Worker
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Medium')]
    [OutputType('Cadre.Service')]
    param(
        [Parameter(Mandatory, Position = 0)] [ValidateSet('Worker', 'Broker', 'Database')] [string] $Role,
        [Parameter(Position = 1, ValueFromPipelineByPropertyName)] [ValidateNotNullOrEmpty()] [string] $Config = '/etc/cadre/node.yaml')

    process {
        $service = Get-CadreServiceState -Cmdlet $PSCmdlet -Role $Role -Config $Config
        Add-Member -InputObject $service -MemberType 'NoteProperty' -Name 'Changed' -Value $false
        if ($service.Manager -ne 'Systemd') {
            $message = "$($service.Name) of $($service.Config) is no unit of systemd's here, and nobody starts it after a restart of the machine. " +
            "Have what starts this machine's programs run: $($service.Program) $($service.Argument -join ' ')"
            $PSCmdlet.WriteError((ConvertTo-CadreError -ExitCode 1 -Message $message -Target $service.Config))
        }
        elseif (-not $PSCmdlet.ShouldProcess($service.Name, 'Start it whenever the machine starts')) { return }
        else { Set-CadreUnit -Cmdlet $PSCmdlet -Service $service -Action 'enable' -Confirm:$false }
        $service
    }
}

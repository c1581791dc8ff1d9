function Remove-CadreLegacyGrant {
    <#
    .SYNOPSIS
    Takes back what Grant-CadreDatabaseAccess -Legacy gave.
    .DESCRIPTION
    The accounts are removed, and database.accounts of the master's file is no longer legacy. An account with rights on
    everything is somebody else's, and is left alone. Where there is none, nothing is changed, and Changed is false.
    .PARAMETER From
    Which machines, as they were given.
    .PARAMETER User
    The account's name.
    .PARAMETER Schema
    The database's name; else database.schema of the node's file.
    .PARAMETER Socket
    MariaDB's socket; else the one of the node's file.
    .PARAMETER AdminUser
    The administrator's account in MariaDB; else the user who runs this.
    .PARAMETER AdminSecretFile
    The file with that account's password (0600); else none is needed (unix_socket).
    .PARAMETER Config
    The master's file; else the one of Connect-CadreCluster, CADRE_CONFIG or /etc/cadre/node.yaml.
    .EXAMPLE
    Remove-CadreLegacyGrant -From 192.168.0.0/16
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]
    [OutputType('Cadre.DatabaseChange')]
    param(
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string[]] $From,
        [ValidateNotNullOrEmpty()] [string] $User = 'root',
        [ValidateNotNullOrEmpty()] [string] $Schema,
        [ValidateNotNullOrEmpty()] [string] $Socket,
        [ValidateNotNullOrEmpty()] [string] $AdminUser,
        [ValidateNotNullOrEmpty()] [string] $AdminSecretFile,
        [ValidateNotNullOrEmpty()] [string] $Config)

    if (-not $PSCmdlet.ShouldProcess("$User, from $($From -join ', ')", 'Remove the account')) { return }
    $arguments = @('db', 'legacy-revoke', '--user', $User) + @(Get-CadreAdminArgument -Cmdlet $PSCmdlet -Given $PSBoundParameters)
    foreach ($one in $From) { $arguments += '--from', $one }
    Invoke-CadreTool -Cmdlet $PSCmdlet -Argument $arguments -TypeName 'Cadre.DatabaseChange' -Target $From -Config $Config |
        ConvertTo-CadreChange -Cmdlet $PSCmdlet
}

function Grant-CadreDatabaseAccess {
    <#
    .SYNOPSIS
    The documented grant of other products: all rights on the schema, from a range of machines. Better not.
    .DESCRIPTION
    Cadre needs none of it: extensions ask the broker, and the accounts that it needs are made by Initialize-CadreDatabase.
    For sites that must follow the documented way: an account with a password of its own, on the configured schema alone;
    the addresses that it covers are shown before it is made, and database.accounts of the master's file becomes legacy.
    Remove-CadreLegacyGrant takes it back. Run again, it changes nothing, and Changed is false.
    .PARAMETER Legacy
    That this is what you want; there is no other way of this cmdlet.
    .PARAMETER From
    Which machines: 192.168.0.0/16, 192.168.0.0/255.255.0.0, or one address.
    .PARAMETER User
    The account's name.
    .PARAMETER SecretFile
    Where its password is, or is to be (0600, made if missing); else legacy_USER.password beside the broker's.
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
    Grant-CadreDatabaseAccess -Legacy -From 192.168.0.0/16
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]
    [OutputType('Cadre.DatabaseChange')]
    param(
        [Parameter(Mandatory)] [switch] $Legacy,
        [Parameter(Mandatory)] [ValidateNotNullOrEmpty()] [string[]] $From,
        [ValidateNotNullOrEmpty()] [string] $User = 'root',
        [ValidateNotNullOrEmpty()] [string] $SecretFile,
        [ValidateNotNullOrEmpty()] [string] $Schema,
        [ValidateNotNullOrEmpty()] [string] $Socket,
        [ValidateNotNullOrEmpty()] [string] $AdminUser,
        [ValidateNotNullOrEmpty()] [string] $AdminSecretFile,
        [ValidateNotNullOrEmpty()] [string] $Config)

    if (-not $Legacy) {
        $message = '-Legacy: the documented way has to be asked for by its name; without it there is nothing to grant'
        $PSCmdlet.ThrowTerminatingError((ConvertTo-CadreError -ExitCode 64 -Message $message -Target $From))
    }
    $covered = foreach ($one in Invoke-CadreTool -Cmdlet $PSCmdlet -Argument (@('db', 'hosts', '--') + $From) -Target $From) {
        "$User@$($one.Host) ($($one.First) to $($one.Last), addresses: $($one.Count))"
    }
    if (-not $PSCmdlet.ShouldProcess($covered -join '; ', 'Give all rights on the schema')) { return }
    $arguments = @('db', 'legacy-grant', '--user', $User) + @(Get-CadreAdminArgument -Cmdlet $PSCmdlet -Given $PSBoundParameters)
    foreach ($one in $From) { $arguments += '--from', $one }
    if ($SecretFile) { $arguments += '--password-file', $PSCmdlet.GetUnresolvedProviderPathFromPSPath($SecretFile) }
    Invoke-CadreTool -Cmdlet $PSCmdlet -Argument $arguments -TypeName 'Cadre.DatabaseChange' -Target $From -Config $Config |
        ConvertTo-CadreChange -Cmdlet $PSCmdlet
}

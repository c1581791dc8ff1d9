function Update-CadreDatabasePassword {
    <#
    .SYNOPSIS
    Gives the database's accounts new passwords while the cluster works; the old ones count too, until -Finish.
    .DESCRIPTION
    On the master, as its administrator in MariaDB. New passwords are made and written to the password files (Files of the
    answer). Broker and purge read them when they connect, so nothing is started anew. A run that was interrupted is gone on
    with; a second one changes nothing, and Changed is false.

    Another machine that has a copy of a password file (the one that hosts the database: that of cadre_purge) gets the new
    one by hand. Then -Finish: from there on only the new passwords count. While another machine is seen to use one of the
    accounts, -Finish is refused, changes nothing, and says which; -ElsewhereToo says that it has the new file.
    .PARAMETER Finish
    The old passwords count no more.
    .PARAMETER ElsewhereToo
    With -Finish: also while other machines use the accounts, because they have the new passwords.
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
    Update-CadreDatabasePassword
    .EXAMPLE
    Update-CadreDatabasePassword -Finish
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Medium', DefaultParameterSetName = 'Begin')]
    [OutputType('Cadre.DatabaseChange')]
    param(
        [Parameter(Mandatory, ParameterSetName = 'Finish')] [switch] $Finish,
        [Parameter(ParameterSetName = 'Finish')] [switch] $ElsewhereToo,
        [ValidateNotNullOrEmpty()] [string] $Schema,
        [ValidateNotNullOrEmpty()] [string] $Socket,
        [ValidateNotNullOrEmpty()] [string] $AdminUser,
        [ValidateNotNullOrEmpty()] [string] $AdminSecretFile,
        [ValidateNotNullOrEmpty()] [string] $Config)

    $action = 'Make new passwords, beside which the old ones count'
    if ($Finish) { $action = 'End the old passwords' }
    if (-not $PSCmdlet.ShouldProcess("the database's accounts", $action)) { return }
    $arguments = @('db', 'rotate') + @(Get-CadreAdminArgument -Cmdlet $PSCmdlet -Given $PSBoundParameters)
    if ($Finish) { $arguments += '--finish' }
    if ($ElsewhereToo) { $arguments += '--elsewhere-too' }
    Invoke-CadreTool -Cmdlet $PSCmdlet -Argument $arguments -TypeName 'Cadre.DatabaseChange' -Config $Config |
        ConvertTo-CadreChange -Cmdlet $PSCmdlet
}

function Initialize-CadreDatabase {
    <#
    .SYNOPSIS
    Makes the schema, its accounts and the first keys in MariaDB; run again, it changes nothing.
    .DESCRIPTION
    On the master, as a user who may create databases and accounts: root, where MariaDB is on this machine. Passwords are
    made where they are missing, into files (0600) beside the broker's. Changed is false, and Made empty, where everything
    was there. An external server that is somebody else's is not touched with -SqlPath: the statements for its
    administrator are written.
    .PARAMETER From
    With the database elsewhere: the master's address as that server sees it, or a small network such as 10.1.0.0/28.
    .PARAMETER PurgeHost
    The address of the node that purges, where the database has a machine of its own.
    .PARAMETER SqlPath
    Connect to nobody: write the statements there (0600, because passwords are in it).
    .PARAMETER AdminKeyPath
    The first administrator's public key, in a file.
    .PARAMETER AdminName
    The administrator's name; admin, where nothing is said.
    .PARAMETER WorkerKeyPath
    Public keys of workers, in files, by the nodes' names.
    .PARAMETER AppSecretFile
    The broker's password; else the file of database.password_file.
    .PARAMETER PurgeSecretFile
    The password of the account that purges; else cadre_purge.password beside the broker's.
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
    Initialize-CadreDatabase -AdminKeyPath /etc/cadre/keys/admin.pub -WorkerKeyPath @{ master = '/etc/cadre/keys/worker.pub' }
    .EXAMPLE
    Initialize-CadreDatabase -From 10.1.0.5 -SqlPath ./cadre.sql
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Medium')]
    [OutputType('Cadre.DatabaseChange')]
    param(
        [string[]] $From,
        [string[]] $PurgeHost,
        [ValidateNotNullOrEmpty()] [string] $SqlPath,
        [ValidateNotNullOrEmpty()] [string] $AdminKeyPath,
        [ValidateNotNullOrEmpty()] [string] $AdminName,
        [Collections.IDictionary] $WorkerKeyPath,
        [ValidateNotNullOrEmpty()] [string] $AppSecretFile,
        [ValidateNotNullOrEmpty()] [string] $PurgeSecretFile,
        [ValidateNotNullOrEmpty()] [string] $Schema,
        [ValidateNotNullOrEmpty()] [string] $Socket,
        [ValidateNotNullOrEmpty()] [string] $AdminUser,
        [ValidateNotNullOrEmpty()] [string] $AdminSecretFile,
        [ValidateNotNullOrEmpty()] [string] $Config)

    $arguments = @('db', 'init') + @(Get-CadreAdminArgument -Cmdlet $PSCmdlet -Given $PSBoundParameters)
    foreach ($one in $From) { $arguments += '--from', $one }
    foreach ($one in $PurgeHost) { $arguments += '--purge-host', $one }
    $files = @{ '--sql' = $SqlPath; '--admit' = $AdminKeyPath; '--app-password-file' = $AppSecretFile; '--purge-password-file' = $PurgeSecretFile }
    foreach ($name in $files.Keys) {
        if ($files[$name]) { $arguments += $name, $PSCmdlet.GetUnresolvedProviderPathFromPSPath($files[$name]) }
    }
    if ($AdminName) { $arguments += '--admit-name', $AdminName }
    if ($null -ne $WorkerKeyPath) {
        foreach ($name in $WorkerKeyPath.Keys) {
            $arguments += '--admit-worker', "$name=$($PSCmdlet.GetUnresolvedProviderPathFromPSPath($WorkerKeyPath[$name]))"
        }
    }
    $target, $action = 'MariaDB', 'Make the schema, its accounts and the first keys, where they are missing'
    if ($SqlPath) { $target, $action = $SqlPath, 'Write the statements for the administrator of MariaDB, with passwords' }
    if (-not $PSCmdlet.ShouldProcess($target, $action)) { return }
    Invoke-CadreTool -Cmdlet $PSCmdlet -Argument $arguments -TypeName 'Cadre.DatabaseChange' -Config $Config | ConvertTo-CadreChange -Cmdlet $PSCmdlet
}

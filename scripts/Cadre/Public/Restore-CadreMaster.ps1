function Restore-CadreMaster {
    <#
    .SYNOPSIS
    Brings a master back from its backup, on an empty machine.
    .DESCRIPTION
    As root, where MariaDB runs and no cluster is set up. The whole file is looked at before anything is changed; nothing is
    overwritten; interrupted, it is run again. A second time changes nothing, and Changed is false. Then start the broker:
    the extensions come back by themselves. What was accepted after the backup is not in it, keys admitted since are unknown,
    and keys revoked since are let in again: look at Get-CadreKey.
    .PARAMETER Path
    What Backup-CadreMaster wrote.
    .PARAMETER Passphrase
    Its passphrase. It is handed to the tool through its standard input.
    .PARAMETER Config
    Where the master's file lay; else what Connect-CadreCluster said, or /etc/cadre/node.yaml.
    .PARAMETER Socket
    MariaDB's socket; else the configuration's.
    .EXAMPLE
    Restore-CadreMaster -Path /mnt/backup/cadre-20261129 -Passphrase (Read-Host -AsSecureString 'Passphrase')
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]
    [OutputType('Cadre.Restore')]
    param(
        [Parameter(Mandatory, Position = 0)] [ValidateNotNullOrEmpty()] [string] $Path,
        [Parameter(Mandatory)] [ValidateNotNull()] [securestring] $Passphrase,
        [ValidateNotNullOrEmpty()] [string] $Config,
        [ValidateNotNullOrEmpty()] [string] $Socket)

    $file = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($Path)
    if (-not $PSCmdlet.ShouldProcess('this machine', "Make it the master that $file is of")) { return }
    $arguments = @('restore', '--passphrase-file', '-')
    if ($Socket) { $arguments += '--admin-socket', $Socket }
    $answer = Invoke-CadreTool -Cmdlet $PSCmdlet -Argument ($arguments + '--', $file) -Config $Config -Secret $Passphrase -Target $file
    [pscustomobject] @{
        PSTypeName = 'Cadre.Restore'
        Cluster    = $answer.Cluster
        Schema     = $answer.Schema
        Made       = $answer.Made
        Changed    = @($answer.Changed).Count -gt 0
        Steps      = @($answer.Changed)
    }
}

function Backup-CadreMaster {
    <#
    .SYNOPSIS
    Writes the master into one sealed file: database, keys, passwords, configuration.
    .DESCRIPTION
    On the master, as root, while the cluster works. Whoever has the file and the passphrase is the master: keep them apart.
    Nothing is overwritten. Restore-CadreMaster is the way back.
    .PARAMETER Path
    A new file.
    .PARAMETER Passphrase
    At least 12 bytes, on one line. It is handed to the tool through its standard input.
    .PARAMETER Config
    The master's file; else what Connect-CadreCluster said.
    .PARAMETER Socket
    MariaDB's socket; else the configuration's.
    .EXAMPLE
    Backup-CadreMaster -Path "/mnt/backup/cadre-$(Get-Date -Format yyyyMMdd)" -Passphrase (Read-Host -AsSecureString 'Passphrase')
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Low')]
    [OutputType('Cadre.Backup')]
    param(
        [Parameter(Mandatory, Position = 0)] [ValidateNotNullOrEmpty()] [string] $Path,
        [Parameter(Mandatory)] [ValidateNotNull()] [securestring] $Passphrase,
        [ValidateNotNullOrEmpty()] [string] $Config,
        [ValidateNotNullOrEmpty()] [string] $Socket)

    $file = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($Path)
    if (-not $PSCmdlet.ShouldProcess($file, 'Write the master into it')) { return }
    $arguments = @('backup', '--passphrase-file', '-')
    if ($Socket) { $arguments += '--admin-socket', $Socket }
    Invoke-CadreTool -Cmdlet $PSCmdlet -Argument ($arguments + '--', $file) -Config $Config -Secret $Passphrase -Target $file -TypeName 'Cadre.Backup'
}

function Test-CadreBackup {
    <#
    .SYNOPSIS
    Tries whether a master can be made of a backup.
    .DESCRIPTION
    On any machine that has the tool; nothing of a cluster is touched. The file is read to its end, and its database is
    restored into a MariaDB server of its own, in TMPDIR or /tmp, that is gone afterwards: it needs room there. Where no
    mariadbd is installed, Loaded is false, and a warning says so. A file that is damaged, cut off or sealed with another
    passphrase is an error CadreBadData.
    .PARAMETER Path
    What Backup-CadreMaster wrote.
    .PARAMETER Passphrase
    Its passphrase. It is handed to the tool through its standard input.
    .EXAMPLE
    Get-ChildItem /mnt/backup/cadre-* | Test-CadreBackup -Passphrase $passphrase | Format-Table File, Made, Jobs, OpenJobs
    #>
    [CmdletBinding()]
    [OutputType('Cadre.BackupTest')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [Alias('FullName')] [ValidateNotNullOrEmpty()] [string[]] $Path,
        [Parameter(Mandatory)] [ValidateNotNull()] [securestring] $Passphrase)

    process {
        foreach ($one in $Path) {
            $file = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($one)
            $arguments = 'restore', '--check', '--passphrase-file', '-', '--', $file
            Invoke-CadreTool -Cmdlet $PSCmdlet -Argument $arguments -Secret $Passphrase -Target $file -TypeName 'Cadre.BackupTest'
        }
    }
}

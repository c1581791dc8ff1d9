# Removes what a set-up made, in this order: the spool (only where no worker holds it), whole directories, files, and directories
# that are empty then. What is gone already is passed over, so that it goes on where it was interrupted. Gives back what went.
function Remove-CadreFile {
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType([string[]])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory)] [string] $Root,
        [string] $Spool,
        [string[]] $Tree = @(),
        [string[]] $File = @(),
        [string[]] $Directory = @(),
        [string[]] $Quiet = @())

    $removed = [Collections.Generic.List[string]]::new()
    if (-not $PSCmdlet.ShouldProcess($Root, 'Remove')) { return $removed.ToArray() }
    try {
        if ($Spool -and [IO.Directory]::Exists($Spool)) {
            # A worker that was started otherwise holds it: this would be the error of a file in use.
            $lock = Join-Path -Path $Spool -ChildPath 'lock'
            if ([IO.File]::Exists($lock)) { [IO.File]::Open($lock, 'Open', 'ReadWrite', 'None').Dispose() }
            if ([IO.File]::Exists($lock) -or @([IO.Directory]::GetFileSystemEntries($Spool)).Count -eq 0) {
                [IO.Directory]::Delete($Spool, $true)
                $removed.Add($Spool)
            }
            else { $Cmdlet.WriteWarning("$Spool stays: it is no worker's spool") }
        }
        foreach ($one in $Tree) {
            if (-not [IO.Directory]::Exists($one)) { continue }
            [IO.Directory]::Delete($one, $true)
            $removed.Add($one)
        }
        foreach ($one in $File) {
            if (-not [IO.File]::Exists($one)) { continue }
            [IO.File]::Delete($one)
            $removed.Add($one)
        }
        foreach ($one in $Directory) {
            if (-not [IO.Directory]::Exists($one)) { continue }
            if (@([IO.Directory]::GetFileSystemEntries($one)).Count -eq 0) {
                [IO.Directory]::Delete($one)
                $removed.Add($one)
            }
            elseif ($one -notin $Quiet) { $Cmdlet.WriteWarning("$one stays: there is more in it than was made here") }
        }
    }
    catch [UnauthorizedAccessException], [IO.IOException] {
        $why = $_.Exception.GetBaseException().Message
        $Cmdlet.ThrowTerminatingError((ConvertTo-CadreError -ExitCode 73 -Message "$why`n  Run it again, it goes on from there" -Target $Root))
    }
    $removed.ToArray()
}

function Uninstall-CadreExtension {
    <#
    .SYNOPSIS
    Makes this machine a node no more: stops the worker and removes what Install-CadreExtension made.
    .DESCRIPTION
    On the extension. Before: Suspend-CadreNode -Wait, so that nothing is lost; afterwards, on the master: Revoke-CadreKey.
    Engines and other files that somebody put there stay, and a warning names them. Run again, it goes on where it was
    interrupted; where nothing is left to remove, Changed is false. A master is refused.
    .PARAMETER Directory
    Where configuration and keys are.
    .PARAMETER KeepData
    Keep the spool, with results that are not reported yet, and the node's key, without which they cannot be reported.
    .PARAMETER TimeoutSec
    For how many seconds the worker's end is waited for.
    .EXAMPLE
    Uninstall-CadreExtension -KeepData
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]
    [OutputType('Cadre.Removal')]
    param(
        [Parameter(Position = 0)] [ValidateNotNullOrEmpty()] [string] $Directory = '/etc/cadre',
        [switch] $KeepData,
        [ValidateRange(1, 2147483)] [int] $TimeoutSec = 60)

    $root = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($Directory)
    $file = Join-Path -Path $root -ChildPath 'node.yaml'
    $removed = [Collections.Generic.List[string]]::new()
    $told = [pscustomobject] @{ PSTypeName = 'Cadre.Removal'; Directory = $root; Changed = $false; Removed = $removed }
    # It goes last: where it is gone, everything is.
    if (-not [IO.File]::Exists($file)) {
        $PSCmdlet.WriteVerbose("There is no $file; nothing was changed.")
        return $told
    }
    $text = [IO.File]::ReadAllText($file)
    if ($text -cnotmatch '(?m)^role: *extension *(#.*)?$' -or $text -cnotmatch '(?m)^ +spool: *(?<spool>[^#\s][^#\n]*)') {
        $message = "$file is not an extension's, as Install-CadreExtension makes it; nothing was changed"
        $PSCmdlet.ThrowTerminatingError((ConvertTo-CadreError -ExitCode 65 -Message $message -Target $file))
    }
    $spool = [IO.Path]::GetFullPath($Matches['spool'].Trim(' "'''), $root)
    $what = 'Stop the worker, and remove configuration, key and spool'
    if ($KeepData) { $what = 'Stop the worker, and remove the configuration; keep key and spool' }
    if (-not $PSCmdlet.ShouldProcess("$root and $spool", $what)) { return }

    $worker = Stop-CadreService -Role 'Worker' -Config $file -TimeoutSec $TimeoutSec -Confirm:$false
    if ($worker.Running) { return }
    $names = @('keys/join.ticket', 'keys/server.pub')
    if (-not $KeepData) { $names += 'keys/worker.key', 'keys/worker.pub' }
    $files = @($names | ForEach-Object { Join-Path -Path $root -ChildPath $_ }) + @($worker.PidFile, $worker.Log | Where-Object { $_ }) + $file
    try {
        $lock = Join-Path -Path $spool -ChildPath 'lock'
        if (-not $KeepData -and [IO.Directory]::Exists($spool)) {
            # A worker that was started otherwise holds it: this would be the error of a file in use.
            if ([IO.File]::Exists($lock)) { [IO.File]::Open($lock, 'Open', 'ReadWrite', 'None').Dispose() }
            if ([IO.File]::Exists($lock) -or @([IO.Directory]::GetFileSystemEntries($spool)).Count -eq 0) {
                [IO.Directory]::Delete($spool, $true)
                $removed.Add($spool)
            }
            else { $PSCmdlet.WriteWarning("$spool stays: it is no worker's spool") }
        }
        foreach ($one in $files) {
            if (-not [IO.File]::Exists($one)) { continue }
            [IO.File]::Delete($one)
            $removed.Add($one)
        }
        foreach ($one in (Join-Path -Path $root -ChildPath 'keys'), (Join-Path -Path $root -ChildPath 'engines'), $root) {
            if (-not [IO.Directory]::Exists($one)) { continue }
            if (@([IO.Directory]::GetFileSystemEntries($one)).Count -eq 0) {
                [IO.Directory]::Delete($one)
                $removed.Add($one)
            }
            elseif ($one -ne $root -and -not ($KeepData -and $one -like '*/keys')) {
                $PSCmdlet.WriteWarning("$one stays: there is more in it than was made here")
            }
        }
    }
    catch [UnauthorizedAccessException], [IO.IOException] {
        $why = $_.Exception.GetBaseException().Message
        $PSCmdlet.ThrowTerminatingError((ConvertTo-CadreError -ExitCode 73 -Message "$why`n  Run it again, it goes on from there" -Target $root))
    }
    $told.Changed = $true
    $told
}

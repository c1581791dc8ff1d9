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

    $removal = Get-CadreRemoval -Cmdlet $PSCmdlet -Directory $Directory -Role 'extension' -Of 'an extension''s' -Maker 'Install-CadreExtension'
    $root, $file, $spool, $told = $removal.Root, $removal.File, $removal.Spool, $removal.Told
    if (-not $spool) { return $told }
    $what = 'Stop the worker, and remove configuration, key and spool'
    if ($KeepData) { $what = 'Stop the worker, and remove the configuration; keep key and spool' }
    if (-not $PSCmdlet.ShouldProcess("$root and $spool", $what)) { return }

    $worker = Stop-CadreService -Role 'Worker' -Config $file -TimeoutSec $TimeoutSec -Confirm:$false
    if ($worker.Running) { return }
    Set-CadreUnit -Cmdlet $PSCmdlet -Service $worker -Action 'disable' -Confirm:$false
    $names = @('keys/join.ticket', 'keys/server.pub')
    if (-not $KeepData) { $names += 'keys/worker.key', 'keys/worker.pub' }
    $files = @($names | ForEach-Object { Join-Path -Path $root -ChildPath $_ }) + @($worker.PidFile, $worker.Log | Where-Object { $_ }) + $file
    $keys = Join-Path -Path $root -ChildPath 'keys'
    $parts = @{ Root = $root; File = $files; Directory = @($keys, (Join-Path -Path $root -ChildPath 'engines'), $root); Quiet = @($root) }
    if ($KeepData) { $parts.Quiet += $keys } else { $parts.Spool = $spool }
    $told.Removed = @(Remove-CadreFile -Cmdlet $PSCmdlet @parts -Confirm:$false)
    $told.Changed = $true
    $told
}

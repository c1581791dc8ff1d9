# Whether a node has an update already: each package in its version, or the script says so.
function Test-CadreUpdate {
    [CmdletBinding()]
    [OutputType([bool])]
    param(
        [Parameter(Mandatory)] [psobject] $Remote,
        [Parameter(Mandatory)] [psobject] $Update)

    if ($Update.Script) {
        return (Invoke-CadreRemote -Cmdlet $PSCmdlet -Remote $Remote -Command 'sh', '-s', '--', 'check' -Content $Update.Script -Allow 1).ExitCode -eq 0
    }
    if ($Update.Packages.Count -eq 0) { return $true }
    $command = @('dpkg-query', '--show', '--showformat=${Package} ${Version} ${db:Status-Status}\n', '--') + @($Update.Packages -replace ' .*')
    # 1: one of them is not known there.
    $there = (Invoke-CadreRemote -Cmdlet $PSCmdlet -Remote $Remote -Command $command -Allow 1).Output -split "`n"
    @($Update.Packages | Where-Object { "$_ installed" -cnotin $there }).Count -eq 0
}

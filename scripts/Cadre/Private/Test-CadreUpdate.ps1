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
    # 1: one of them is not known there.
    $self = $PSCmdlet
    $ask = { (Invoke-CadreRemote -Cmdlet $self -Remote $Remote -Command (@('dpkg-query') + $args[0]) -Allow 1).Output }
    @(Get-CadreMissingPackage -Update $Update -Ask $ask).Count -eq 0
}

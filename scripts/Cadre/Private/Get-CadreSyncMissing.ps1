# Which packages of the inventory a node lacks (Missing), and what it has of them (There). Nothing is asked where the inventory names none.
function Get-CadreSyncMissing {
    [CmdletBinding()]
    [OutputType([hashtable])]
    param(
        [Parameter(Mandatory)] [psobject] $Remote,
        [AllowNull()] [psobject] $Update)

    if ($null -eq $Update) { return @{ Missing = @(); There = @() } }
    $heard = @{ Text = '' }
    $call = @{ Cmdlet = $PSCmdlet; Remote = $Remote }
    # 1: one of them is not known there.
    $ask = {
        $heard.Text = (Invoke-CadreRemote @call -Command (@('dpkg-query') + $args[0]) -Allow 1).Output
        $heard.Text
    }
    $missing = @(Get-CadreMissingPackage -Update $Update -Ask $ask)
    $names = @($missing -replace ' .*')
    $there = @($heard.Text -split "`n" | Where-Object { $_ -match ' installed$' -and ($_ -replace ' .*') -cin $names })
    @{ Missing = $missing; There = @($there -replace ' installed$') }
}

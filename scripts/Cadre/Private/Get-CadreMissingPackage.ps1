# Which packages of an update (Get-CadreUpdate) are not installed in just their version: "name version". -Ask runs dpkg-query with the
# arguments that it is given, here or on a node, and gives back what it wrote.
function Get-CadreMissingPackage {
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory)] [psobject] $Update,
        [Parameter(Mandatory)] [scriptblock] $Ask)

    if ($Update.Packages.Count -eq 0) { return }
    $words = @('--show', '--showformat=${Package} ${Version} ${db:Status-Status}\n', '--') + @($Update.Packages -replace ' .*')
    $there = (& $Ask $words) -split "`n"
    $Update.Packages | Where-Object { "$_ installed" -cnotin $there }
}

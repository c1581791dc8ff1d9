# What an engine's directory is called and which version it is (Engine, Version), as Install-CadreEngine works it out; or what packages are
# (Get-CadreUpdate). What is none, is an error of this function, which whoever calls may catch.
function Read-CadreContent {
    [CmdletBinding()]
    [OutputType([psobject])]
    param(
        [Parameter(Mandatory, ParameterSetName = 'Engine')] [string] $Engine,
        [Parameter(Mandatory, ParameterSetName = 'Package')] [string[]] $Package)

    if ($Package) { return Get-CadreUpdate -Cmdlet $PSCmdlet -Package $Package }
    $asked = 'engine', 'install', '--dry-run', '--engines', '/nonexistent', '--', $Engine
    Invoke-CadreTool -Cmdlet $PSCmdlet -Argument $asked -Target $Engine -ErrorAction 'Stop'
}

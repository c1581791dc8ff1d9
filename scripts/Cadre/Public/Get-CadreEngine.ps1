function Get-CadreEngine {
    <#
    .SYNOPSIS
    What the connected nodes can do: engines, their versions, and which nodes offer them.
    .DESCRIPTION
    Version is that of most nodes; Differs names those that have another one.
    .PARAMETER Name
    Only these; wildcards may be used.
    .EXAMPLE
    Get-CadreEngine -Name 'ocr*'
    #>
    [CmdletBinding()]
    [OutputType('Cadre.Engine')]
    param(
        [Parameter(Position = 0)] [SupportsWildcards()] [string[]] $Name = '*')

    $engines = @(Invoke-CadreTool -Cmdlet $PSCmdlet -Argument 'engine', 'list' -TypeName 'Cadre.Engine')
    foreach ($engine in $engines) {
        if (@($Name | Where-Object { $engine.Engine -like $_ }).Count -gt 0) { $engine }
    }
}

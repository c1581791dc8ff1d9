function Get-CadreNode {
    <#
    .SYNOPSIS
    The nodes, what they hold and what they offer.
    .PARAMETER Name
    Only these; wildcards may be used. A name without wildcards that no node has is an error.
    .EXAMPLE
    Get-CadreNode | Where-Object State -NE 'ready'
    .EXAMPLE
    Get-CadreNode -Name 'ext-*' | Suspend-CadreNode -Wait
    #>
    [CmdletBinding()]
    [OutputType('Cadre.Node')]
    param(
        [Parameter(Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)] [Alias('Node')] [SupportsWildcards()] [string[]] $Name = '*')

    begin {
        $nodes = @(Invoke-CadreTool -Cmdlet $PSCmdlet -Argument 'node', 'list' -TypeName 'Cadre.Node')
    }
    process {
        $message = "There is no node '{0}'; Get-CadreNode shows those that are"
        Select-CadreNamed -Cmdlet $PSCmdlet -InputObject $nodes -Property 'Node' -Name $Name -Message $message
    }
}

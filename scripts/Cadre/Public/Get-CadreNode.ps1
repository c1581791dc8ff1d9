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
        foreach ($one in $Name) {
            $found = @($nodes | Where-Object { $_.Node -like $one })
            if ($found.Count -eq 0 -and -not [Management.Automation.WildcardPattern]::ContainsWildcardCharacters($one)) {
                $message = "There is no node '$one'; Get-CadreNode shows those that are"
                $PSCmdlet.WriteError((ConvertTo-CadreError -ExitCode 1 -Message $message -Target $one))
            }
            foreach ($node in $found) { $node }
        }
    }
}

function Resume-CadreNode {
    <#
    .SYNOPSIS
    Gives drained nodes jobs again.
    .DESCRIPTION
    A node that gets jobs already stays so: Changed is then false.
    .PARAMETER Name
    The node.
    .EXAMPLE
    Get-CadreNode | Where-Object State -EQ 'cordoned' | Resume-CadreNode
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Low')]
    [OutputType('Cadre.NodeChange')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [Alias('Node')] [ValidateNotNullOrEmpty()] [string[]] $Name)

    process {
        foreach ($one in $Name) {
            $node = Find-CadreNode -Cmdlet $PSCmdlet -Name $one
            if ($null -eq $node) { continue }
            $changed = $node.State -eq 'cordoned'
            if (-not $changed) { $PSCmdlet.WriteVerbose("$one gets jobs already.") }
            if ($changed -and -not $PSCmdlet.ShouldProcess("node $one", 'Give it jobs again')) { continue }
            if ($changed) {
                $answer = Invoke-CadreTool -Cmdlet $PSCmdlet -Argument 'node', 'uncordon', $one -Target $one
                if ($null -eq $answer) { continue }
                $node = Find-CadreNode -Cmdlet $PSCmdlet -Name $one
            }
            [pscustomobject] @{ PSTypeName = 'Cadre.NodeChange'; Node = $one; State = $node.State; Held = $node.Held; Changed = $changed }
        }
    }
}

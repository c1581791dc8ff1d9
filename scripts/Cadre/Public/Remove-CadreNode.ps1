function Remove-CadreNode {
    <#
    .SYNOPSIS
    Takes nodes out of the cluster for good: their jobs end, their keys are revoked, they are listed no more.
    .DESCRIPTION
    For administrators. There is no way back but a new ticket. What is on the node's own machine is Uninstall-CadreExtension's.
    A node that was removed before stays so: Changed is then false. Interrupted, the same command goes on.
    .PARAMETER Name
    The node.
    .PARAMETER Now
    Do not wait for its jobs: others get them when its lease is over.
    .PARAMETER TimeoutSec
    For how many seconds its jobs are waited for. When they are over, that is an error CadreTryAgain, and the node stays drained.
    .EXAMPLE
    Get-CadreNode | Where-Object { $_.State -eq 'lost' -and $_.SeenSeconds -gt 604800 } | Remove-CadreNode
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]
    [OutputType('Cadre.NodeRemoval')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [Alias('Node')] [ValidateNotNullOrEmpty()] [string[]] $Name,
        [switch] $Now,
        [ValidateRange(1, 2147483)] [int] $TimeoutSec = 600)

    process {
        foreach ($one in $Name) {
            if (-not $PSCmdlet.ShouldProcess("node $one", 'Remove it, and revoke its key for ever')) { continue }
            $arguments = @('node', 'remove', '--yes', '--deadline', "${TimeoutSec}s")
            if ($Now) { $arguments += '--now' }
            $answer = Invoke-CadreTool -Cmdlet $PSCmdlet -Argument ($arguments + '--', $one) -Target $one -TypeName 'Cadre.NodeRemoval'
            if ($null -ne $answer) { ConvertTo-CadreChange -Cmdlet $PSCmdlet -InputObject $answer }
        }
    }
}

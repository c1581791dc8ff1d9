function Suspend-CadreNode {
    <#
    .SYNOPSIS
    Drains nodes: no new jobs for them; what they hold is finished.
    .DESCRIPTION
    A node that is drained already stays so: Changed is then false. Resume-CadreNode undoes it.
    .PARAMETER Name
    The node.
    .PARAMETER Wait
    Until it holds no job any more, and its worker may be stopped.
    .PARAMETER TimeoutSec
    With -Wait: for how many seconds. When they are over, that is an error CadreTryAgain, and the node stays drained.
    .EXAMPLE
    Suspend-CadreNode -Name ext-02 -Wait -TimeoutSec 1800
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Medium')]
    [OutputType('Cadre.NodeChange')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [Alias('Node')] [ValidateNotNullOrEmpty()] [string[]] $Name,
        [switch] $Wait,
        [ValidateRange(1, 2147483)] [int] $TimeoutSec = 600)

    process {
        foreach ($one in $Name) {
            $node = Find-CadreNode -Cmdlet $PSCmdlet -Name $one
            if ($null -eq $node) { continue }
            $changed = $node.State -ne 'cordoned'
            if (-not $changed) { $PSCmdlet.WriteVerbose("$one is drained already.") }
            if ($changed -and -not $PSCmdlet.ShouldProcess("node $one", 'Give it no new jobs')) { continue }
            $arguments = @('node', 'drain', $one)
            if ($Wait) { $arguments += '--wait', '--deadline', "${TimeoutSec}s" }
            $answer = Invoke-CadreTool -Cmdlet $PSCmdlet -Argument $arguments -Target $one
            if ($null -eq $answer) { continue }
            [pscustomobject] @{ PSTypeName = 'Cadre.NodeChange'; Node = $one; State = 'cordoned'; Held = $answer.Held; Changed = $changed }
        }
    }
}

function Get-CadreStatus {
    <#
    .SYNOPSIS
    Is the cluster working, and how much there is to do.
    .DESCRIPTION
    One object: Working, the counts of jobs (Waiting, Delayed, Running) and nodes (Nodes, NodesUp), what has happened since
    the broker's start (SinceStart), and StoreTrouble where submits are put off.
    .EXAMPLE
    if (-not (Get-CadreStatus).Working) { throw 'the cluster needs somebody' }
    #>
    [CmdletBinding()]
    [OutputType('Cadre.Status')]
    param()

    Invoke-CadreTool -Cmdlet $PSCmdlet -Argument 'status' -TypeName 'Cadre.Status'
}

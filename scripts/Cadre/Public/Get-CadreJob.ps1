function Get-CadreJob {
    <#
    .SYNOPSIS
    Jobs: those that are named, with each of their attempts, or the newest.
    .PARAMETER Id
    EPOCH-SEQUENCE, such as 1-17, or key:NAME for a job that was submitted under a name.
    .PARAMETER State
    Only jobs in this state.
    .PARAMETER Queue
    Only jobs of this queue.
    .PARAMETER Engine
    Only jobs for this engine.
    .PARAMETER Batch
    Only jobs of this batch.
    .PARAMETER First
    So many at most, the newest first.
    .PARAMETER Before
    Only jobs that are older than this one.
    .PARAMETER NotRetried
    The dead jobs that nobody has retried yet.
    .EXAMPLE
    Get-CadreJob -Id 1-17
    .EXAMPLE
    Get-CadreJob -NotRetried -Engine ocr | Restart-CadreJob
    #>
    [CmdletBinding(DefaultParameterSetName = 'List')]
    [OutputType('Cadre.Job')]
    param(
        [Parameter(Mandatory, Position = 0, ParameterSetName = 'Id', ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [Alias('Job')] [ValidateNotNullOrEmpty()] [string[]] $Id,
        [Parameter(ParameterSetName = 'List')] [ValidateSet('delayed', 'ready', 'leased', 'done', 'dead', 'cancelled')] [string] $State,
        [Parameter(ParameterSetName = 'List')]
        [Parameter(ParameterSetName = 'NotRetried')] [string] $Queue,
        [Parameter(ParameterSetName = 'List')]
        [Parameter(ParameterSetName = 'NotRetried')] [string] $Engine,
        [Parameter(ParameterSetName = 'List')] [string] $Batch,
        [Parameter(ParameterSetName = 'List')]
        [Parameter(ParameterSetName = 'NotRetried')] [ValidateRange(1, 10000)] [int] $First = 50,
        [Parameter(ParameterSetName = 'List')]
        [Parameter(ParameterSetName = 'NotRetried')] [string] $Before,
        [Parameter(Mandatory, ParameterSetName = 'NotRetried')] [switch] $NotRetried)

    process {
        if ($PSCmdlet.ParameterSetName -eq 'Id') {
            foreach ($one in $Id) {
                Invoke-CadreTool -Cmdlet $PSCmdlet -Argument 'job', 'show', $one -TypeName 'Cadre.Job' -Target $one
            }
            return
        }
        $arguments = @('job', 'list')
        if ($NotRetried) { $arguments = @('dead', 'list') }
        $arguments += '--limit', "$First"
        $filters = @{ '--state' = $State; '--queue' = $Queue; '--engine' = $Engine; '--batch' = $Batch; '--before' = $Before }
        foreach ($name in $filters.Keys) {
            if ($filters[$name]) { $arguments += $name, $filters[$name] }
        }
        $answer = Invoke-CadreTool -Cmdlet $PSCmdlet -Argument $arguments
        foreach ($job in @($answer.Jobs)) {
            $job.psobject.TypeNames.Insert(0, 'Cadre.Job')
            $job
        }
    }
}

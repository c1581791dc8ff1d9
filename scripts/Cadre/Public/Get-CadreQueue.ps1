function Get-CadreQueue {
    <#
    .SYNOPSIS
    What waits in each queue, and for how long.
    .DESCRIPTION
    Queues that have open jobs; a queue needs no setting-up, it is there as soon as a job names it. OldestSeconds is null where
    none waits.
    .PARAMETER Name
    Only these; wildcards may be used. A name without wildcards that no open job has is an error.
    .EXAMPLE
    Get-CadreQueue | Where-Object OldestSeconds -GT 900
    #>
    [CmdletBinding()]
    [OutputType('Cadre.Queue')]
    param(
        [Parameter(Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)] [Alias('Queue')] [SupportsWildcards()] [string[]] $Name = '*')

    begin {
        $queues = @(Invoke-CadreTool -Cmdlet $PSCmdlet -Argument 'queue', 'list' -TypeName 'Cadre.Queue')
    }
    process {
        $message = "No open job is in the queue '{0}'; Get-CadreQueue shows those that have some"
        Select-CadreNamed -Cmdlet $PSCmdlet -InputObject $queues -Property 'Queue' -Name $Name -Message $message
    }
}

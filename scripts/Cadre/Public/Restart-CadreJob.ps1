function Restart-CadreJob {
    <#
    .SYNOPSIS
    Does ended jobs again, as new jobs.
    .DESCRIPTION
    One object for each: Job is the new job, RetryOf the old one. A second retry of the same job gives the new job that the
    first one made.
    .PARAMETER Id
    EPOCH-SEQUENCE, such as 1-17, or key:NAME.
    .EXAMPLE
    Get-CadreJob -NotRetried | Restart-CadreJob
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Medium')]
    [OutputType('Cadre.JobChange')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [Alias('Job')] [ValidateNotNullOrEmpty()] [string[]] $Id)

    begin {
        $all = [Collections.Generic.List[string]]::new()
    }
    process {
        foreach ($one in $Id) {
            if ($PSCmdlet.ShouldProcess("job $one", 'Do again as a new job')) { $all.Add($one) }
        }
    }
    end {
        if ($all.Count -gt 0) {
            Invoke-CadreTool -Cmdlet $PSCmdlet -Argument (@('job', 'retry') + $all) -TypeName 'Cadre.JobChange' -Target $all
        }
    }
}

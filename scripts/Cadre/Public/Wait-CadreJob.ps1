function Wait-CadreJob {
    <#
    .SYNOPSIS
    Waits until jobs have ended, and tells how each one did.
    .DESCRIPTION
    One object for each job. Where a job is not done (dead, cancelled or unknown), an error is written besides; with
    -ErrorAction Stop it ends the script. When the time is up, that is an error CadreTryAgain, and the jobs go on.
    .PARAMETER Id
    EPOCH-SEQUENCE, such as 1-17, or key:NAME.
    .PARAMETER TimeoutSec
    For how many seconds; without it for ever.
    .EXAMPLE
    Get-ChildItem *.pdf | Submit-CadreJob -Engine ocr | Wait-CadreJob -TimeoutSec 600
    #>
    [CmdletBinding()]
    [OutputType('Cadre.JobEnd')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [Alias('Job')] [ValidateNotNullOrEmpty()] [string[]] $Id,
        [ValidateRange(1, 2147483)] [int] $TimeoutSec)

    begin {
        $all = [Collections.Generic.List[string]]::new()
    }
    process {
        $all.AddRange($Id)
    }
    end {
        $arguments = @('job', 'wait') + $all
        if ($TimeoutSec -gt 0) { $arguments += '--timeout', "${TimeoutSec}s" }
        Invoke-CadreTool -Cmdlet $PSCmdlet -Argument $arguments -TypeName 'Cadre.JobEnd' -Target $all
    }
}

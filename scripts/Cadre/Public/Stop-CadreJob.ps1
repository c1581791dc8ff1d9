function Stop-CadreJob {
    <#
    .SYNOPSIS
    Cancels jobs; what runs is stopped, with all its processes.
    .DESCRIPTION
    One object for each job, with the state that it is in now. A job that had ended before, or that does not exist, is an
    error besides.
    .PARAMETER Id
    EPOCH-SEQUENCE, such as 1-17, or key:NAME.
    .EXAMPLE
    Get-CadreJob -Batch proofs -State ready | Stop-CadreJob -WhatIf
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
            if ($PSCmdlet.ShouldProcess("job $one", 'Cancel')) { $all.Add($one) }
        }
    }
    end {
        if ($all.Count -gt 0) {
            Invoke-CadreTool -Cmdlet $PSCmdlet -Argument (@('job', 'cancel') + $all) -TypeName 'Cadre.JobChange' -Target $all
        }
    }
}

function Get-CadreJobLog {
    <#
    .SYNOPSIS
    What an attempt at a job wrote to standard error (its last 64 KiB), line by line.
    .PARAMETER Id
    EPOCH-SEQUENCE, such as 1-17, or key:NAME.
    .PARAMETER Attempt
    This attempt; else the newest that has ended.
    .EXAMPLE
    Get-CadreJobLog -Id 1-17 -Attempt 2
    #>
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [Alias('Job')] [ValidateNotNullOrEmpty()] [string[]] $Id,
        [ValidateRange(1, 2147483647)] [int] $Attempt)

    process {
        foreach ($one in $Id) {
            $arguments = @('job', 'logs', $one)
            if ($Attempt -gt 0) { $arguments += '--attempt', "$Attempt" }
            $answer = Invoke-CadreTool -Cmdlet $PSCmdlet -Argument $arguments -Target $one
            if ($null -eq $answer) { continue }
            $text = $answer.End.Stderr
            if (-not $text) {
                $PSCmdlet.WriteVerbose("Attempt $($answer.Attempt) of $one wrote nothing to standard error.")
                continue
            }
            $text.TrimEnd("`n") -split "`n"
        }
    }
}

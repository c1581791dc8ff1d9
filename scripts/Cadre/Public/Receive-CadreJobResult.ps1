function Receive-CadreJobResult {
    <#
    .SYNOPSIS
    Fetches the files that finished jobs left.
    .DESCRIPTION
    The files of a job go into a directory named by its id below -Destination, so that results of many jobs do not meet.
    Gives back the files.
    .PARAMETER Id
    EPOCH-SEQUENCE, such as 1-17, or key:NAME.
    .PARAMETER Destination
    The directory; it is made where it is not there.
    .PARAMETER File
    Only the file of this name.
    .EXAMPLE
    Get-CadreJob -Batch c17 -State done | Receive-CadreJobResult -Destination ./results
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Low')]
    [OutputType([IO.FileInfo])]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [Alias('Job')] [ValidateNotNullOrEmpty()] [string[]] $Id,
        [Parameter(Mandatory, Position = 1)] [ValidateNotNullOrEmpty()] [string] $Destination,
        [string] $File)

    process {
        $root = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($Destination)
        foreach ($one in $Id) {
            # A key is not a name for a directory: the id is asked for.
            $job = $one
            if ($one -like 'key:*') {
                $shown = Invoke-CadreTool -Cmdlet $PSCmdlet -Argument 'job', 'show', $one -Target $one
                if ($null -eq $shown) { continue }
                $job = $shown.Job
            }
            $directory = Join-Path -Path $root -ChildPath $job
            if (-not $PSCmdlet.ShouldProcess($directory, "Write the result of job $one")) { continue }
            $arguments = @('job', 'result', $job, '--output', $directory)
            if ($File) { $arguments += '--file', $File }
            $answer = Invoke-CadreTool -Cmdlet $PSCmdlet -Argument $arguments -Target $one
            if ($null -eq $answer) { continue }
            foreach ($written in @($answer.Files)) {
                Get-Item -LiteralPath (Join-Path -Path $directory -ChildPath $written.Name)
            }
        }
    }
}

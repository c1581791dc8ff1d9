function Submit-CadreJob {
    <#
    .SYNOPSIS
    Hands in jobs: one for each file, or one without a payload.
    .DESCRIPTION
    One object for each job: Job is its id, Standing tells whether it was accepted or is a repeat under the same key. With
    -Wait also how it ended; where one is not done, an error is written besides. A job that was accepted is not lost, also
    when this command is interrupted. Files are handed in 500 at a time; with -Wait the next 500 when these have ended.
    .PARAMETER Engine
    What does the work; Get-CadreEngine shows what there is.
    .PARAMETER Path
    Files, each the payload of a job; wildcards may be used.
    .PARAMETER LiteralPath
    Files by their exact names, as from Get-ChildItem.
    .PARAMETER Parameter
    Parameters for the engine: numbers, texts, truth values, lists and hashtables of them.
    .PARAMETER Key
    Your own name for the job: a repeat under it is harmless. With several files, /FILE is added to it.
    .PARAMETER Batch
    A label that these jobs share.
    .PARAMETER Queue
    The queue.
    .PARAMETER Priority
    -100 to 100, more is more urgent.
    .PARAMETER MaximumAttempt
    Tries at most.
    .PARAMETER NotBefore
    Start no earlier.
    .PARAMETER Strict
    Refuse where no node offers the engine now; else the job waits until one does.
    .PARAMETER Wait
    Wait until the jobs have ended.
    .PARAMETER TimeoutSec
    With -Wait: for how many seconds. When they are over, that is an error CadreTryAgain, and the jobs go on.
    .EXAMPLE
    Submit-CadreJob -Engine ocr -Path scans/*.pdf -Parameter @{ lang = 'deu' } -Batch c17
    .EXAMPLE
    Get-ChildItem *.pdf | Submit-CadreJob -Engine ocr -Wait | Receive-CadreJobResult -Destination ./results
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Low', DefaultParameterSetName = 'Path')]
    [OutputType('Cadre.Submitted')]
    param(
        [Parameter(Mandatory, Position = 0)] [ValidateNotNullOrEmpty()] [string] $Engine,
        [Parameter(Position = 1, ParameterSetName = 'Path', ValueFromPipeline)] [SupportsWildcards()] [string[]] $Path,
        [Parameter(Mandatory, ParameterSetName = 'LiteralPath', ValueFromPipelineByPropertyName)]
        [Alias('PSPath', 'FullName')] [string[]] $LiteralPath,
        [Collections.IDictionary] $Parameter,
        [string] $Key,
        [string] $Batch,
        [string] $Queue,
        [ValidateRange(-100, 100)] [int] $Priority,
        [ValidateRange(1, 1000)] [int] $MaximumAttempt,
        [datetime] $NotBefore,
        [switch] $Strict,
        [switch] $Wait,
        [ValidateRange(1, 2147483)] [int] $TimeoutSec)

    begin {
        $files = [Collections.Generic.List[string]]::new()
        $empty = -not $MyInvocation.ExpectingInput -and -not $PSBoundParameters.ContainsKey('Path') -and -not $PSBoundParameters.ContainsKey('LiteralPath')
    }
    process {
        $provider = $null
        foreach ($one in $Path) {
            try {
                $found = $PSCmdlet.GetResolvedProviderPathFromPSPath($one, [ref] $provider)
            }
            catch [Management.Automation.ItemNotFoundException] {
                # Before anything is submitted: one wrong name of many would else be found when the others run.
                $record = ConvertTo-CadreError -ExitCode 66 -Message $_.Exception.Message -Target $one
                $PSCmdlet.ThrowTerminatingError($record)
            }
            foreach ($file in $found) {
                if ($PSCmdlet.ShouldProcess($file, "Submit to the engine $Engine")) { $files.Add($file) }
            }
        }
        foreach ($one in $LiteralPath) {
            $file = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($one)
            if ($PSCmdlet.ShouldProcess($file, "Submit to the engine $Engine")) { $files.Add($file) }
        }
    }
    end {
        if ($files.Count -eq 0 -and -not ($empty -and $PSCmdlet.ShouldProcess("the engine $Engine", 'Submit a job without a payload'))) { return }
        $arguments = @()
        if ($files.Count -gt 1) { $arguments += '--each' }
        $texts = @{ '--key' = $Key; '--batch' = $Batch; '--queue' = $Queue }
        foreach ($name in $texts.Keys) {
            if ($texts[$name]) { $arguments += $name, $texts[$name] }
        }
        if ($PSBoundParameters.ContainsKey('Priority')) { $arguments += '--priority', "$Priority" }
        if ($PSBoundParameters.ContainsKey('MaximumAttempt')) { $arguments += '--attempts', "$MaximumAttempt" }
        if ($PSBoundParameters.ContainsKey('NotBefore')) {
            $arguments += '--not-before', $NotBefore.ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ss.fffZ', [Globalization.CultureInfo]::InvariantCulture)
        }
        if ($Strict) { $arguments += '--strict' }
        if ($Wait) { $arguments += '--wait' }
        $parameters = ''
        try {
            if ($null -ne $Parameter) {
                # In a file that only its owner reads, not in the command line that every user of the machine sees.
                $parameters = [IO.Path]::GetTempFileName()
                [IO.File]::WriteAllText($parameters, (ConvertTo-Json -InputObject $Parameter -Depth 20 -Compress))
                $arguments += '--params', $parameters
            }
            # As many as surely fit into one command line.
            $most = 500
            $watch = [Diagnostics.Stopwatch]::StartNew()
            for ($at = 0; $at -eq 0 -or $at -lt $files.Count; $at += $most) {
                $these = @('submit', $Engine) + $files.GetRange($at, [Math]::Min($most, $files.Count - $at)) + $arguments
                if ($Wait -and $PSBoundParameters.ContainsKey('TimeoutSec')) {
                    $left = [Math]::Max(1, [Math]::Ceiling($TimeoutSec - $watch.Elapsed.TotalSeconds))
                    $these += '--timeout', "${left}s"
                }
                Invoke-CadreTool -Cmdlet $PSCmdlet -Argument $these -TypeName 'Cadre.Submitted' -Target $Engine
            }
        }
        finally {
            if ($parameters) { [IO.File]::Delete($parameters) }
        }
    }
}

function Test-CadreEngine {
    <#
    .SYNOPSIS
    Runs an engine once as a node would, without a cluster, and says what a cluster would do.
    .DESCRIPTION
    Succeeded tells how it ended; where it failed, Cause and Would say why and what would become of the job, and an error CadreNotSo is
    written besides. Without -InputPath and -Parameter the engine's own test is taken (test/input, test/params.json in its directory),
    or where it has none, nothing as payload and no parameters.
    .PARAMETER Path
    The engine's directory, or the name of an engine of this node.
    .PARAMETER InputPath
    The payload.
    .PARAMETER Parameter
    Parameters for the engine: numbers, texts, truth values, lists and hashtables of them.
    .PARAMETER Destination
    Where its result files go; else they are only listed in Results.
    .PARAMETER TimeLimitSec
    For how many seconds it may run; else as its engine.yaml says.
    .EXAMPLE
    Test-CadreEngine ./thumb -InputPath ./sample.jpg -Parameter @{ width = 200 } -Destination ./results
    .EXAMPLE
    (Test-CadreEngine ./thumb).Succeeded
    #>
    [CmdletBinding()]
    [OutputType('Cadre.EngineTest')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [Alias('Directory')] [ValidateNotNullOrEmpty()] [string[]] $Path,
        [ValidateNotNullOrEmpty()] [string] $InputPath,
        [Collections.IDictionary] $Parameter,
        [ValidateNotNullOrEmpty()] [string] $Destination,
        [ValidateRange(1, 2147483)] [int] $TimeLimitSec)

    process {
        $options = @()
        if ($InputPath) { $options += '--input', $PSCmdlet.GetUnresolvedProviderPathFromPSPath($InputPath) }
        if ($Destination) { $options += '--output', $PSCmdlet.GetUnresolvedProviderPathFromPSPath($Destination) }
        if ($PSBoundParameters.ContainsKey('TimeLimitSec')) { $options += '--time-limit', "${TimeLimitSec}s" }
        $parameters = ''
        try {
            if ($null -ne $Parameter) {
                $parameters = [IO.Path]::GetTempFileName()
                [IO.File]::WriteAllText($parameters, (ConvertTo-Json -InputObject $Parameter -Depth 20 -Compress))
                $options += '--params', $parameters
            }
            foreach ($one in $Path) {
                # A directory here goes before an engine of the node, as with the tool.
                $place = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($one)
                if (-not [IO.Directory]::Exists($place) -and $one -notmatch '/') { $place = $one }
                Invoke-CadreTool -Cmdlet $PSCmdlet -Argument (@('engine', 'test') + $options + '--', $place) -TypeName 'Cadre.EngineTest' -Target $one
            }
        }
        finally { if ($parameters) { [IO.File]::Delete($parameters) } }
    }
}

function New-CadreEngine {
    <#
    .SYNOPSIS
    Makes an engine: a program of its own to fill in, or a command line.
    .DESCRIPTION
    A directory with engine.yaml, and with -Language a program that says hello. Without -Path it lies where this node's worker
    looks for engines, and is offered at once. A second time changes nothing, also where the program was written on: Changed is then
    false. Another engine of that name is an error, and stays. Test-CadreEngine tries it, Install-CadreEngine brings it to nodes.
    .PARAMETER Name
    What jobs ask for.
    .PARAMETER Language
    Of the program to fill in.
    .PARAMETER Command
    A program and its arguments instead; the payload is its standard input, what it prints is the result. A program with a slash
    is relative to where one is now.
    .PARAMETER Path
    The directory in which the engine's directory is made; else worker.engines of the node's file.
    .EXAMPLE
    New-CadreEngine hello -Language python -Path . | Test-CadreEngine
    .EXAMPLE
    New-CadreEngine wc -Command wc, -l
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Low', DefaultParameterSetName = 'Language')]
    [OutputType('Cadre.NewEngine')]
    param(
        [Parameter(Mandatory, Position = 0)] [ValidateNotNullOrEmpty()] [string] $Name,
        [Parameter(ParameterSetName = 'Language')] [ValidateSet('bash', 'python')] [string] $Language = 'bash',
        [Parameter(Mandatory, ParameterSetName = 'Command')] [AllowEmptyString()] [ValidateCount(1, 1000)] [string[]] $Command,
        [ValidateNotNullOrEmpty()] [string] $Path)

    $arguments = @('engine', 'new')
    $target = "engine $Name"
    if ($Path) {
        $directory = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($Path)
        $arguments += '--dir', $directory
        $target += " in $directory"
    }
    if ($PSCmdlet.ParameterSetName -eq 'Command') {
        $program = @($Command)[0]
        # What the tool takes as relative is relative to the process, which may be elsewhere.
        if ($program.Contains('/')) { $program = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($program) }
        $rest = @('--', $Name, $program) + @($Command | Select-Object -Skip 1)
    }
    else { $rest = '--lang', $Language, '--', $Name }
    if (-not $PSCmdlet.ShouldProcess($target, 'Make')) { return }
    $answer = Invoke-CadreTool -Cmdlet $PSCmdlet -Argument ($arguments + $rest) -Target $Name
    [pscustomobject] @{
        PSTypeName = 'Cadre.NewEngine'
        Engine     = $answer.Engine
        Directory  = $answer.Directory
        Program    = $answer.Program
        Changed    = @($answer.Changed).Count -gt 0
    }
}

# Brings a version of an engine to one node, or has it go back, and waits until the node offers it. Gives back what the tool said
# there. -Directory and -Version, or -From (which may be empty).
function Install-CadreRemoteEngine {
    [CmdletBinding()]
    [OutputType([psobject])]
    param(
        [Parameter(Mandatory)] [psobject] $Remote,
        [Parameter(Mandatory)] [string] $Engine,
        [AllowEmptyString()] [string] $Directory,
        [AllowEmptyString()] [string] $Version,
        [AllowEmptyString()] [string] $From,
        [AllowEmptyString()] [string] $Owner,
        [Parameter(Mandatory)] [int] $TimeoutSec)

    $options = @()
    if ($Owner) { $options += '--owner', $Owner }
    if ($Directory) {
        $script = 'set -e; d=$(mktemp -d "${TMPDIR:-/tmp}/cadre-engine.XXXXXX"); trap ''rm -rf "$d"'' EXIT; trap ''exit 1'' HUP INT TERM; ' +
        'tar -xf - --no-same-owner -C "$d"; cadre --json engine install "$@" -- "$d"'
        $command = @('sh', '-c', $script, 'cadre', '--expect', $Version) + $options
        # The same is left out as the tool leaves out.
        $archive = '--exclude=.git', '--exclude=__pycache__', '-C', $Directory, '.'
        $ran = Invoke-CadreRemote -Cmdlet $PSCmdlet -Remote $Remote -Command $command -Archive $archive
    }
    else {
        if ($From) { $options += '--from', $From }
        $ran = Invoke-CadreRemote -Cmdlet $PSCmdlet -Remote $Remote -Command (@('cadre', '--json', 'engine', 'rollback') + $options + '--', $Engine)
    }
    Write-CadreNote -Cmdlet $PSCmdlet -Text $ran.Errors
    $answer = ConvertTo-CadreObject -InputObject (ConvertFrom-Json -InputObject $ran.Output)
    $shown = Wait-CadreNodeFact -Cmdlet $PSCmdlet -Name $Remote.Node -TimeoutSec $TimeoutSec -Engine $Engine -Version $answer.Version
    if ($null -eq $shown) {
        $message = "$Engine $($answer.Version) is current there, and the worker does not offer it after $TimeoutSec s`: does it run, and with " +
        'these engines? Its log says what it thinks of it'
        $PSCmdlet.ThrowTerminatingError((ConvertTo-CadreError -ExitCode 75 -Message $message -Target $Remote.Node))
    }
    $answer
}

# Takes an engine, or with -Old or -Version some of its versions, from one node, and waits until the node does not offer it. Gives back
# what the tool said there; nothing where -MayLack, and it never had the engine.
function Uninstall-CadreRemoteEngine {
    [CmdletBinding()]
    [OutputType([psobject])]
    param(
        [Parameter(Mandatory)] [psobject] $Remote,
        [Parameter(Mandatory)] [string] $Engine,
        [AllowEmptyString()] [string] $Version,
        [switch] $Old,
        [switch] $MayLack,
        [Parameter(Mandatory)] [int] $WaitSec,
        [Parameter(Mandatory)] [int] $TimeoutSec)

    $options = @('--wait', "${WaitSec}s")
    if ($Old) { $options += '--old' }
    if ($Version) { $options += '--version', $Version }
    $lacks = 66
    $allow = @()
    if ($MayLack) { $allow = @($lacks) }
    $command = @('cadre', '--json', 'engine', 'uninstall') + $options + '--', $Engine
    $ran = Invoke-CadreRemote -Cmdlet $PSCmdlet -Remote $Remote -Command $command -Allow $allow
    if ($ran.ExitCode -eq $lacks) { return }
    Write-CadreNote -Cmdlet $PSCmdlet -Text $ran.Errors
    $answer = ConvertTo-CadreObject -InputObject (ConvertFrom-Json -InputObject $ran.Output)
    $connected = $null -ne $Remote.Known -and $Remote.Known.State -ne 'lost'
    if ($answer.Current -or $Version -or $Old -or -not $connected) { return $answer }
    $shown = Wait-CadreNodeFact -Cmdlet $PSCmdlet -Name $Remote.Node -TimeoutSec $TimeoutSec -Without $Engine
    if ($null -eq $shown) {
        $message = "$Engine is uninstalled there, and the worker still offers it after $TimeoutSec s`: does it run, and does another " +
        'directory of its engines hold an engine of that name? Its log says what it has'
        $PSCmdlet.ThrowTerminatingError((ConvertTo-CadreError -ExitCode 75 -Message $message -Target $Remote.Node))
    }
    $answer
}

# A node that was worked at is well again: it is connected with the program that lies there, and `cadre doctor` finds nothing
# wrong; -Ready: it also gets jobs, and doctor was asked before. Else an error, with what is to be mended first.
function Confirm-CadreReturn {
    [CmdletBinding()]
    [OutputType([psobject])]
    param(
        [Parameter(Mandatory)] [psobject] $Remote,
        [Parameter(Mandatory)] [int] $TimeoutSec,
        [switch] $Ready)

    if ($Ready) {
        $now = Wait-CadreNodeFact -Cmdlet $PSCmdlet -Name $Remote.Node -TimeoutSec $TimeoutSec -State 'ready'
        if ($null -ne $now) { return $now }
        $message = "it is well, and does not get jobs after $TimeoutSec s; Get-CadreNode says more"
        $PSCmdlet.ThrowTerminatingError((ConvertTo-CadreError -ExitCode 75 -Message $message -Target $Remote.Node))
    }
    $lies = (Invoke-CadreRemote -Cmdlet $PSCmdlet -Remote $Remote -Command 'cadre', '--version').Output.Trim()
    $now = Wait-CadreNodeFact -Cmdlet $PSCmdlet -Name $Remote.Node -TimeoutSec $TimeoutSec -Software $lies
    if ($null -eq $now) {
        $message = "it is not back with $lies after $TimeoutSec s`: was its worker restarted, and does it start?"
        $PSCmdlet.ThrowTerminatingError((ConvertTo-CadreError -ExitCode 75 -Message $message -Target $Remote.Node))
    }
    $script = 'if [ -e "${CADRE_CONFIG:-/etc/cadre/node.yaml}" ]; then exec cadre --json doctor; fi'
    $looked = Invoke-CadreRemote -Cmdlet $PSCmdlet -Remote $Remote -Command 'sh', '-c', $script -Allow 1
    if ($looked.ExitCode -ne 0) {
        $told = ConvertFrom-Json -InputObject $looked.Output
        $one = $told.checks | Where-Object { $_.check -eq $told.first }
        $message = "cadre doctor there: $($one.check): $($one.found)`n  $($one.cure)"
        $PSCmdlet.ThrowTerminatingError((ConvertTo-CadreError -ExitCode 78 -Message $message -Target $Remote.Node))
    }
    $now
}

# Makes a ticket, and has `cadre node join` use it on the other machine: through ssh's standard input. Gives back what was made there.
function Join-CadreRemoteNode {
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory)] [psobject] $Remote,
        [AllowEmptyString()] [string] $Address,
        [Parameter(Mandatory)] [string] $Directory,
        [Parameter(Mandatory)] [string] $SpoolPath,
        [AllowEmptyString()] [string] $Owner)

    # Before a ticket is made for nothing.
    $null = Invoke-CadreRemote -Cmdlet $PSCmdlet -Remote $Remote -Command 'cadre', '--version'
    $more = @{}
    if ($Address) { $more['Address'] = $Address }
    $ticket = New-CadreJoinTicket -NodeName $Remote.Node @more -Confirm:$false -ErrorAction 'Stop'
    $command = @('cadre', '--json', 'node', 'join', '--dir', $Directory, '--spool', $SpoolPath, '--wait', '10s')
    if ($Owner) { $command += '--owner', $Owner }
    $ran = Invoke-CadreRemote -Cmdlet $PSCmdlet -Remote $Remote -Command ($command + '-') -Secret $ticket.Ticket
    $answer = ConvertTo-CadreObject -InputObject (ConvertFrom-Json -InputObject $ran.Output)
    if (-not $answer.Joined) { $PSCmdlet.WriteWarning("$($Remote.Node) is not in yet, and tries again when it starts: $($answer.Why)") }
    $answer.Changed
}

function New-CadreJoinTicket {
    <#
    .SYNOPSIS
    Makes a ticket with which a new machine joins the cluster, once.
    .DESCRIPTION
    For an administrator, on the master. Who has the ticket gets in as this node, until it is used or its time is over: it
    is a secret, given as one, or written to a file that only you read. Revoke-CadreKey -Name NODE takes it back.
    .PARAMETER NodeName
    What the cluster will call the machine.
    .PARAMETER ValidFor
    How long it holds; an hour, where nothing is said.
    .PARAMETER Address
    Where the new machine reaches the broker, tcp://HOST:PORT; else the one address in broker.listen that others reach.
    .PARAMETER Path
    Write the ticket there (0600), instead of giving it back; for one node.
    .EXAMPLE
    New-CadreJoinTicket -NodeName ext-02 -Path ./ext-02.ticket
    .EXAMPLE
    $ticket = New-CadreJoinTicket -NodeName ext-02 -ValidFor 0:15
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Medium')]
    [OutputType('Cadre.JoinTicket')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [Alias('Node')] [ValidateNotNullOrEmpty()] [string[]] $NodeName,
        [timespan] $ValidFor = [timespan]::FromHours(1),
        [ValidateNotNullOrEmpty()] [string] $Address,
        [ValidateNotNullOrEmpty()] [string] $Path)

    begin {
        $names = [Collections.Generic.List[string]]::new()
    }
    process {
        foreach ($one in $NodeName) { $names.Add($one) }
    }
    end {
        if ($Path -and $names.Count -gt 1) {
            $message = "-Path: a file for one ticket was wanted, and there are $($names.Count) names"
            $PSCmdlet.ThrowTerminatingError((ConvertTo-CadreError -ExitCode 64 -Message $message -Target $Path))
        }
        $options = @('--valid-for', "$([long] [Math]::Floor($ValidFor.TotalSeconds))s")
        if ($Address) { $options += '--address', $Address }
        if ($Path) { $options += '--file', $PSCmdlet.GetUnresolvedProviderPathFromPSPath($Path) }
        foreach ($name in $names) {
            if (-not $PSCmdlet.ShouldProcess("node $name", 'Let a new machine join under this name')) { continue }
            $arguments = @('node', 'ticket') + $options + '--', $name
            $answer = Invoke-CadreTool -Cmdlet $PSCmdlet -Argument $arguments -Target $name -Confidential
            $made = [ordered] @{
                PSTypeName = 'Cadre.JoinTicket'
                Node       = $answer.Node
                Address    = $answer.Address
                NotAfter   = $answer.NotAfter
                Key        = $answer.Key
            }
            if ($Path) { $made['Path'] = $answer.File }
            else { $made['Ticket'] = ConvertTo-CadreSecret -Text $answer.Ticket }
            [pscustomobject] $made
        }
    }
}

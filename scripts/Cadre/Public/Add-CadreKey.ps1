function Add-CadreKey {
    <#
    .SYNOPSIS
    Lets a key in, under a name and with a role.
    .DESCRIPTION
    For administrators. Gives back the key; where it was admitted so before, Changed is false. A name that another key has
    already is a warning: for two clients it may be meant, two workers of one name refuse each other. New machines need none
    of this: New-CadreJoinTicket.
    .PARAMETER Name
    What the cluster calls its holder; for a worker, the node's name.
    .PARAMETER Role
    Client, Worker or Admin.
    .PARAMETER Path
    The file with the public key (FILE.pub, as `cadre key new` makes it).
    .PARAMETER Key
    The public key itself, 40 characters.
    .EXAMPLE
    Add-CadreKey -Name scanner -Role Client -Path ./scanner.pub
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Medium', DefaultParameterSetName = 'Path')]
    [OutputType('Cadre.Key')]
    param(
        [Parameter(Mandatory, Position = 0)] [ValidateNotNullOrEmpty()] [string] $Name,
        [Parameter(Mandatory)] [ValidateSet('Client', 'Worker', 'Admin')] [string] $Role,
        [Parameter(Mandatory, Position = 1, ParameterSetName = 'Path')] [ValidateNotNullOrEmpty()] [string] $Path,
        [Parameter(Mandatory, ParameterSetName = 'Key')] [ValidateNotNullOrEmpty()] [string] $Key)

    if (-not $PSCmdlet.ShouldProcess("$Name, as $Role", 'Admit a key')) { return }
    $arguments = @('key', 'admit', '--role', $Role.ToLowerInvariant())
    # One argument: a key may begin with a dash.
    if ($Key) { $arguments += "--key=$Key" }
    else { $arguments += '--file', $PSCmdlet.GetUnresolvedProviderPathFromPSPath($Path) }
    $before = @(Invoke-CadreTool -Cmdlet $PSCmdlet -Argument 'key', 'list')
    $answer = Invoke-CadreTool -Cmdlet $PSCmdlet -Argument ($arguments + '--', $Name) -Target $Name
    $same = @($before | Where-Object { $_.Key -ceq $answer.Key -and $_.Name -eq $answer.Name -and $_.Role -eq $answer.Role -and -not $_.Revoked })
    $admitted = Invoke-CadreTool -Cmdlet $PSCmdlet -Argument 'key', 'list' -TypeName 'Cadre.Key' | Where-Object { $_.Key -ceq $answer.Key }
    Add-Member -InputObject $admitted -MemberType 'NoteProperty' -Name 'Changed' -Value ($same.Count -eq 0) -PassThru
}

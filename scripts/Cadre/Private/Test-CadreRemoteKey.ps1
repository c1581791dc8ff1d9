# Whether a machine is the node already whose name it is to have: by the key that it has, and never by a name. An error where the
# cluster is connected with another machine of that name.
function Test-CadreRemoteKey {
    [CmdletBinding()]
    [OutputType([bool])]
    param(
        [Parameter(Mandatory)] [psobject] $Remote,
        [Parameter(Mandatory)] [string] $Directory)

    # 1: there is none yet.
    $own = (Invoke-CadreRemote -Cmdlet $PSCmdlet -Remote $Remote -Command 'cat', '--', "$Directory/keys/worker.pub" -Allow 1).Output.Trim()
    foreach ($key in Invoke-CadreTool -Cmdlet $PSCmdlet -Argument 'key', 'list') {
        if ($own -and $key.Key -ceq $own -and $key.Name -ceq $Remote.Node -and $key.Role -eq 'worker' -and -not $key.Revoked) { return $true }
    }
    if ($null -eq $Remote.Known -or $Remote.Known.State -eq 'lost') { return $false }
    $message = "There is a connected node of that name already, and it is not the machine $($Remote.HostName): choose another name. Nothing was changed"
    $PSCmdlet.ThrowTerminatingError((ConvertTo-CadreError -ExitCode 65 -Message $message -Target $Remote.Node))
}

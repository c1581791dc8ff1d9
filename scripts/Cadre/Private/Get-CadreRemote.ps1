# How nodes are reached by ssh, in the order of their names: those that are named, or with -All each one that is connected; with
# what the cluster says of them now (Known; $null where it does not know one). An error of the public cmdlet where one is not
# known; -New: it need not be.
function Get-CadreRemote {
    [CmdletBinding()]
    [OutputType([psobject])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [AllowNull()] [string[]] $Node,
        [switch] $All,
        [switch] $New,
        [hashtable] $HostName = @{},
        [AllowEmptyString()] [string] $UserName,
        [string[]] $SshOption = @(),
        [switch] $Sudo)

    $known = @{}
    foreach ($one in Invoke-CadreTool -Cmdlet $Cmdlet -Argument 'node', 'list') { $known[$one.Node] = $one }
    $names = $Node
    if ($All) {
        $names = @($known.Values | Where-Object { $_.State -ne 'lost' } | ForEach-Object { $_.Node })
        foreach ($one in $known.Values | Where-Object { $_.State -eq 'lost' }) { $Cmdlet.WriteWarning("$($one.Node) is left out: it is not connected") }
    }
    foreach ($name in $names | Sort-Object -Unique) {
        if (-not $New -and -not $known.ContainsKey($name)) {
            $message = "There is no node '$name'; Get-CadreNode shows those that are. Nothing was changed"
            $Cmdlet.ThrowTerminatingError((ConvertTo-CadreError -ExitCode 66 -Message $message -Target $name))
        }
        $place = $name
        if ($HostName.ContainsKey($name)) { $place = "$($HostName[$name])" }
        if ($place -notmatch '^[^-\s]\S*$') {
            $message = "'$place' is no name of a host (for the node $name). Nothing was changed"
            $Cmdlet.ThrowTerminatingError((ConvertTo-CadreError -ExitCode 64 -Message $message -Target $name))
        }
        $arguments = $SshOption
        if ($UserName) { $arguments = @('-l', $UserName) + $SshOption }
        [pscustomobject] @{ Node = $name; HostName = $place; Argument = $arguments; Sudo = [bool] $Sudo; Known = $known[$name] }
    }
}

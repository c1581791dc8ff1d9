# The whole plan: the steps of each node that -Limit names, in the order of their names, then with -Prune the nodes that go. What stands
# in its way is one error of the public cmdlet, before anything was changed.
function Get-CadreSyncStep {
    [CmdletBinding()]
    [OutputType([psobject])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory)] [psobject] $Inventory,
        [Parameter(Mandatory)] [string[]] $Limit,
        [switch] $Prune)

    $way = $Inventory.Way
    $remotes = @{}
    $names = @($Inventory.Nodes | ForEach-Object { $_.Node })
    foreach ($one in Get-CadreRemote -Cmdlet $Cmdlet -Node $names -New @way) { $remotes[$one.Node] = $one }
    $masters = @(Get-CadreMasterName -Said $Inventory.Master)
    $spare = @()
    if ($Prune) { $spare = @(Invoke-CadreTool -Cmdlet $Cmdlet -Argument 'node', 'list' | Where-Object { $_.Node -cnotin $names }) }
    $code = 64
    $everybody = $names + @($spare | ForEach-Object { $_.Node })
    $faults = @(Get-CadreLimitFault -Limit $Limit -Known $everybody)
    if ($Prune) { $faults += @(Get-CadreMasterFault -Inventory $Inventory -Master $masters -Known $everybody) }
    $plan = @()
    foreach ($node in $Inventory.Nodes | Where-Object { Test-CadreLimit -Name $_.Node -Limit $Limit }) {
        $known, $master = $remotes[$node.Node].Known, ($node.Node -cin $masters)
        if ($null -ne $known -and $known.Node -cne $node.Node) {
            # With -Prune that one would else be taken for another, and go.
            $faults += "$($node.Node): the cluster writes it $($known.Node); write it so in Nodes of $($Inventory.File)"
            continue
        }
        if ($master -and ($null -eq $known -or $known.State -eq 'lost')) {
            $faults += "$($node.Node) is the master's own node, which is never added, and it is not connected: start its worker there " +
            '(Start-CadreService Worker)'
            continue
        }
        try { $steps = @(Get-CadreNodeStep -Inventory $Inventory -Node $node -Remote $remotes[$node.Node] -Prune:$Prune -Master:$master) }
        catch {
            $code = 69
            $faults += "$($node.Node): $($_.Exception.Message)"
            continue
        }
        if ($steps.Count -eq 0) { $steps = @(ConvertTo-CadreSyncStep -Node $node.Node -Step 'None' -Action 'None' -Before $node.State -After $node.State) }
        $plan += $steps
    }
    foreach ($node in $spare | Where-Object { $_.Node -cnotin $masters -and (Test-CadreLimit -Name $_.Node -Limit $Limit) } | Sort-Object -Property 'Node') {
        $plan += ConvertTo-CadreSyncStep -Node $node.Node -Step 'Node' -Action 'Remove' -Before $node.State
    }
    if ($faults.Count -eq 0) { return $plan }
    $message = "$($faults -join "`n")`n  Nothing was changed"
    $Cmdlet.ThrowTerminatingError((ConvertTo-CadreError -ExitCode $code -Message $message -Target $Inventory.File))
}

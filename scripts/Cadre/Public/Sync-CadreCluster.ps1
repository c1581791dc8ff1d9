function Sync-CadreCluster {
    <#
    .SYNOPSIS
    Makes the cluster's nodes what an inventory says: nodes, packages, engines, and who gets jobs.
    .DESCRIPTION
    For an administrator, on a machine where Get-CadreStatus works and from which ssh reaches the nodes. The inventory is a PowerShell data
    file, which is read and never executed. First all of it is checked: keys, engines, packages, and whether ssh reaches each machine that
    something is to be done on; then what is is compared with what is wanted, and only then something is changed, by the cmdlets that
    a person would use: Add-CadreNode, Update-CadreNode, Install-CadreEngine, Suspend-CadreNode, Resume-CadreNode. Node after node, by
    name; the first failure ends it, and the same command goes on from there.

    One object for each step, Changed says whether it was carried out; a node that is right already has one with the Step None. With
    -WhatIf the same objects are the plan, and nothing is changed.

    What the inventory does not say is not looked at: packages without Packages, a node's engines without Engines. A node gets jobs unless
    its State is 'drained'. The master's own node is never added or removed, and its packages are not looked at: they belong to
    the master's own update.
    .PARAMETER Inventory
    The file. Nodes is wanted, all else may be left out; engines and packages are looked for from the file's own directory:
    @{
        Ssh      = @{ UserName = 'admin'; Sudo = $true; Option = @('-F', '/etc/cadre/ssh.conf') }
        Packages = @('packages/*.deb')
        Engines  = @{ thumb = 'engines/thumb'; ocr = 'engines/ocr' }
        Default  = @{ Owner = 'cadre'; Engines = @('thumb') }
        Nodes    = @{
            'ext-01' = @{ HostName = '10.1.0.11' }
            'ext-02' = @{ HostName = '10.1.0.12'; Engines = @('thumb', 'ocr'); State = 'drained' }
        }
        Master   = 'master'
    }
    A node, and Default for those that do not say it themselves, may also have Address, Directory and SpoolPath, as for Add-CadreNode.
    Master names the master's own node, where that is not read from the node's file here; @() where it has none.
    .PARAMETER Limit
    Only these nodes; wildcards may be used. All of the inventory is checked all the same.
    .PARAMETER Prune
    Also take away what the inventory does not have: engines that were installed, on nodes whose Engines are given, and nodes,
    whose keys are revoked for ever. Each of these asks, unless -Confirm:$false.
    .EXAMPLE
    Sync-CadreCluster ./cluster.psd1 -WhatIf | Where-Object Step -NE 'None'
    .EXAMPLE
    Sync-CadreCluster ./cluster.psd1 -Limit 'ext-0*'
    .EXAMPLE
    Sync-CadreCluster ./cluster.psd1 -Prune -WhatIf | Where-Object { -not $_.After }
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Medium')]
    [OutputType('Cadre.SyncStep')]
    param(
        [Parameter(Mandatory, Position = 0)] [ValidateNotNullOrEmpty()] [string] $Inventory,
        [SupportsWildcards()] [ValidateNotNullOrEmpty()] [string[]] $Limit = '*',
        [switch] $Prune)

    end {
        $wanted = Import-CadreInventory -Cmdlet $PSCmdlet -Path $Inventory
        $plan = @(Get-CadreSyncStep -Cmdlet $PSCmdlet -Inventory $wanted -Limit $Limit -Prune:$Prune)
        $asked = $PSBoundParameters.ContainsKey('Confirm')
        $done = [Collections.Generic.List[string]]::new()
        $refused = $null
        for ($i = 0; $i -lt $plan.Count; $i++) {
            $step = $plan[$i]
            if ($step.Action -ne 'None' -and $step.Node -cne $refused) {
                if (-not $PSCmdlet.ShouldProcess("node $($step.Node)", "$($step.Step): '$($step.After)' in place of '$($step.Before)'")) {
                    # What comes after it counts on it.
                    if (-not $WhatIfPreference) { $refused = $step.Node }
                }
                else {
                    try { $step.Changed = Invoke-CadreSyncStep -Inventory $wanted -Step $step -Asked:$asked }
                    catch {
                        $left = @($plan | Select-Object -Skip ($i + 1) | Where-Object { $_.Action -ne 'None' -and $_.Node -cne $step.Node } |
                                ForEach-Object { $_.Node } | Select-Object -Unique)
                        $before = @($done | Where-Object { $_ -cne $step.Node } | Select-Object -Unique)
                        $record = ConvertTo-CadreSyncError -ErrorRecord $_ -Node $step.Node -Done $before -Left $left
                        $PSCmdlet.ThrowTerminatingError($record)
                    }
                    $done.Add($step.Node)
                }
            }
            $told = Select-Object -InputObject $step -Property 'Node', 'Step', 'Before', 'After', 'Changed'
            $told.psobject.TypeNames.Insert(0, 'Cadre.SyncStep')
            $told
        }
        if ($done.Count -eq 0) { $PSCmdlet.WriteVerbose('Nothing was changed.') }
    }
}

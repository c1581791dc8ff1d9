# What an inventory wants, all of it checked: ssh (Way: as Get-CadreRemote takes it), Update (Get-CadreUpdate; $null where packages are not
# looked at), Engines (path and version by name), Nodes (in the order of their names, with what Default says), Master (the names of
# the master's own node; nothing where the inventory does not say it). One error of the public cmdlet names all faults.
function Import-CadreInventory {
    [CmdletBinding()]
    [OutputType([psobject])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory)] [string] $Path)

    $data = Read-CadreDataFile -Cmdlet $Cmdlet -Path $Path
    $all = $data.Value
    $known = @{ Ssh = 'table'; Packages = 'texts'; Default = 'table'; Engines = 'table'; Nodes = 'table'; Master = 'texts' }
    $faults = @(Get-CadreInventoryFault -Data $data -Place '' -Table $all -Known $known)
    if (-not $all.ContainsKey('Nodes')) { $faults += "$($data.File): Nodes is missing: Nodes = @{ 'ext-01' = @{ HostName = '10.1.0.11' } }" }
    foreach ($section in 'Ssh', 'Default', 'Engines', 'Nodes') { if ($all[$section] -isnot [Collections.IDictionary]) { $all[$section] = @{} } }

    $shared = @{ Owner = 'text'; Address = 'text'; Directory = 'text'; SpoolPath = 'text'; Engines = 'texts' }
    $own = $shared + @{ HostName = 'text'; State = @('ready', 'drained') }
    $faults += @(Get-CadreInventoryFault -Data $data -Place 'Ssh' -Table $all.Ssh -Known @{ UserName = 'text'; Sudo = 'flag'; Option = 'texts' })
    $faults += @(Get-CadreInventoryFault -Data $data -Place 'Default' -Table $all.Default -Known $shared)
    $engines = @{}
    foreach ($name in $all.Engines.Keys) { $engines[$name] = 'text' }
    $faults += @(Get-CadreInventoryFault -Data $data -Place 'Engines' -Table $all.Engines -Known $engines)
    $nodes = foreach ($name in $all.Nodes.Keys | Sort-Object) {
        $given = $all.Nodes[$name]
        $wrong = @(Get-CadreInventoryFault -Data $data -Place "Nodes.$name" -Table $given -Known $own)
        $faults += $wrong
        if ($wrong.Count -gt 0) { continue }
        $node = @{ Node = "$name"; HostName = "$name"; State = 'ready'; Engines = $null; Place = @{} }
        foreach ($key in 'Owner', 'Address', 'Directory', 'SpoolPath') {
            if ($given.ContainsKey($key)) { $node.Place[$key] = $given[$key] }
            elseif ($all.Default.ContainsKey($key)) { $node.Place[$key] = $all.Default[$key] }
        }
        if ($all.Default.ContainsKey('Engines')) { $node.Engines = @($all.Default.Engines) }
        if ($given.ContainsKey('Engines')) { $node.Engines = @($given.Engines) }
        foreach ($key in 'HostName', 'State') { if ($given.ContainsKey($key)) { $node[$key] = $given[$key] } }
        [pscustomobject] $node
    }
    $wanted = [pscustomobject] @{ File = $data.File; Way = @{ HostName = @{} }; Update = $null; Engines = @{}; Nodes = @($nodes); Master = $null }
    if ($all.ContainsKey('Master')) { $wanted.Master = @($all.Master) }
    $faults += @(Get-CadreInventoryClash -Data $data -Node $wanted.Nodes -Engine @($all.Engines.Keys))

    if ($faults.Count -eq 0) {
        foreach ($node in $wanted.Nodes) { $wanted.Way.HostName[$node.Node] = $node.HostName }
        $wanted.Way.Sudo = [bool] $all.Ssh['Sudo']
        if ($all.Ssh.ContainsKey('UserName')) { $wanted.Way.UserName = $all.Ssh.UserName }
        if ($all.Ssh.ContainsKey('Option')) { $wanted.Way.SshOption = @($all.Ssh.Option) }
        foreach ($fault in Add-CadreInventoryContent -Data $data -Inventory $wanted) { $faults += $fault }
    }
    if ($faults.Count -eq 0) { return $wanted }
    $message = "$($faults -join "`n")`n  Nothing was changed"
    $Cmdlet.ThrowTerminatingError((ConvertTo-CadreError -ExitCode 65 -Message $message -Target $data.File))
}

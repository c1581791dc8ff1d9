# What is to be done so that one node is as the inventory has it, in the order in which it is done. -Known: what the cluster says of it;
# $null where it does not know it. -Missing: packages that it lacks, and -There, what it has in place of them. -Master: it is
# the master's own. Nothing is asked and nothing is changed here.
function Get-CadreSyncPlan {
    [CmdletBinding()]
    [OutputType([psobject])]
    param(
        [Parameter(Mandatory)] [psobject] $Inventory,
        [Parameter(Mandatory)] [psobject] $Node,
        [AllowNull()] [psobject] $Known,
        [AllowEmptyCollection()] [string[]] $Missing = @(),
        [AllowEmptyCollection()] [string[]] $There = @(),
        [switch] $Prune,
        [switch] $Master)

    $own = @{ Node = $Node.Node; Master = $Master }
    # Not @{}: of engines, OCR is another one than ocr.
    $offered, $state = [Collections.Specialized.OrderedDictionary]::new([StringComparer]::Ordinal), 'ready'
    if ($null -ne $Known) {
        foreach ($engine in $Known.Engines) { $offered[$engine.Engine] = $engine.Version }
        if ($Known.Cordoned) { $state = 'drained' }
    }
    if ($null -eq $Known -or $Known.State -eq 'lost') {
        # What a node offers that is not connected, is what it offered once.
        $offered.Clear()
        $before = ''
        if ($null -ne $Known) { $before = 'lost' }
        ConvertTo-CadreSyncStep @own -Step 'Node' -Action 'Add' -Before $before -After 'connected'
    }
    elseif ($Missing.Count -gt 0) {
        ConvertTo-CadreSyncStep @own -Step 'Packages' -Action 'Update' -Before ($There -join ', ') -After ($Missing -join ', ')
        # Whoever was updated gets jobs again.
        $state = 'ready'
    }
    foreach ($name in $Node.Engines | Where-Object { $_ } | Sort-Object -Unique) {
        $version = $Inventory.Engines[$name].Version
        if ($offered[$name] -ceq $version) { continue }
        $before = ''
        if ($offered.Contains($name)) { $before = "$name $($offered[$name])" }
        ConvertTo-CadreSyncStep @own -Step 'Engine' -Action 'Install' -Engine $name -Before $before -After "$name $version"
    }
    foreach ($name in $offered.Keys | Sort-Object) {
        # Only what an installation made has the digest of its content in its version.
        if (-not $Prune -or $null -eq $Node.Engines -or $name -cin $Node.Engines -or $offered[$name] -cnotmatch '.-[0-9a-f]{12}$') { continue }
        ConvertTo-CadreSyncStep @own -Step 'Engine' -Action 'Uninstall' -Engine $name -Before "$name $($offered[$name])"
    }
    if ($state -ne $Node.State) {
        $action = 'Resume'
        if ($Node.State -eq 'drained') { $action = 'Suspend' }
        ConvertTo-CadreSyncStep @own -Step 'State' -Action $action -Before $state -After $Node.State
    }
}

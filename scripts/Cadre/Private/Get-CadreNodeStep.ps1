# The plan of one node (Get-CadreSyncPlan), with what is to be asked of the node itself. Where something is to be done there, it is also
# looked whether ssh gets there: an error of this function, which whoever calls may catch.
function Get-CadreNodeStep {
    [CmdletBinding()]
    [OutputType([psobject], [object[]])]
    param(
        [Parameter(Mandatory)] [psobject] $Inventory,
        [Parameter(Mandatory)] [psobject] $Node,
        [Parameter(Mandatory)] [psobject] $Remote,
        [switch] $Prune,
        [switch] $Master)

    $packages = @{}
    $connected = $null -ne $Remote.Known -and $Remote.Known.State -ne 'lost'
    # The master's packages belong to its own update, with the broker's.
    if ($connected -and -not $Master) { $packages = Get-CadreSyncMissing -Remote $Remote -Update $Inventory.Update }
    $steps = @(Get-CadreSyncPlan -Inventory $Inventory -Node $Node -Known $Remote.Known -Prune:$Prune -Master:$Master @packages)
    # Whoever is only drained, or gets jobs again, is not called; who was asked for packages has answered.
    if (@($steps | Where-Object { $_.Action -in 'Add', 'Install', 'Uninstall' }).Count -gt 0) {
        $null = Invoke-CadreRemote -Cmdlet $PSCmdlet -Remote $Remote -Command 'true'
    }
    $steps
}

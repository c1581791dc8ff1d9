# Why it is not certain which node is the master's own, which -Prune must never remove: nobody says it, or it is said of one that is not there.
function Get-CadreMasterFault {
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory)] [psobject] $Inventory,
        [Parameter(Mandatory)] [AllowEmptyCollection()] [string[]] $Master,
        [Parameter(Mandatory)] [AllowEmptyCollection()] [string[]] $Known)

    if ($Master.Count -eq 0 -and $null -eq $Inventory.Master) {
        "Which node is the master's own, is not known on this machine, and -Prune must never remove it: say Master = 'NAME' in $($Inventory.File)"
    }
    foreach ($name in $Inventory.Master | Where-Object { $_ -and $_ -cnotin $Known }) {
        $hint = 'Get-CadreNode shows those that are'
        $near = Get-CadreNearestWord -Word $name -Known $Known
        if ($near) { $hint = "did you mean $near`?" }
        "$($Inventory.File): Master: the cluster has no node '$name'; $hint"
    }
}

# What does not fit together in an inventory: engines that Engines does not name, two nodes on one machine, names that are none.
function Get-CadreInventoryClash {
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory)] [psobject] $Data,
        [Parameter(Mandatory)] [AllowEmptyCollection()] [psobject[]] $Node,
        [Parameter(Mandatory)] [AllowEmptyCollection()] [string[]] $Engine)

    $machines = @{}
    foreach ($one in $Node) {
        $at = "$($Data.File):$($Data.Lines["Nodes.$($one.Node)"]): Nodes.$($one.Node)"
        if ($one.HostName -notmatch '^[^-\s]\S*$') { "$at.HostName: '$($one.HostName)' is no name of a host" }
        if ($machines.ContainsKey($one.HostName)) { "$at`: ssh would get to $($one.HostName), which is the machine of $($machines[$one.HostName])" }
        else { $machines[$one.HostName] = $one.Node }
        foreach ($name in $one.Engines | Where-Object { $_ -and $_ -cnotin $Engine }) {
            $hint = "write it there: Engines = @{ $name = './$name' }"
            $near = Get-CadreNearestWord -Word $name -Known $Engine
            if ($near) { $hint = "did you mean $near`?" }
            "$at.Engines: '$name' is none of those that Engines names; $hint"
        }
    }
}

# What an inventory's packages and engines are, read from their files and put into -Inventory; paths are relative to the inventory. Gives
# back a sentence for each that is none.
function Add-CadreInventoryContent {
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory)] [psobject] $Data,
        [Parameter(Mandatory)] [psobject] $Inventory)

    $root = Split-Path -Path $Data.File -Parent
    foreach ($name in $Data.Value.Engines.Keys | Sort-Object) {
        $at = "$($Data.File):$($Data.Lines["Engines.$name"]): Engines.$name"
        $directory = [IO.Path]::Combine($root, "$($Data.Value.Engines[$name])")
        try {
            $planned = Read-CadreContent -Engine $directory
            if ($planned.Engine -cne $name) { "$at`: the engine in $directory calls itself $($planned.Engine)" }
            $Inventory.Engines[$name] = [pscustomobject] @{ Path = $directory; Version = $planned.Version }
        }
        catch { "$at`: $($_.Exception.Message)" }
    }
    if (-not $Data.Value.ContainsKey('Packages')) { return }
    $at = "$($Data.File):$($Data.Lines['Packages']): Packages"
    $files = @()
    foreach ($one in $Data.Value.Packages) {
        $place = [IO.Path]::Combine($root, $one)
        $found = @(Get-ChildItem -Path $place -File -ErrorAction 'SilentlyContinue' | ForEach-Object { $_.FullName } | Sort-Object)
        if ($found.Count -eq 0) { "$at`: there is no file $place" }
        $files += $found
    }
    try { if ($files.Count -gt 0) { $Inventory.Update = Read-CadreContent -Package $files } }
    catch { "$at`: $($_.Exception.Message)" }
}

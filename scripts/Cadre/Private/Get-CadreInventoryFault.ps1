# What is wrong with a table of an inventory: keys that are not known, values of another kind. One sentence each, with its place.
# -Known: the keys, and what their values are: text, texts (one is enough), flag, table; or a list of the words that may be said.
function Get-CadreInventoryFault {
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory)] [psobject] $Data,
        [Parameter(Mandatory)] [AllowEmptyString()] [string] $Place,
        [Parameter(Mandatory)] [AllowNull()] [object] $Table,
        [Parameter(Mandatory)] [Collections.IDictionary] $Known)

    $top = ''
    if ($Place) { $top = "$Place." }
    if ($Table -isnot [Collections.IDictionary]) {
        "$($Data.File):$($Data.Lines[$Place]): $Place`: wanted a table, @{ ... }"
        return
    }
    foreach ($key in $Table.Keys | Sort-Object) {
        $at = "$($Data.File):$($Data.Lines["$top$key"]): $top$key"
        if (-not $Known.Contains("$key")) {
            $near = Get-CadreNearestWord -Word "$key" -Known @($Known.Keys)
            $hint = "known are $(@($Known.Keys | Sort-Object) -join ', ')"
            if ($near) { $hint = "did you mean $near`?" }
            "$at`: is not known here; $hint"
            continue
        }
        $value, $kind = $Table[$key], $Known[$key]
        $texts = @($value | Where-Object { $_ -is [string] -and $_ -ne '' })
        if ($kind -is [array]) { $good, $wanted = ($value -cin $kind), "one of $($kind -join ', ')" }
        elseif ($kind -eq 'flag') { $good, $wanted = ($value -is [bool]), '$true or $false' }
        elseif ($kind -eq 'table') { $good, $wanted = ($value -is [Collections.IDictionary]), 'a table, @{ ... }' }
        elseif ($kind -eq 'texts') { $good, $wanted = ($null -ne $value -and $texts.Count -eq @($value).Count), 'a list of texts, @(...)' }
        else { $good, $wanted = ($value -is [string] -and $value -ne ''), "a text, in ''" }
        if (-not $good) { "$at`: wanted $wanted, found '$value'" }
    }
}

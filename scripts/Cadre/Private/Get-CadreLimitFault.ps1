# A sentence for each of -Limit that means nobody; with the name that was perhaps meant.
function Get-CadreLimitFault {
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory)] [string[]] $Limit,
        [Parameter(Mandatory)] [AllowEmptyCollection()] [string[]] $Known)

    foreach ($one in $Limit | Where-Object { $_ -ne '*' }) {
        if (@($Known | Where-Object { $_ -like $one }).Count -gt 0) { continue }
        $near = Get-CadreNearestWord -Word $one -Known $Known
        $hint = 'the names in Nodes are meant'
        if ($near) { $hint = "did you mean $near`?" }
        "-Limit $one`: there is no such node in the inventory; $hint"
    }
}

# Whether a name is one of those that -Limit means.
function Test-CadreLimit {
    [CmdletBinding()]
    [OutputType([bool])]
    param(
        [Parameter(Mandatory)] [string] $Name,
        [Parameter(Mandatory)] [string[]] $Limit)

    foreach ($one in $Limit) { if ($Name -like $one) { return $true } }
    $false
}

# What the tool's JSON says, as objects whose properties are named as in PowerShell: seen_seconds becomes SeenSeconds.
# -TypeName is the type of the outermost objects.
function ConvertTo-CadreObject {
    [CmdletBinding()]
    [OutputType([psobject], [object[]])]
    param(
        [Parameter(Mandatory)] [AllowNull()] [object] $InputObject,
        [string] $TypeName)

    if ($InputObject -is [array]) {
        $converted = foreach ($one in $InputObject) { ConvertTo-CadreObject -InputObject $one -TypeName $TypeName }
        return , @($converted)
    }
    if ($InputObject -isnot [Management.Automation.PSCustomObject]) { return $InputObject }

    $made = [ordered] @{}
    foreach ($property in $InputObject.psobject.Properties) {
        $words = foreach ($word in $property.Name -split '_') {
            if ($word) { $word.Substring(0, 1).ToUpperInvariant() + $word.Substring(1) }
        }
        $made[$words -join ''] = ConvertTo-CadreObject -InputObject $property.Value
    }
    $object = [pscustomobject] $made
    if ($TypeName) { $object.psobject.TypeNames.Insert(0, $TypeName) }
    $object
}

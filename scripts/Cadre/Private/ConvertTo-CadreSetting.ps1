# Settings of a node's file as the tool takes them: KEY=VALUE, with lists and hashtables as YAML on one line.
function ConvertTo-CadreSetting {
    [CmdletBinding()]
    [OutputType([string])]
    param([Parameter(Mandatory)] [AllowEmptyCollection()] [Collections.IDictionary] $InputObject)

    # JSON is YAML; a single text is the person's own YAML, and the tool quotes what is none.
    foreach ($key in $InputObject.Keys | Sort-Object) {
        $value = $InputObject[$key]
        if ($null -eq $value) { $value = '' }
        if ($value -is [bool]) { $value = "$value".ToLowerInvariant() }
        elseif ($value -is [Collections.IDictionary] -or $value -is [array]) { $value = ConvertTo-Json -InputObject $value -Compress -Depth 8 }
        elseif ($value -is [IFormattable]) { $value = $value.ToString($null, [Globalization.CultureInfo]::InvariantCulture) }
        "$key=$value"
    }
}

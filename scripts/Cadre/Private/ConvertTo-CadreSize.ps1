# Bytes for people: 4 GiB, 256 MiB, 1.75 GiB.
function ConvertTo-CadreSize {
    [CmdletBinding()]
    [OutputType([string])]
    param([Parameter(Mandatory, Position = 0)] [long] $Byte)

    $unit, $word = 1MB, 'MiB'
    if ($Byte -ge 1GB) { $unit, $word = 1GB, 'GiB' }
    [string]::Format([Globalization.CultureInfo]::InvariantCulture, '{0:0.##} {1}', $Byte / $unit, $word)
}

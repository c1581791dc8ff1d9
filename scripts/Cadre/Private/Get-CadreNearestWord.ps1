# The known word that was perhaps meant: one that goes on where this one ends, or fewest letters put in, left out or changed (Levenshtein),
# whatever their case; at most a third of the word's own. Nothing where none is near.
function Get-CadreNearestWord {
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory)] [AllowEmptyString()] [string] $Word,
        [Parameter(Mandatory)] [AllowEmptyCollection()] [string[]] $Known)

    $nearest, $least = $null, (1 + [Math]::Max(1, [Math]::Floor($Word.Length / 3)))
    $a = $Word.ToLowerInvariant()
    foreach ($one in $Known | Sort-Object) {
        $b = $one.ToLowerInvariant()
        # One row of the table: the distances of the beginnings of b from the first $i letters of a.
        $row = @(0..$b.Length)
        for ($i = 1; $i -le $a.Length; $i++) {
            $corner, $row[0] = $row[0], $i
            for ($j = 1; $j -le $b.Length; $j++) {
                $changed = $corner + [int] ($a[$i - 1] -cne $b[$j - 1])
                $corner = $row[$j]
                $row[$j] = [Math]::Min($changed, [Math]::Min($row[$j], $row[$j - 1]) + 1)
            }
        }
        $distance = $row[-1]
        if ($a.Length -gt 2 -and $b.StartsWith($a, [StringComparison]::Ordinal)) { $distance = [Math]::Min($distance, 1) }
        if ($distance -lt $least) { $nearest, $least = $one, $distance }
    }
    $nearest
}

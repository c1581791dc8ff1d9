# In which line of a data file each key stands, by its place: Nodes.ext-01.HostName. -Table: the file's table, as it was parsed.
function Get-CadreInventoryLine {
    [CmdletBinding()]
    [OutputType([hashtable])]
    param(
        [Parameter(Mandatory)] [Management.Automation.Language.HashtableAst] $Table,
        [string] $Place = '')

    $isTable = { $args[0] -is [Management.Automation.Language.HashtableAst] }
    $lines = @{}
    foreach ($pair in $Table.KeyValuePairs) {
        $key = "$Place$($pair.Item1.SafeGetValue())"
        $lines[$key] = $pair.Item1.Extent.StartLineNumber
        $inner = $pair.Item2.Find($isTable, $false)
        if ($null -eq $inner) { continue }
        $below = Get-CadreInventoryLine -Table $inner -Place "$key."
        foreach ($one in $below.Keys) { $lines[$one] = $below[$one] }
    }
    $lines
}

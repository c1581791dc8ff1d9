# What stopped a cmdlet at one of several nodes, with how far it got: the kind of the error stays.
function ConvertTo-CadreFleetError {
    [CmdletBinding()]
    [OutputType([Management.Automation.ErrorRecord])]
    param(
        [Parameter(Mandatory)] [Management.Automation.ErrorRecord] $ErrorRecord,
        [Parameter(Mandatory)] [string] $Node,
        [AllowEmptyCollection()] [string[]] $Done = @(),
        [AllowEmptyCollection()] [string[]] $Left = @(),
        [string] $State)

    $text = "$Node`: $($ErrorRecord.Exception.Message)"
    if ($State) { $text += "`n  $State" }
    if ($Done.Count -gt 0) { $text += "`n  Done before: $($Done -join ', ')" }
    if ($Left.Count -gt 0) { $text += "`n  Not begun: $($Left -join ', ')" }
    $text += "`n  When it is mended, the same command goes on from there"
    $id = ($ErrorRecord.FullyQualifiedErrorId -split ',')[0]
    [Management.Automation.ErrorRecord]::new([InvalidOperationException]::new($text, $ErrorRecord.Exception), $id, $ErrorRecord.CategoryInfo.Category, $Node)
}

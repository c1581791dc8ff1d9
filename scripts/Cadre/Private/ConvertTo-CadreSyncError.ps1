# What stopped a plan at one node, as ConvertTo-CadreFleetError tells it; the cmdlet that did the step has told the node and how to go on too.
function ConvertTo-CadreSyncError {
    [CmdletBinding()]
    [OutputType([Management.Automation.ErrorRecord])]
    param(
        [Parameter(Mandatory)] [Management.Automation.ErrorRecord] $ErrorRecord,
        [Parameter(Mandatory)] [string] $Node,
        [AllowEmptyCollection()] [string[]] $Done = @(),
        [AllowEmptyCollection()] [string[]] $Left = @())

    $text = $ErrorRecord.Exception.Message -replace "^$([regex]::Escape($Node)): " -replace '\n  When it is mended, the same command goes on from there$'
    $id = ($ErrorRecord.FullyQualifiedErrorId -split ',')[0]
    $why = [InvalidOperationException]::new($text, $ErrorRecord.Exception)
    $record = [Management.Automation.ErrorRecord]::new($why, $id, $ErrorRecord.CategoryInfo.Category, $Node)
    ConvertTo-CadreFleetError -ErrorRecord $record -Node $Node -Done $Done -Left $Left
}

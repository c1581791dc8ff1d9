# The tool's exit code and its sentence as an error of PowerShell. The codes are those of `cadre --help` (sysexits).
function ConvertTo-CadreError {
    [CmdletBinding()]
    [OutputType([Management.Automation.ErrorRecord])]
    param(
        [Parameter(Mandatory)] [int] $ExitCode,
        [AllowEmptyString()] [string] $Message = '',
        [object] $Target)

    $id, $category = 'CadreToolFailed', 'NotSpecified'
    $kind = Get-CadreErrorKind | Where-Object { $_.ExitCode -eq $ExitCode }
    if ($null -ne $kind) { $id, $category = $kind.Code, $kind.Category }
    $text = $Message.Trim() -replace '^cadre: ', ''
    if (-not $text) { $text = "The tool cadre ended with exit code $ExitCode and said nothing." }
    [Management.Automation.ErrorRecord]::new([InvalidOperationException]::new($text), $id, $category, $Target)
}

# The tool's exit code and its sentence as an error of PowerShell. The codes are those of `cadre --help` (sysexits).
function ConvertTo-CadreError {
    [CmdletBinding()]
    [OutputType([Management.Automation.ErrorRecord])]
    param(
        [Parameter(Mandatory)] [int] $ExitCode,
        [AllowEmptyString()] [string] $Message = '',
        [object] $Target)

    $known = @{
        1   = @('CadreNotSo', 'InvalidResult')
        64  = @('CadreUsage', 'InvalidArgument')
        65  = @('CadreBadData', 'InvalidData')
        66  = @('CadreNoInput', 'ObjectNotFound')
        69  = @('CadreUnreachable', 'ConnectionError')
        70  = @('CadreBug', 'InvalidOperation')
        73  = @('CadreNoOutput', 'WriteError')
        75  = @('CadreTryAgain', 'ResourceBusy')
        77  = @('CadreNotAllowed', 'PermissionDenied')
        78  = @('CadreConfiguration', 'InvalidData')
        130 = @('CadreInterrupted', 'OperationStopped')
    }
    $id, $category = 'CadreToolFailed', 'NotSpecified'
    if ($known.ContainsKey($ExitCode)) { $id, $category = $known[$ExitCode] }
    $text = $Message.Trim() -replace '^cadre: ', ''
    if (-not $text) { $text = "The tool cadre ended with exit code $ExitCode and said nothing." }
    [Management.Automation.ErrorRecord]::new([InvalidOperationException]::new($text), $id, $category, $Target)
}

# What the tool said beside its answer: its notes and warnings are warnings, the rest is verbose output.
function Write-CadreNote {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory)] [AllowEmptyString()] [string] $Text)

    foreach ($line in $Text -split "`n") {
        if ($line -match '^(cadre: )?(note|warning): (?<text>.*)') { $Cmdlet.WriteWarning($Matches['text']) }
        elseif ($line) { $Cmdlet.WriteVerbose($line) }
    }
}

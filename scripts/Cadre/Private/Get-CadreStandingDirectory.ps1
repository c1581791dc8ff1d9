# The directory itself, or the nearest above it that is there: whose volume it will be on, and who may make it.
function Get-CadreStandingDirectory {
    [CmdletBinding()]
    [OutputType([string])]
    param([Parameter(Mandatory)] [string] $Path)

    $place = $Path
    while (-not [IO.Directory]::Exists($place)) { $place = Split-Path -Path $place -Parent }
    $place
}

# Whether the tool runs, and is of this module's version.
function Get-CadreToolCheck {
    [CmdletBinding()]
    [OutputType('Cadre.Check')]
    param([Parameter(Mandatory)] [string] $Tool)

    try { $ran = Invoke-CadreProcess -Path $Tool -Argument '--version' }
    catch [ComponentModel.Win32Exception] { $ran = @{ ExitCode = 126; Output = ''; Errors = $_.Exception.Message } }
    $said = $ran.Output.Trim()
    $own = "$($MyInvocation.MyCommand.Module.Version)"
    if ($ran.ExitCode -ne 0) {
        ConvertTo-CadreCheck 'tool' 'failed' "$Tool does not run: $($ran.Errors.Trim())" (
            'install the package cadre again; one that was built elsewhere needs the libraries of there')
    }
    elseif ($said -notmatch "(^| )$([regex]::Escape($own))( |$)") {
        ConvertTo-CadreCheck 'tool' 'warning' "$Tool`: $said; this module is $own" 'take both from one release'
    }
    else { ConvertTo-CadreCheck 'tool' 'ok' "$Tool`: $said" }
}

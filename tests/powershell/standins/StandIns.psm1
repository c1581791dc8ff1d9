# The cmdlets that PowerShell has from its own modules (Microsoft.PowerShell.Utility, Management, Security) and that the
# bare engine lacks, as functions over the engine's providers and .NET. What each does not imitate: ../README.md.

Set-StrictMode -Version 3.0

# A real cmdlet sees the preferences of whoever calls it; a function of another module does not. Each stand-in begins with
# `. $CallersPreferences $PSCmdlet`. What was given as a parameter (-ErrorAction, -WhatIf, ...) the engine has set already.
$CallersPreferences = {
    param($Cmdlet)
    $given = $Cmdlet.MyInvocation.BoundParameters
    $variables = $Cmdlet.SessionState.PSVariable
    if (-not $given.ContainsKey('ErrorAction')) { $ErrorActionPreference = $variables.GetValue('ErrorActionPreference') }
    if (-not $given.ContainsKey('WarningAction')) { $WarningPreference = $variables.GetValue('WarningPreference') }
    if (-not $given.ContainsKey('InformationAction')) { $InformationPreference = $variables.GetValue('InformationPreference') }
    if (-not $given.ContainsKey('Verbose')) { $VerbosePreference = $variables.GetValue('VerbosePreference') }
    if (-not $given.ContainsKey('Debug')) { $DebugPreference = $variables.GetValue('DebugPreference') }
    if (-not $given.ContainsKey('WhatIf')) { $WhatIfPreference = $variables.GetValue('WhatIfPreference') }
    if (-not $given.ContainsKey('Confirm')) { $ConfirmPreference = $variables.GetValue('ConfirmPreference') }
}

# What .NET or a provider threw, as the error that the real cmdlet would write.
function ConvertTo-StandInError {
    param($Caught, [string] $ErrorId, [Management.Automation.ErrorCategory] $Category, $Target)
    $exception = $Caught.Exception
    while ($exception -is [Management.Automation.MethodInvocationException] -and $null -ne $exception.InnerException) {
        $exception = $exception.InnerException
    }
    if ($exception -is [Management.Automation.ItemNotFoundException]) {
        $ErrorId = 'PathNotFound'
        $Category = 'ObjectNotFound'
    }
    [Management.Automation.ErrorRecord]::new($exception, $ErrorId, $Category, $Target)
}

foreach ($family in 'Streams', 'Objects', 'Collections', 'Json', 'Paths', 'Items', 'Content', 'Time', 'Secrets') {
    . "$PSScriptRoot/$family.ps1"
}

Export-ModuleMember -Function @(
    'Write-Error'
    'New-Object', 'Add-Member'
    'Select-Object', 'Sort-Object'
    'ConvertTo-Json', 'ConvertFrom-Json'
    'Join-Path', 'Split-Path', 'Get-Location', 'Push-Location', 'Pop-Location'
    'New-Item', 'Get-Item', 'Get-ChildItem'
    'Get-Content', 'Set-Content', 'Import-PowerShellDataFile'
    'Start-Sleep'
    'ConvertFrom-SecureString'
)

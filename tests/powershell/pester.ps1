# Runs Pester files under pwsh with Pester 5, with an exit code that is not 0 when a test failed or there was none.
param([Parameter(Mandatory)] [string] $Path, [string] $Filter)

Import-Module -Name 'Pester' -MinimumVersion '5.0'
$settings = New-PesterConfiguration
$settings.Run.Path = $Path
$settings.Run.PassThru = $true
$settings.Output.Verbosity = 'Detailed'
if ($Filter) { $settings.Filter.FullName = "*$Filter*" }
$result = Invoke-Pester -Configuration $settings
exit [int] ($result.Result -ne 'Passed' -or $result.TotalCount - $result.NotRunCount -eq 0)

# PSScriptAnalyzer over the module and over the tests: every finding is a failure.
#   analyze.ps1 -Analyzer DIRECTORY_OF_PSScriptAnalyzer | installed
# Under pwsh the module that is installed there may be named by `installed`. Exit code 0: no finding; 1: some.
param([Parameter(Mandatory)] [string] $Analyzer)

$root = [IO.Path]::GetFullPath("$PSScriptRoot/../..")
if ($Analyzer -eq 'installed') { Import-Module -Name 'PSScriptAnalyzer' }
else { Import-Module -Name "$Analyzer/PSScriptAnalyzer.psd1" }

# A rule that this version does not know cannot be configured: it is left out, and said. The newest version knows all.
$known = @(Get-ScriptAnalyzerRule).RuleName
$wanted = Import-PowerShellDataFile -Path "$root/scripts/Cadre/PSScriptAnalyzerSettings.psd1"
foreach ($rule in @($wanted.Rules.Keys)) {
    if ($rule -in $known) { continue }
    "note: this PSScriptAnalyzer does not know $rule"
    $wanted.Rules.Remove($rule)
}

# Tables of cases have long lines, and a script block in a script block begins with two braces.
$loose = $wanted.Rules.Clone()
$loose.Remove('PSAvoidLongLines')
$loose.Remove('PSUseConsistentWhitespace')

# What lies in the host's place: real cmdlets are written anew there, with all their parameters, also those for which the
# stand-in has no use; and the runner's functions are named by Pester.
$standins = @{
    Severity     = $wanted.Severity
    Rules        = $loose
    ExcludeRules = @(
        'PSAvoidOverwritingBuiltInCmdlets'
        'PSUseShouldProcessForStateChangingFunctions'
        'PSReviewUnusedParameter'
        'PSUseApprovedVerbs'
        'PSProvideCommentHelp'
        'PSUseOutputTypeCorrectly'
        'PSUseDeclaredVarsMoreThanAssignments'
        'PSAvoidGlobalVars'
        'PSUseSingularNouns'
        'PSAvoidUsingPositionalParameters'
        'PSAvoidAssignmentToAutomaticVariable'
    )
}
# In a test, BeforeAll sets variables for script blocks that no analysis connects with it; words are short there.
$tests = @{
    Severity     = $wanted.Severity
    Rules        = $loose
    ExcludeRules = @(
        'PSUseDeclaredVarsMoreThanAssignments'
        'PSAvoidUsingPositionalParameters'
        'PSProvideCommentHelp'
        'PSUseOutputTypeCorrectly'
    )
}

$module = Get-ChildItem -Path "$root/scripts/Cadre" -Recurse -File | Where-Object { $_.Extension -in '.ps1', '.psm1', '.psd1' }
$places = @(
    @{ Files = $module | Where-Object { $_.FullName -notlike '*/Tests/*' }; Settings = $wanted }
    @{ Files = $module | Where-Object { $_.FullName -like '*/Tests/*' }; Settings = $tests }
    @{ Files = Get-ChildItem -Path "$root/tests/powershell" -Filter '*.ps1' -File; Settings = $tests }
    @{ Files = Get-ChildItem -Path "$root/tests/powershell/standins", "$root/tests/powershell/pester" -File; Settings = $standins }
)

$findings = 0
$files = 0
foreach ($place in $places) {
    foreach ($file in $place.Files) {
        ++$files
        $troubles = $null
        $found = @(Invoke-ScriptAnalyzer -Path $file.FullName -Settings $place.Settings -ErrorVariable troubles -ErrorAction SilentlyContinue)
        foreach ($one in $found) { "$([IO.Path]::GetRelativePath($root, $file.FullName)):$($one.Line): $($one.RuleName): $($one.Message)" }
        # The analyzer looks for a console that is none of its business; everything else that it cannot do is a failure.
        $bad = @($troubles | Where-Object { "$_" -notlike '*snap-in Microsoft.PowerShell.Host*' })
        foreach ($one in $bad) { "$($file.FullName): the analyzer failed: $one" }
        $findings += $found.Count + $bad.Count
    }
}
"$files files, $findings findings"
exit [int] ($findings -gt 0 -or $files -lt 10)

# Runs Pester 5 files where Pester is not installed, in the subset of ../README.md.
#   Invoke.ps1 FILE|DIRECTORY... [-Filter PATTERN] [-Tag TAG]
# Exit code 0 when every test passed; 1 when one failed, when a file has no test, or when nothing was chosen.
param(
    [Parameter(Mandatory, Position = 0, ValueFromRemainingArguments)] [string[]] $Path,
    [string] $Filter,
    [string[]] $Tag)

Import-Module "$PSScriptRoot/Should.psm1" -Global
. "$PSScriptRoot/Discovery.ps1"
. "$PSScriptRoot/TestDrive.ps1"
. "$PSScriptRoot/Run.ps1"

$PesterRunner = @{
    Block = $null; Filter = $Filter; Tag = $Tag; Failures = [Collections.Generic.List[string]]::new()
    Count = @{ Passed = 0; Failed = 0; Skipped = 0; Inconclusive = 0; NotRun = 0; FailedBlocks = 0; FailedFiles = 0 }
}

function Find-PesterFile {
    param([string[]] $Of)
    foreach ($one in $Of) {
        $full = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($one)
        if ([IO.File]::Exists($full)) { $full }
        elseif ([IO.Directory]::Exists($full)) { [IO.Directory]::GetFiles($full, '*.Tests.ps1', 'AllDirectories') | ForEach-Object { $_ } }
        else { Add-PesterFailedFile $full 'there is no such file or directory' }
    }
}

function Add-PesterFailedFile {
    param([string] $File, [string] $Why)
    Write-PesterLine "[-] $File"
    Write-PesterLine "    $Why"
    $PesterRunner.Count.FailedFiles += 1
    $PesterRunner.Failures.Add($File)
}

function Invoke-PesterFile {
    param([string] $PesterFile)
    Write-PesterLine "Running tests from '$PesterFile'"
    $PesterRunner.Block = New-PesterBlock '' $null
    $PesterRoot = $PesterRunner.Block
    try { & { $null = & $PesterFile } }
    catch {
        Add-PesterFailedFile $PesterFile 'its discovery failed:'
        Write-PesterFailure '   ' $_
        return
    }
    if (@(Get-PesterTest $PesterRoot).Count -eq 0) { Add-PesterFailedFile $PesterFile 'has no test'; return }
    New-PesterDrive
    try { Invoke-PesterBlock $PesterRoot }
    finally { Remove-PesterDrive }
}

function Get-PesterCount {
    param($Before)
    $names = 'Passed', 'Failed', 'Skipped', 'Inconclusive', 'NotRun'
    @(foreach ($name in $names) { "$($name): $($PesterRunner.Count[$name] - $Before[$name])" }) -join ', '
}

function Test-PesterFailed {
    param($Before)
    $bad = 'Failed', 'FailedBlocks', 'FailedFiles' | ForEach-Object { $PesterRunner.Count[$_] - $Before[$_] } | Where-Object { $_ -gt 0 }
    @($bad).Count -gt 0
}

$nothing = $PesterRunner.Count.Clone()
$watch = [Diagnostics.Stopwatch]::StartNew()
$files = @(Find-PesterFile $Path)
foreach ($file in $files) {
    $before = $PesterRunner.Count.Clone()
    Invoke-PesterFile $file
    if ($files.Count -gt 1) {
        $verdict = if (Test-PesterFailed $before) { '[-]' } else { '[+]' }
        Write-PesterLine "$verdict $file  $(Get-PesterCount $before)"
    }
}

$count = $PesterRunner.Count
Write-PesterLine "Tests completed in $([Math]::Round($watch.Elapsed.TotalSeconds, 2))s"
Write-PesterLine "Tests $(Get-PesterCount $nothing)"
foreach ($failure in $PesterRunner.Failures) { Write-PesterLine "  failed: $failure" }
if ($count.FailedFiles -gt 0) { Write-PesterLine "Files that failed: $($count.FailedFiles)" }
if ($count.FailedBlocks -gt 0) { Write-PesterLine "AfterAll that failed: $($count.FailedBlocks)" }
$ran = $count.Passed + $count.Failed + $count.Skipped + $count.Inconclusive
if ($ran -eq 0 -and $count.FailedFiles -eq 0) { Write-PesterLine 'no test was chosen' }
exit [int] ((Test-PesterFailed $nothing) -or $ran -eq 0)

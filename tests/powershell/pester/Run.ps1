# The run phase. A block is a function call, and so are its tests: `.` puts what BeforeAll sets into the call's scope, and
# everything that is called from there sees it.

function Write-PesterLine { param([string] $Text) $Host.UI.WriteLine($Text) }

function Get-PesterFullName {
    param($Node)
    $words = @(for ($at = $Node; $null -ne $at -and $at.Name; $at = $at.Parent) { $at.Name })
    [array]::Reverse($words)
    $words -join '.'
}

# Whether -Filter and -Tag choose this test.
function Test-PesterChosen {
    param($Test)
    if ($PesterRunner.Filter -and (Get-PesterFullName $Test) -notlike "*$($PesterRunner.Filter)*") { return $false }
    if (-not $PesterRunner.Tag) { return $true }
    for ($at = $Test; $null -ne $at; $at = $at.Parent) { if (@($at.Tag | Where-Object { $_ -in $PesterRunner.Tag }).Count -gt 0) { return $true } }
    $false
}

function Test-PesterSkipped {
    param($Node)
    for ($at = $Node; $null -ne $at; $at = $at.Parent) { if ($at.Skip) { return $true } }
    $false
}

function Get-PesterTest {
    param($Node)
    foreach ($child in $Node.Children) { if ($child.Kind -eq 'Test') { $child } else { Get-PesterTest $child } }
}

function Get-PesterDepth { param($Node) $depth = 0; for ($at = $Node.Parent; $null -ne $at; $at = $at.Parent) { ++$depth }; $depth }

function Write-PesterFailure {
    param($Indent, $ErrorRecord)
    $assertion = "$($ErrorRecord.FullyQualifiedErrorId)".StartsWith('PesterAssertionFailed')
    $text = if ($assertion) { $ErrorRecord.Exception.Message } else { "$($ErrorRecord.Exception.GetType().Name): $($ErrorRecord.Exception.Message)" }
    foreach ($line in $text -split "`r?`n") { Write-PesterLine "$Indent $line" }
    if ($assertion) { Write-PesterLine "$Indent at $($ErrorRecord.TargetObject.Place)"; return }
    foreach ($line in ("$($ErrorRecord.ScriptStackTrace)" -split "`r?`n" | Where-Object { $_ -notmatch '/pester/(Run|Discovery|Invoke)\.ps1' })) {
        Write-PesterLine "$Indent $line"
    }
}

function Add-PesterResult {
    param($Node, [string] $Result, $ErrorRecord, [string] $Why, [long] $Milliseconds)
    $PesterRunner.Count[$Result] += 1
    $sign = @{ Passed = '[+]'; Failed = '[-]'; Skipped = '[!]'; Inconclusive = '[?]' }[$Result]
    $indent = '  ' * (Get-PesterDepth $Node)
    $because = if ($Why) { ", because $Why" } else { '' }
    $word = if ($Result -in 'Skipped', 'Inconclusive') { " is $($Result.ToLowerInvariant())$because" } else { '' }
    Write-PesterLine "$indent$sign $($Node.Name)$word $($Milliseconds)ms"
    if ($Result -eq 'Failed') {
        $PesterRunner.Failures.Add((Get-PesterFullName $Node))
        Write-PesterFailure $indent $ErrorRecord
    }
}

# All of a block that was to run, when its BeforeAll has failed.
function Add-PesterFailedBlock {
    param($Node, $ErrorRecord)
    foreach ($test in Get-PesterTest $Node) {
        if (-not (Test-PesterChosen $test)) { $PesterRunner.Count.NotRun += 1 }
        elseif (Test-PesterSkipped $test) { Add-PesterResult $test 'Skipped' $null '-Skip' 0 }
        else { Add-PesterResult $test 'Failed' $ErrorRecord '' 0 }
    }
}

function Set-ItResult {
    param([switch] $Skipped, [switch] $Inconclusive, [string] $Because)
    $what = if ($Skipped) { 'Skipped' } elseif ($Inconclusive) { 'Inconclusive' } else { throw 'Set-ItResult: -Skipped or -Inconclusive' }
    throw [Management.Automation.ErrorRecord]::new([Exception]::new("is $what"), "PesterTest$what", 'InvalidResult', @{ Because = $Because })
}

# The bodies around a test, from the outermost block inwards.
function Get-PesterAround {
    param($Test, [string] $Which)
    $found = [Collections.Generic.List[object]]::new()
    for ($at = $Test.Parent; $null -ne $at; $at = $at.Parent) { if ($null -ne $at[$Which]) { $found.Insert(0, $at[$Which]) } }
    $found
}

# Runs script blocks in the caller's scope: `. $PesterRun BLOCKS DATA`. $PesterError is what was thrown. A `break` or
# `continue` that belongs to no loop would leave the runner's: it is caught by a loop of one turn, and is a failure.
$PesterRun = {
    param($PesterBodies, $PesterArguments)
    $PesterError = $null
    foreach ($PesterBody in $PesterBodies) {
        $PesterEnded = $false
        try {
            do {
                if ($PesterArguments -is [Collections.IDictionary] -and $null -ne $PesterBody.Ast.ParamBlock) { $null = . $PesterBody @PesterArguments }
                else { $null = . $PesterBody }
                $PesterEnded = $true
            } while ($false)
            if (-not $PesterEnded) { throw 'a break or continue outside of any loop left the script block' }
        }
        catch { if ($null -eq $PesterError) { $PesterError = $_ } }
        if ($null -ne $PesterError) { break }
    }
}

function Invoke-PesterTest {
    param($PesterTest)
    if (-not (Test-PesterChosen $PesterTest)) { $PesterRunner.Count.NotRun += 1; return }
    if (Test-PesterSkipped $PesterTest) { Add-PesterResult $PesterTest 'Skipped' $null '-Skip' 0; return }
    $PesterWatch = [Diagnostics.Stopwatch]::StartNew()
    if ($PesterTest.HasData) { . $PesterSetData $PesterTest.Data; $_ = $PesterTest.Data }
    . $PesterRun (Get-PesterAround $PesterTest 'BeforeEach')
    if ($null -eq $PesterError) { . $PesterRun @($PesterTest.Body) $PesterTest.Data }
    $PesterFirst = $PesterError
    $PesterAfter = @(Get-PesterAround $PesterTest 'AfterEach')
    [array]::Reverse($PesterAfter)
    foreach ($PesterOne in $PesterAfter) {
        . $PesterRun @($PesterOne)
        if ($null -eq $PesterFirst) { $PesterFirst = $PesterError }
    }
    $PesterTook = $PesterWatch.ElapsedMilliseconds
    if ($null -eq $PesterFirst) { Add-PesterResult $PesterTest 'Passed' $null '' $PesterTook; return }
    $PesterId = "$($PesterFirst.FullyQualifiedErrorId)"
    if ($PesterId.StartsWith('PesterTestSkipped')) { Add-PesterResult $PesterTest 'Skipped' $null $PesterFirst.TargetObject.Because $PesterTook }
    elseif ($PesterId.StartsWith('PesterTestInconclusive')) { Add-PesterResult $PesterTest 'Inconclusive' $null $PesterFirst.TargetObject.Because $PesterTook }
    else { Add-PesterResult $PesterTest 'Failed' $PesterFirst '' $PesterTook }
}

function Invoke-PesterBlock {
    param($PesterBlock)
    $PesterTests = @(Get-PesterTest $PesterBlock | Where-Object { Test-PesterChosen $_ })
    if ($PesterBlock.Name -and $PesterTests.Count -gt 0) { Write-PesterLine "$('  ' * ((Get-PesterDepth $PesterBlock) - 1))$($PesterBlock.Word) $($PesterBlock.Name)" }
    if ($PesterBlock['HasData']) { . $PesterSetData $PesterBlock.Data; $_ = $PesterBlock.Data }
    $PesterWanted = @($PesterTests | Where-Object { -not (Test-PesterSkipped $_) }).Count -gt 0
    $PesterThere = Get-PesterDriveContent
    if ($PesterWanted -and $null -ne $PesterBlock.BeforeAll) {
        . $PesterRun @($PesterBlock.BeforeAll)
        if ($null -ne $PesterError) {
            Write-PesterLine "BeforeAll of '$(Get-PesterFullName $PesterBlock)' failed:"
            Add-PesterFailedBlock $PesterBlock $PesterError
        }
    }
    else { $PesterError = $null }
    if ($null -eq $PesterError) {
        foreach ($PesterChild in $PesterBlock.Children) {
            if ($PesterChild.Kind -eq 'Test') { Invoke-PesterTest $PesterChild } else { Invoke-PesterBlock $PesterChild }
        }
    }
    if ($PesterWanted -and $null -ne $PesterBlock.AfterAll) {
        . $PesterRun @($PesterBlock.AfterAll)
        if ($null -ne $PesterError) {
            Write-PesterLine "AfterAll of '$(Get-PesterFullName $PesterBlock)' failed:"
            $PesterRunner.Count.FailedBlocks += 1
            $PesterRunner.Failures.Add((Get-PesterFullName $PesterBlock) + ' (AfterAll)')
            Write-PesterFailure '' $PesterError
        }
    }
    Clear-PesterDrive $PesterThere
}

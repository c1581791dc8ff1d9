# Should: the assertions of Pester 5 in the subset of ../README.md, with Pester's own words.
# A module of its own: script blocks that it calls do not see its variables.

Set-StrictMode -Version 3.0

function Format-Value {
    param($Value)
    if ($null -eq $Value) { return '$null' }
    if ($Value -is [string]) { return "'$Value'" }
    if ($Value -is [bool]) { return "`$$Value".ToLowerInvariant() }
    if ($Value -is [type]) { return "[$Value]" }
    if ($Value -is [scriptblock]) { return "{$Value}" }
    if ($Value -is [array] -or $Value -is [Collections.IList]) {
        $shown = @(foreach ($one in $Value) { Format-Value $one })
        return '@(' + ($shown -join ', ') + ')'
    }
    if ($Value -is [Collections.IDictionary]) {
        $shown = @(foreach ($key in $Value.Keys) { "$key=" + (Format-Value $Value[$key]) })
        return '@{' + ($shown -join '; ') + '}'
    }
    "$Value"
}

# What came through the pipeline, as a list, against what was wanted: nothing is equal to nothing, a list of one to its only
# member, and otherwise each place must be equal.
function Test-Equal {
    param([object[]] $Actual, [object[]] $Expected, [bool] $Exactly)
    $noActual = $null -eq $Actual -or $Actual.Count -eq 0 -or ($Actual.Count -eq 1 -and $null -eq $Actual[0])
    $noExpected = $null -eq $Expected -or $Expected.Count -eq 0 -or ($Expected.Count -eq 1 -and $null -eq $Expected[0])
    if ($noActual -or $noExpected) { return $noActual -and $noExpected }
    if ($Actual.Count -ne $Expected.Count) { return $false }
    for ($at = 0; $at -lt $Actual.Count; ++$at) {
        $same = if ($Actual[$at] -is [array] -or $Expected[$at] -is [array]) { Test-Equal $Actual[$at] $Expected[$at] $Exactly }
        elseif ($Exactly) { [bool] ($Expected[$at] -ceq $Actual[$at]) }
        else { [bool] ($Expected[$at] -eq $Actual[$at]) }
        if (-not $same) { return $false }
    }
    $true
}

function Test-Empty {
    param([object[]] $Actual)
    if ($null -eq $Actual -or $Actual.Count -eq 0) { return $true }
    if ($Actual.Count -gt 1) { return $false }
    if ($Actual[0] -is [hashtable]) { return $Actual[0].Count -eq 0 }
    [string]::IsNullOrEmpty($Actual[0])
}

# What a script block throws, or nothing. An error that is written only is none.
function Get-Thrown {
    param([scriptblock] $Block)
    try {
        $null = & $Block
        $null
    }
    catch { $_ }
}

function Test-Thrown {
    param($Thrown, $Message, $ErrorId, $Type)
    if ($null -eq $Thrown) { return 'no exception was thrown' }
    $faults = @(
        if ($Message -and $Thrown.Exception.Message -notlike $Message) { "the message was '$($Thrown.Exception.Message)'" }
        if ($ErrorId -and $Thrown.FullyQualifiedErrorId -notlike $ErrorId) { "the FullyQualifiedErrorId was '$($Thrown.FullyQualifiedErrorId)'" }
        if ($Type -and $Thrown.Exception -isnot $Type) { "the exception type was [$($Thrown.Exception.GetType())]" }
    )
    $place = "`n    from $($Thrown.InvocationInfo.ScriptName):$($Thrown.InvocationInfo.ScriptLineNumber)"
    if ($faults.Count -gt 0) { ($faults -join ', ') + $place }
}

function Should {
    [CmdletBinding()]
    param(
        [Parameter(ValueFromPipeline)] [AllowNull()] [object] $ActualValue,
        [Parameter(Position = 0)] [AllowNull()] [AllowEmptyString()] [AllowEmptyCollection()]
        [Alias('ExpectedMessage', 'ExpectedType', 'RegularExpression')] [object] $ExpectedValue,
        [switch] $Not,
        [string] $Because,
        [string] $ErrorId,
        [type] $ExceptionType,
        [switch] $PassThru,
        [switch] $Be, [switch] $BeExactly, [switch] $BeTrue, [switch] $BeFalse, [switch] $BeNullOrEmpty,
        [switch] $Match, [switch] $MatchExactly, [switch] $BeLike, [switch] $BeLikeExactly, [switch] $Contain, [switch] $BeIn,
        [switch] $BeGreaterThan, [switch] $BeGreaterOrEqual, [switch] $BeLessThan, [switch] $BeLessOrEqual,
        [switch] $BeOfType, [switch] $Throw, [switch] $Exist, [switch] $HaveCount, [switch] $FileContentMatch)
    begin {
        $given = [Collections.Generic.List[object]]::new()
        $operators = @($PSBoundParameters.Keys | Where-Object {
                $_ -notin 'ActualValue', 'ExpectedValue', 'Not', 'Because', 'ErrorId', 'ExceptionType', 'PassThru' -and
                $_ -notin [Management.Automation.Cmdlet]::CommonParameters -and $PSBoundParameters[$_] })
        if ($operators.Count -ne 1) { throw "Should wants one operator, not $($operators.Count): $($operators -join ', ')" }
        $operator = $operators[0]
        $expected = $ExpectedValue
        $reason = if ($Because) { ' because ' + ($Because -replace '^because\s+', '') + ',' } else { '' }
        $place = "$($MyInvocation.ScriptName):$($MyInvocation.ScriptLineNumber)"
        function Stop-Test {
            param([string] $Message)
            $record = [Management.Automation.ErrorRecord]::new([Exception]::new($Message), 'PesterAssertionFailed', 'InvalidResult', @{ Place = $place })
            $PSCmdlet.ThrowTerminatingError($record)
        }
        # One value, or the list that came: whether it holds, and what is said when it does not.
        function Assert-One {
            param($Actual)
            $negated = if ($Not) { 'not ' } else { '' }
            $shown = Format-Value $expected
            $but = if ($Actual -is [array] -and $Actual.Count -eq 1) { Format-Value $Actual[0] } else { Format-Value $Actual }
            $holds, $words = switch ($operator) {
                'Be' { (Test-Equal $Actual $expected $false), "to be $shown" }
                'BeExactly' { (Test-Equal $Actual $expected $true), "to be exactly $shown" }
                'BeTrue' { [bool] $Actual, 'to be $true' }
                'BeFalse' { (-not $Actual), 'to be $false' }
                'BeNullOrEmpty' { (Test-Empty $Actual), 'to be $null or empty' }
                'Match' { [bool] ("$Actual" -match $expected), "to match regular expression $shown" }
                'MatchExactly' { [bool] ("$Actual" -cmatch $expected), "to match case-sensitively regular expression $shown" }
                'BeLike' { [bool] ("$Actual" -like $expected), "to be like the wildcard $shown" }
                'BeLikeExactly' { [bool] ("$Actual" -clike $expected), "to be like case-sensitively the wildcard $shown" }
                'Contain' { (@($Actual) -contains $expected), "$shown to be in the collection" }
                'BeIn' { (@($expected) -contains $Actual), "to be in the collection $shown" }
                'BeGreaterThan' { [bool] ($Actual -gt $expected), "to be greater than $shown" }
                'BeGreaterOrEqual' { [bool] ($Actual -ge $expected), "to be greater than or equal to $shown" }
                'BeLessThan' { [bool] ($Actual -lt $expected), "to be less than $shown" }
                'BeLessOrEqual' { [bool] ($Actual -le $expected), "to be less than or equal to $shown" }
                'BeOfType' {
                    $type = if ($expected -is [type]) { $expected } else { "$expected".Trim('[', ']') -as [type] }
                    if ($null -eq $type) { throw "Should -BeOfType: there is no type $expected" }
                    ($Actual -is $type), "to have type [$type]"
                }
                'Exist' { ($ExecutionContext.InvokeProvider.Item.Exists("$Actual", $true, $false)), 'to exist' }
                'HaveCount' { (@($Actual).Count -eq $expected), "to have $expected items, it has $(@($Actual).Count)" }
                'FileContentMatch' { [bool] ([IO.File]::ReadAllText($ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath("$Actual")) -match $expected), "to have content that matches $shown" }
            }
            if ($holds -eq [bool] $Not) { Stop-Test "Expected value $negated$words,$reason but got $but." }
        }
        function Assert-Throw {
            param($Block)
            if ($Block -isnot [scriptblock]) { throw 'Should -Throw wants a script block: { ... } | Should -Throw' }
            $thrown = Get-Thrown $Block
            $why = Test-Thrown $thrown $expected $ErrorId $ExceptionType
            $conditions = @(
                if ($expected) { " with message like '$expected'" }
                if ($ErrorId) { " with FullyQualifiedErrorId '$ErrorId'" }
                if ($ExceptionType) { " of type [$ExceptionType]" }) -join ''
            if ($Not) {
                # Any exception: there is to be none, whatever else was said.
                if ($null -ne $thrown) { Stop-Test "Expected no exception to be thrown,$reason but an exception '$($thrown.Exception.Message)' was thrown." }
                return
            }
            if ($why) { Stop-Test "Expected an exception$conditions to be thrown,$reason but $why." }
            if ($PassThru) { $PSCmdlet.WriteObject($thrown, $false) }
        }
    }
    process { if ($MyInvocation.ExpectingInput -or $PSBoundParameters.ContainsKey('ActualValue')) { $given.Add($ActualValue) } }
    end {
        if ($operator -eq 'Throw') { Assert-Throw $(if ($given.Count -gt 0) { $given[0] }); return }
        if ($operator -in 'Be', 'BeExactly', 'BeNullOrEmpty', 'Contain', 'HaveCount') {
            Assert-One $given.ToArray()
            return
        }
        if ($given.Count -eq 0) { Assert-One $null; return }
        foreach ($one in $given) { Assert-One $one }
    }
}

Export-ModuleMember -Function 'Should'

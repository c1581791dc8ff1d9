# The runner itself: that what is wrong fails. Each test writes a file, runs it in a process of its own, and looks at the
# exit code and the counts. Under real Pester there is nothing of ours to try.

BeforeDiscovery {
    $cases = @(
        @{ what = 'a test that holds'; code = 0; counts = 'Passed: 1, Failed: 0'; text = "Describe 'd' { It 't' { 1 | Should -Be 1 } }" }
        @{ what = 'an assertion that does not hold'; code = 1; counts = 'Passed: 0, Failed: 1'; text = "Describe 'd' { It 't' { 1 | Should -Be 2 } }" }
        @{ what = 'an exception'; code = 1; counts = 'Failed: 1'; text = "Describe 'd' { It 't' { throw 'x' } }" }
        @{ what = 'a command that does not exist'; code = 1; counts = 'Failed: 1'; text = "Describe 'd' { It 't' { Get-Nothing } }" }
        @{ what = 'an error that -ErrorAction Stop makes terminating'; code = 1; counts = 'Failed: 1'; text = "Describe 'd' { It 't' { Write-Error 'x' -ErrorAction Stop } }" }
        @{ what = 'an error that is only written (it fails nothing, as in Pester)'; code = 0; counts = 'Passed: 1'; text = "Describe 'd' { It 't' { Write-Error 'x' } }" }
        @{ what = 'break outside of a loop'; code = 1; counts = 'Passed: 1, Failed: 1'; text = "Describe 'd' { It 't' { break; 1 | Should -Be 1 }; It 'u' { } }" }
        @{ what = 'return, which ends a test'; code = 0; counts = 'Passed: 2'; text = "Describe 'd' { It 't' { return; 1 | Should -Be 2 }; It 'u' { } }" }
        @{ what = 'BeforeAll'; code = 1; counts = 'Passed: 1, Failed: 2'; text = "Describe 'd' { BeforeAll { throw 'x' }; It 't' { }; Context 'c' { It 'u' { } } }; Describe 'e' { It 'v' { } }" }
        @{ what = 'BeforeEach'; code = 1; counts = 'Failed: 1'; text = "Describe 'd' { BeforeEach { throw 'x' }; It 't' { } }" }
        @{ what = 'AfterEach'; code = 1; counts = 'Failed: 1'; text = "Describe 'd' { AfterEach { throw 'x' }; It 't' { } }" }
        @{ what = 'AfterAll'; code = 1; counts = 'Passed: 1'; text = "Describe 'd' { AfterAll { throw 'x' }; It 't' { } }" }
        @{ what = 'a file without a test'; code = 1; counts = 'Passed: 0, Failed: 0'; text = "Describe 'd' { }" }
        @{ what = 'an empty file'; code = 1; counts = 'Passed: 0'; text = '' }
        @{ what = 'a file that does not parse'; code = 1; counts = 'Passed: 0'; text = "Describe 'd' { It 't' { }" }
        @{ what = 'a body of Describe that throws'; code = 1; counts = 'Passed: 0'; text = "Describe 'd' { throw 'x'; It 't' { } }" }
        @{ what = 'It outside of Describe'; code = 1; counts = 'Passed: 0'; text = "It 't' { }" }
        @{ what = 'a brace on the next line'; code = 1; counts = 'Passed: 0'; text = "Describe 'd'`n{ It 't' { } }" }
        @{ what = 'an unknown operator of Should'; code = 1; counts = 'Failed: 1'; text = "Describe 'd' { It 't' { 1 | Should -BeNice } }" }
        @{ what = 'Should without an operator'; code = 1; counts = 'Failed: 1'; text = "Describe 'd' { It 't' { 1 | Should 1 } }" }
        @{ what = 'one case of many'; code = 1; counts = 'Passed: 2, Failed: 1'; text = "Describe 'd' { It 't <n>' -TestCases @(@{n=1},@{n=2},@{n=3}) { `$n | Should -Not -Be 2 } }" }
        @{ what = 'a list of numbers as cases'; code = 0; counts = 'Passed: 3'; text = "Describe 'd' { It 't <_>' -ForEach 1, 2, 3 { `$_ | Should -BeIn 1, 2, 3; `$_ | Should -BeGreaterThan 0 } }" }
        @{ what = 'a case with param()'; code = 0; counts = 'Passed: 1'; text = "Describe 'd' { It 't' -TestCases @{ n = 1 } { param(`$n) `$n | Should -Be 1 } }" }
        @{ what = 'cases of a Describe'; code = 1; counts = 'Passed: 1, Failed: 1'; text = "Describe 'd <n>' -ForEach @{n=1},@{n=2} { It 't' { `$n | Should -Be 1 } }" }
        @{ what = 'a case of a Describe in what stands around its tests'; code = 0; counts = 'Passed: 2'; text = "Describe 'd' -ForEach @{n=5} { BeforeAll { `$a = `$n; `$b = `$_.n }; BeforeEach { `$c = `$n }; It 't' { `$a + `$b + `$c | Should -Be 15 }; It 'u' -ForEach 7 { `$_ + `$n | Should -Be 12 } }" }
        @{ what = 'a case of a Describe at discovery'; code = 0; counts = 'Passed: 1'; text = "Describe 'd' -ForEach @{n=5} { It 't' -ForEach @{ m = `$n + `$_.n } { `$m | Should -Be 10 } }" }
        @{ what = 'cases that are none'; code = 1; counts = 'Passed: 0'; text = "Describe 'd' { It 't' { }; It 'u <_>' -ForEach @() { } }" }
        @{ what = 'what BeforeDiscovery sets'; code = 0; counts = 'Passed: 2'; text = "BeforeDiscovery { `$some = 1, 2 }; Describe 'd' { It 't' -ForEach `$some { } }" }
        @{ what = 'skipped tests'; code = 0; counts = 'Passed: 1, Failed: 0, Skipped: 2'; text = "Describe 'd' { It 's' -Skip { throw 'x' }; It 't' { Set-ItResult -Skipped -Because 'so'; throw 'x' }; It 'u' { } }" }
        @{ what = 'a skipped Describe, whose BeforeAll does not run'; code = 0; counts = 'Passed: 0, Failed: 0, Skipped: 1'; text = "Describe 'd' -Skip { BeforeAll { throw 'x' }; It 't' { } }" }
        @{ what = 'what a test sets, which the next does not see'; code = 0; counts = 'Passed: 2'; text = "Describe 'd' { It 't' { `$a = 1 }; It 'u' { `$a | Should -BeNullOrEmpty } }" }
        @{ what = 'what discovery sets, which the run does not see'; code = 0; counts = 'Passed: 1'; text = "Describe 'd' { `$a = 1; It 't' { `$a | Should -BeNullOrEmpty } }" }
        @{ what = 'what an inner BeforeAll sets, which stays inside'; code = 0; counts = 'Passed: 2'; text = "Describe 'd' { Context 'c' { BeforeAll { `$a = 1 }; It 't' { `$a | Should -Be 1 } }; It 'u' { `$a | Should -BeNullOrEmpty } }" }
        @{ what = 'the place of the file, at discovery and in a test'; code = 0; counts = 'Passed: 1'; text = "`$at = `$PSScriptRoot; Describe 'd' { It 't' -TestCases @{ at = `$at } { `$at | Should -Be `$PSScriptRoot; Split-Path `$PSCommandPath | Should -Be `$PSScriptRoot } }" }
        @{ what = 'a file that a Context has put on TestDrive:'; code = 0; counts = 'Passed: 3'; text = "Describe 'd' { BeforeAll { Set-Content TestDrive:/a 1 }; Context 'c' { It 't' { Set-Content TestDrive:/b 1; 'TestDrive:/b' | Should -Exist } }; It 'u' { 'TestDrive:/b' | Should -Not -Exist }; It 'v' { 'TestDrive:/a' | Should -Exist } }" }
    )
    $choices = @(
        @{ what = '-Filter'; code = 0; counts = 'Passed: 1, Failed: 0, Skipped: 0, Inconclusive: 0, NotRun: 1'; more = '-Filter', 'd.t'; text = "Describe 'd' { It 't' { }; It 'u' { throw 'x' } }" }
        @{ what = '-Filter that fits nothing'; code = 1; counts = 'NotRun: 1'; more = '-Filter', 'none'; text = "Describe 'd' { It 't' { } }" }
        @{ what = '-Tag'; code = 0; counts = 'Passed: 1, Failed: 0, Skipped: 0, Inconclusive: 0, NotRun: 1'; more = '-Tag', 'quick'; text = "Describe 'd' { It 't' -Tag 'quick' { }; It 'u' { throw 'x' } }" }
    )
    $assertions = @(
        @{ holds = "'a' | Should -Be 'A'"; fails = "'a' | Should -Be 'b'" }
        @{ holds = '1, 2 | Should -Be 1, 2'; fails = '1, 2 | Should -Be 2, 1' }
        @{ holds = '1, 2 | Should -Not -Be 1'; fails = '1, 2 | Should -Be 1' }
        @{ holds = "'a' | Should -BeExactly 'a'"; fails = "'a' | Should -BeExactly 'A'" }
        @{ holds = '$true | Should -BeTrue'; fails = '$false | Should -BeTrue' }
        @{ holds = '$null | Should -BeFalse'; fails = '1 | Should -BeFalse' }
        @{ holds = "'' | Should -BeNullOrEmpty"; fails = "' ' | Should -BeNullOrEmpty" }
        @{ holds = '@() | Should -BeNullOrEmpty'; fails = '@(0) | Should -BeNullOrEmpty' }
        @{ holds = "'abc' | Should -Match '^A'"; fails = "'abc' | Should -Match 'd'" }
        @{ holds = "'abc' | Should -MatchExactly '^a'"; fails = "'abc' | Should -MatchExactly '^A'" }
        @{ holds = "'abc' | Should -BeLike 'A*'"; fails = "'abc' | Should -BeLike 'b*'" }
        @{ holds = '1, 2 | Should -Contain 2'; fails = '1, 2 | Should -Contain 3' }
        @{ holds = '1 | Should -BeIn 1, 2'; fails = '3 | Should -BeIn 1, 2' }
        @{ holds = '2 | Should -BeGreaterThan 1'; fails = '1 | Should -BeGreaterThan 1' }
        @{ holds = '1 | Should -BeGreaterOrEqual 1'; fails = '0 | Should -BeGreaterOrEqual 1' }
        @{ holds = '1 | Should -BeLessThan 2'; fails = '2 | Should -BeLessThan 2' }
        @{ holds = '2 | Should -BeLessOrEqual 2'; fails = '3 | Should -BeLessOrEqual 2' }
        @{ holds = '1 | Should -BeOfType [int]'; fails = "'1' | Should -BeOfType [int]" }
        @{ holds = '1, 2 | Should -HaveCount 2'; fails = '1, 2 | Should -HaveCount 1' }
        @{ holds = '@() | Should -HaveCount 0'; fails = '@() | Should -HaveCount 1' }
        @{ holds = '$PSCommandPath | Should -Exist'; fails = "'/no/such/file' | Should -Exist" }
        @{ holds = "`$PSCommandPath | Should -FileContentMatch 'Descr'"; fails = "`$PSCommandPath | Should -FileContentMatch 'no[t]hing'" }
        @{ holds = "{ throw 'abc' } | Should -Throw"; fails = '{ 1 } | Should -Throw' }
        @{ holds = "{ throw 'abc' } | Should -Throw 'a*'"; fails = "{ throw 'abc' } | Should -Throw 'b*'" }
        @{ holds = "{ throw 'abc' } | Should -Throw -ExpectedMessage 'abc'"; fails = "{ throw 'abc' } | Should -Throw -ExpectedMessage 'ab'" }
        @{ holds = "{ Get-Content /no/such -ErrorAction Stop } | Should -Throw -ErrorId 'PathNotFound*'"; fails = "{ throw 'abc' } | Should -Throw -ErrorId 'PathNotFound*'" }
        @{ holds = "{ [int] 'x' } | Should -Throw -ExceptionType ([Management.Automation.RuntimeException])"; fails = "{ throw 'abc' } | Should -Throw -ExceptionType ([IO.IOException])" }
        @{ holds = '{ 1 } | Should -Not -Throw'; fails = "{ throw 'abc' } | Should -Not -Throw" }
        @{ holds = ', @(1, 2) | Should -Not -Be 1, 2'; fails = ', @(1, 2) | Should -Be 1, 2' }
        @{ holds = '@() | Should -Be $null'; fails = "`$null | Should -Be ''" }
        @{ holds = '1, @(2, 3) | Should -Be 1, @(2, 3)'; fails = '1, @(2, 3) | Should -Be 1, @(2, 4)' }
        @{ holds = '@{} | Should -BeNullOrEmpty'; fails = '@{ a = 1 } | Should -BeNullOrEmpty' }
        @{ holds = '{ 1 } | Should -Not -Throw'; fails = "{ throw 'abc' } | Should -Not -Throw -ExpectedMessage 'other'" }
        @{ holds = '1 | Should -Not -Be 2'; fails = '1 | Should -Not -Be 1' }
    )
}

Describe 'The runner' -Skip:(-not $env:CADRE_POWERSHELL_HOST) {
    BeforeAll {
        function Invoke-Inner {
            param([string] $Text, [string[]] $More = @())
            $file = Join-Path $TestDrive 'inner.Tests.ps1'
            Set-Content -LiteralPath $file -Value $Text
            $told = & dotnet $env:CADRE_POWERSHELL_HOST test $file @More 2>&1
            @{ Code = $LASTEXITCODE; Text = $told -join "`n" }
        }
        # All of the many small files in one process: starting one takes longer than all their tests.
        function Invoke-Many {
            param($Cases)
            $directory = (New-Item -ItemType Directory (Join-Path $TestDrive 'cases')).FullName
            for ($at = 0; $at -lt $Cases.Count; ++$at) { Set-Content (Join-Path $directory "$at.Tests.ps1") $Cases[$at].text }
            & dotnet $env:CADRE_POWERSHELL_HOST test $directory 2>&1 | ForEach-Object { "$_" }
        }
    }

    It 'gives each file its verdict, and fails when one does' -TestCases @{ cases = $cases } {
        $told = Invoke-Many $cases
        $LASTEXITCODE | Should -Be 1
        for ($at = 0; $at -lt $cases.Count; ++$at) {
            $case = $cases[$at]
            $line = @($told | Where-Object { $_ -like "* */cases/$at.Tests.ps1  Passed*" })
            $sign = if ($case.code -eq 0) { '[+]' } else { '[-]' }
            $line | Should -HaveCount 1 -Because $case.what
            $line[0].Substring(0, 3) | Should -BeExactly $sign -Because "$($case.what): $($line[0])"
            $line[0] | Should -BeLike "*$($case.counts)*" -Because $case.what
        }
    }

    It 'tells with exit code <code>: <what>' -TestCases @($cases | Where-Object { $_.what -in 'a test that holds', 'an assertion that does not hold', 'a file without a test', 'AfterAll', 'a file that does not parse' }) {
        $ran = Invoke-Inner $text
        $ran.Text | Should -BeLike "*Tests*$counts*"
        $ran.Code | Should -Be $code
    }

    It 'chooses, with exit code <code>: <what>' -TestCases $choices {
        $ran = Invoke-Inner $text $more
        $ran.Text | Should -BeLike "*Tests*$counts*"
        $ran.Code | Should -Be $code
    }

    It 'knows each assertion, when it holds and when it does not' -TestCases @{ assertions = $assertions } {
        $lines = @("Describe 'd' {"
            for ($at = 0; $at -lt $assertions.Count; ++$at) {
                "It 'holds $at' { $($assertions[$at].holds) }"
                "It 'fails $at' { $($assertions[$at].fails) }"
            }
            '}')
        $ran = Invoke-Inner ($lines -join "`n")
        $ran.Text | Should -BeLike "*Tests Passed: $($assertions.Count), Failed: $($assertions.Count),*"
        for ($at = 0; $at -lt $assertions.Count; ++$at) {
            $ran.Text | Should -BeLike "*``[+``] holds $at *"
            $ran.Text | Should -BeLike "*``[-``] fails $at *"
        }
    }

    It 'names the test, the reason and the line of a failure' {
        $ran = Invoke-Inner "Describe 'd' {`n  It 't' {`n    1 | Should -Be 2 -Because 'we count'`n  }`n}"
        $ran.Text | Should -BeLike '*we count*inner.Tests.ps1:3*failed: d.t*'
    }

    It 'runs what stands around a test in its order' {
        $ran = Invoke-Inner @'
Describe 'd' {
    BeforeAll { $said = [Collections.Generic.List[string]]::new(); $said.Add('all') }
    BeforeEach { $said.Add('outer') }
    AfterEach { $said.Add('after outer') }
    Context 'c' {
        BeforeEach { $said.Add('inner') }
        AfterEach { $said.Add('after inner') }
        It 't' { $said.Add('test') }
        It 'u' { $said | Should -Be 'all', 'outer', 'inner', 'test', 'after inner', 'after outer', 'outer', 'inner' }
    }
}
'@
        $ran.Text | Should -BeLike '*Passed: 2, Failed: 0*'
    }

    It 'fails for a path that is not there' {
        $told = & dotnet $env:CADRE_POWERSHELL_HOST test (Join-Path $TestDrive 'none.Tests.ps1') 2>&1
        $LASTEXITCODE | Should -Be 1
        $told -join "`n" | Should -BeLike '*no such file*'
    }

    It 'runs every test file of a directory' {
        $null = New-Item -ItemType Directory (Join-Path $TestDrive 'many')
        Set-Content (Join-Path $TestDrive 'many' 'a.Tests.ps1') "Describe 'a' { It 't' { } }"
        Set-Content (Join-Path $TestDrive 'many' 'b.Tests.ps1') "Describe 'b' { It 't' { throw 'x' } }"
        Set-Content (Join-Path $TestDrive 'many' 'other.ps1') "throw 'nobody runs me'"
        $told = & dotnet $env:CADRE_POWERSHELL_HOST test (Join-Path $TestDrive 'many') 2>&1
        $LASTEXITCODE | Should -Be 1
        $told -join "`n" | Should -BeLike '*Passed: 1, Failed: 1*'
    }

    It 'ends a script with its exit code, and shows its objects and errors' {
        $file = Join-Path $TestDrive 'script.ps1'
        Set-Content $file "[CmdletBinding()] param([string] `$Name, [switch] `$Loud)`n[pscustomobject] @{ Colour = `$Name; Loud = [bool] `$Loud }`n`$PSCmdlet.WriteWarning('beware')`nWrite-Error 'odd'`nexit 7"
        $told = & dotnet $env:CADRE_POWERSHELL_HOST run $file -Name blue -Loud 2>&1
        $LASTEXITCODE | Should -Be 7
        $told -join "`n" | Should -Match 'Colour\s+Loud(.|\n)*blue\s+True'
        $told -join "`n" | Should -Match 'WARNING: beware'
        $told -join "`n" | Should -Match 'odd'
    }
}

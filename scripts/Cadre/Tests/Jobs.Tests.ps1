# Jobs: handing them in, looking at them, waiting, cancelling, doing them again, fetching what they left. On a real cluster.

BeforeAll {
    Import-Module "$PSScriptRoot/../Cadre.psd1" -Force
    Import-Module "$PSScriptRoot/TestCluster.psm1" -Force
    if ($env:CADRE_BUILD) { $null = Enter-TestCluster }
}
AfterAll { if ($env:CADRE_BUILD) { Exit-TestCluster } }

Describe 'Jobs' -Skip:(-not $env:CADRE_BUILD) {
    It 'does a file and gives its result back' {
        $file = Join-Path $TestDrive "`u{FC}ber [1] letter.txt"
        Set-Content -LiteralPath $file -Value "Gr`u{FC}`u{DF}e" -NoNewline
        $done = Submit-CadreJob -Engine 'echo' -LiteralPath $file -Wait
        $done.State | Should -Be 'done'
        $done.Standing | Should -Be 'accepted'
        $done.psobject.TypeNames | Should -Contain 'Cadre.Submitted'
        $got = $done | Receive-CadreJobResult -Destination (Join-Path $TestDrive 'results')
        $got.FullName | Should -Be (Join-Path $TestDrive 'results' $done.Job 'stdout')
        Get-Content -LiteralPath $got.FullName -Raw | Should -BeExactly "Gr`u{FC}`u{DF}e"
    }
    It 'takes files from the pipeline, one job for each' {
        1..3 | ForEach-Object { Set-Content -LiteralPath (Join-Path $TestDrive "$_.page") -Value "$_" }
        $jobs = Get-ChildItem -Path $TestDrive -Filter '*.page' | Submit-CadreJob -Engine 'echo' -Batch 'pages'
        $jobs | Should -HaveCount 3
        ($jobs | Wait-CadreJob -TimeoutSec 30).State | Should -Be 'done', 'done', 'done'
        (Get-CadreJob -Batch 'pages').Job | Sort-Object | Should -Be ($jobs.Job | Sort-Object)
        $more = Submit-CadreJob -Engine 'echo' -Path (Join-Path $TestDrive '*.page')
        $more | Should -HaveCount 3
    }
    It 'takes more files than fit into one command line' {
        $many = (New-Item -ItemType Directory -Path (Join-Path $TestDrive 'many')).FullName
        1..1001 | ForEach-Object { [IO.File]::WriteAllText("$many/$_", "$_") }
        $jobs = Submit-CadreJob -Engine 'echo' -Path "$many/*" -Key 'many' -Wait -TimeoutSec 60
        @($jobs.Job | Sort-Object -Unique) | Should -HaveCount 1001
        @($jobs.Key | Sort-Object -Unique) | Should -HaveCount 1001
        @($jobs | Where-Object State -NE 'done') | Should -BeNullOrEmpty
    }
    It 'submits nothing where the pipeline is empty' {
        $before = (Get-CadreStatus).SinceStart.Accepted
        Get-ChildItem -Path $TestDrive -Filter '*.none' | Submit-CadreJob -Engine 'echo' | Should -BeNullOrEmpty
        (Get-CadreStatus).SinceStart.Accepted | Should -Be $before
    }
    It 'hands parameters over with their types' {
        (Submit-CadreJob -Engine 'sleep' -Parameter @{ seconds = 0 } -Wait).State | Should -Be 'done'
        $bad = Submit-CadreJob -Engine 'sleep' -Parameter @{ seconds = 'none' } -Wait -ErrorAction SilentlyContinue
        $bad.State | Should -Be 'dead' -Because 'a text is not a number'
    }
    It 'repeats under a key without doing anything twice' {
        $first = Submit-CadreJob -Engine 'echo' -Key 'invoice "4711"'
        $second = Submit-CadreJob -Engine 'echo' -Key 'invoice "4711"'
        $second.Job | Should -Be $first.Job
        $second.Standing | Should -Be 'repeat'
        (Get-CadreJob -Id 'key:invoice "4711"').Job | Should -Be $first.Job
    }
    It 'keeps priority, queue, attempts and time' {
        $at = [datetime]::UtcNow.AddHours(1)
        $made = Submit-CadreJob -Engine 'echo' -Priority 7 -Queue 'slow' -MaximumAttempt 2 -NotBefore $at
        $shown = $made | Get-CadreJob
        $shown.Priority | Should -Be 7
        $shown.Queue | Should -Be 'slow'
        $shown.AttemptsMax | Should -Be 2
        $shown.State | Should -Be 'delayed'
        [Math]::Abs(([datetime] $shown.NotBefore).ToUniversalTime().Subtract($at).TotalSeconds) | Should -BeLessThan 1
        $null = $made | Stop-CadreJob
    }
    It 'writes an error for a job that is not done, and its object all the same' {
        $failed = Submit-CadreJob -Engine 'fail' -Parameter @{ exit = 3 } -MaximumAttempt 1 -Wait -ErrorVariable told -ErrorAction SilentlyContinue
        $failed.State | Should -Be 'dead'
        $failed.Code | Should -Be 3
        $told | Should -HaveCount 1
        $told[0].FullyQualifiedErrorId | Should -Be 'CadreNotSo,Submit-CadreJob'
        $told[0].Exception.Message | Should -BeLike "$($failed.Job) (fail) is dead*exit code 3*"
        { $failed | Wait-CadreJob -ErrorAction Stop } | Should -Throw -ErrorId 'CadreNotSo,Wait-CadreJob'
    }
    It 'does a dead job again' {
        $failed = Submit-CadreJob -Engine 'fail' -Parameter @{ exit = 3 } -MaximumAttempt 1 -Wait -ErrorAction SilentlyContinue
        (Get-CadreJob -NotRetried -Engine 'fail').Job | Should -Contain $failed.Job
        $failed | Restart-CadreJob -WhatIf | Should -BeNullOrEmpty
        (Get-CadreJob -NotRetried -Engine 'fail').Job | Should -Contain $failed.Job
        $again = $failed | Restart-CadreJob
        $again.RetryOf | Should -Be $failed.Job
        (Restart-CadreJob -Id $failed.Job).Job | Should -Be $again.Job -Because 'a second retry is the first one'
        $null = $again | Wait-CadreJob -ErrorAction SilentlyContinue
        (Get-CadreJob -NotRetried -Engine 'fail').Job | Should -Not -Contain $failed.Job
    }
    It 'cancels what runs, and tells what had ended before' {
        $running = Submit-CadreJob -Engine 'sleep' -Parameter @{ seconds = 60 }
        $stopped = Stop-CadreJob -Id $running.Job
        $stopped.State | Should -Be 'cancelled'
        (Get-CadreJob -Id $running.Job).State | Should -Be 'cancelled'
        $ended = Submit-CadreJob -Engine 'echo' -Wait
        $ended | Stop-CadreJob -ErrorVariable told -ErrorAction SilentlyContinue | Select-Object -ExpandProperty State | Should -Be 'done'
        $told[0].Exception.Message | Should -BeLike "*$($ended.Job) had ended before: it is done*"
    }
    It 'changes nothing with -WhatIf' {
        $running = Submit-CadreJob -Engine 'sleep' -Parameter @{ seconds = 60 }
        $before = (Get-CadreStatus).SinceStart
        Stop-CadreJob -Id $running.Job -WhatIf | Should -BeNullOrEmpty
        Submit-CadreJob -Engine 'echo' -WhatIf | Should -BeNullOrEmpty
        Submit-CadreJob -Engine 'echo' -LiteralPath $PSCommandPath -WhatIf | Should -BeNullOrEmpty
        $after = (Get-CadreStatus).SinceStart
        $after.Accepted | Should -Be $before.Accepted
        $after.Cancelled | Should -Be $before.Cancelled
        (Get-CadreJob -Id $running.Job).State | Should -BeIn 'ready', 'leased'
        (Stop-CadreJob -Id $running.Job).State | Should -Be 'cancelled'
        $done = Submit-CadreJob -Engine 'echo' -LiteralPath $PSCommandPath -Wait
        $done | Receive-CadreJobResult -Destination (Join-Path $TestDrive 'planned') -WhatIf | Should -BeNullOrEmpty
        Join-Path $TestDrive 'planned' | Should -Not -Exist
    }
    It 'goes on in the pipeline behind a job that is not there' {
        $made = Submit-CadreJob -Engine 'echo'
        $found = '9-9', $made.Job | Get-CadreJob -ErrorVariable told -ErrorAction SilentlyContinue
        $found.Job | Should -Be $made.Job
        $told | Should -HaveCount 1
        $told[0].FullyQualifiedErrorId | Should -Be 'CadreNotSo,Get-CadreJob'
        $told[0].TargetObject | Should -Be '9-9'
        $told[0].Exception.Message | Should -BeLike "*there is no job '9-9'*"
    }
    It 'refuses what is no job, before anything is done' {
        { Get-CadreJob -Id 'nonsense' } | Should -Throw -ErrorId 'CadreUsage,Get-CadreJob'
        { Get-CadreJob -State 'odd' } | Should -Throw -ErrorId 'ParameterArgumentValidationError,Get-CadreJob'
        { Submit-CadreJob -Engine 'echo' -Priority 101 } | Should -Throw -ErrorId 'ParameterArgumentValidationError,Submit-CadreJob'
        { Submit-CadreJob -Engine 'echo' -Path (Join-Path $TestDrive 'none.txt') } | Should -Throw -ErrorId 'CadreNoInput,Submit-CadreJob'
    }
    It 'refuses an engine that nobody offers with -Strict, and warns without' {
        { Submit-CadreJob -Engine 'ech' -Strict } | Should -Throw "*did you mean 'echo'*" -ErrorId 'CadreBadData,Submit-CadreJob'
        $made = Submit-CadreJob -Engine 'ech' -WarningVariable told -WarningAction SilentlyContinue
        $told | Should -HaveCount 1
        "$told" | Should -BeLike "*no connected node offers the engine 'ech'*"
        $null = $made | Stop-CadreJob
    }
    It 'does not wait for ever' {
        $made = Submit-CadreJob -Engine 'sleep' -Parameter @{ seconds = 60 }
        { $made | Wait-CadreJob -TimeoutSec 1 } | Should -Throw -ErrorId 'CadreTryAgain,Wait-CadreJob'
        { Submit-CadreJob -Engine 'sleep' -Parameter @{ seconds = 60 } -Batch 'slow' -Wait -TimeoutSec 1 } | Should -Throw -ErrorId 'CadreTryAgain,Submit-CadreJob'
        $null = $made | Stop-CadreJob
        $null = Get-CadreJob -Batch 'slow' | Stop-CadreJob
    }
    It 'leaves no file with parameters behind' {
        $before = $env:TMPDIR
        $env:TMPDIR = (New-Item -ItemType Directory -Path (Join-Path $TestDrive 'temporary')).FullName
        try {
            (Submit-CadreJob -Engine 'sleep' -Parameter @{ seconds = 0 } -Wait).State | Should -Be 'done'
            { Submit-CadreJob -Engine 'no name' -Parameter @{ seconds = 0 } } | Should -Throw -ErrorId 'CadreUsage,Submit-CadreJob'
            Get-ChildItem -LiteralPath $env:TMPDIR | Should -BeNullOrEmpty
        }
        finally { $env:TMPDIR = $before }
    }
}

# Engines on this machine: made and tried. On a real cluster. Brought to nodes and taken away: Fleet.Tests.ps1.

BeforeAll {
    Import-Module "$PSScriptRoot/../Cadre.psd1" -Force
    Import-Module "$PSScriptRoot/TestCluster.psm1" -Force
    if ($env:CADRE_BUILD) { $null = Enter-TestCluster }
}
AfterAll { if ($env:CADRE_BUILD) { Exit-TestCluster } }

Describe 'A new engine' -Skip:(-not $env:CADRE_BUILD) {
    It 'is not made with -WhatIf' {
        New-CadreEngine 'hello' -Path $TestDrive -WhatIf | Should -BeNullOrEmpty
        Join-Path $TestDrive 'hello' | Should -Not -Exist
    }
    It 'is made in <language>, and runs; a second time changes nothing, also where it was written on' -TestCases @(
        @{ language = 'bash'; file = 'run.sh' }, @{ language = 'python'; file = 'main.py' }
    ) {
        $made = New-CadreEngine "hello-$language" -Language $language -Path $TestDrive
        $made.Changed | Should -BeTrue
        $made.Directory | Should -Be (Join-Path $TestDrive "hello-$language")
        $made.Program | Should -Be (Join-Path $made.Directory $file)
        $tried = $made | Test-CadreEngine
        $tried.Succeeded | Should -BeTrue
        $tried.psobject.TypeNames | Should -Contain 'Cadre.EngineTest'
        $tried.Results.Name | Should -Be 'stdout'

        [IO.File]::AppendAllText($made.Program, "# mine`n")
        $again = New-CadreEngine "hello-$language" -Language $language -Path $TestDrive -Verbose 4>&1
        @($again | Where-Object { $_.psobject.TypeNames -contains 'Cadre.NewEngine' }).Changed | Should -BeFalse
        "$again" | Should -BeLike '*nothing was changed*'
        $made.Program | Should -FileContentMatch '# mine'
    }
    It 'is a command line, with each word as it is, and offered at once' {
        $made = New-CadreEngine 'words' -Command 'printf', '<%s>', 'a b', "it's", '"', ''
        $made.Changed | Should -BeTrue
        $made.Program | Should -BeNullOrEmpty
        $ended = Submit-CadreJob -Engine 'words' -Wait
        $ended.State | Should -Be 'done'
        $null = $ended | Receive-CadreJobResult -Destination (Join-Path $TestDrive 'words')
        Get-ChildItem -LiteralPath (Join-Path $TestDrive 'words') -Recurse -File | Get-Content -Raw | Should -BeExactly "<a b><it's><`"><>"
    }
    It 'finds a program beside where one is now' {
        Push-Location -LiteralPath $TestDrive
        try {
            Set-Content -LiteralPath './own.sh' -Value "#!/bin/sh`necho own"
            & '/bin/chmod' '755' './own.sh'
            (New-CadreEngine 'own' -Path '.' -Command './own.sh' | Test-CadreEngine).Succeeded | Should -BeTrue
        }
        finally { Pop-Location }
    }
    It 'does not take the place of another one' {
        { New-CadreEngine 'hello-bash' -Language 'python' -Path $TestDrive } | Should -Throw '*is another one*' -ErrorId 'CadreBadData,New-CadreEngine'
        { New-CadreEngine 'echo' -Path $TestDrive } | Should -Throw "*'echo' is built in*" -ErrorId 'CadreUsage,New-CadreEngine'
    }
}

Describe 'An engine that is tried' -Skip:(-not $env:CADRE_BUILD) {
    BeforeAll {
        $place = (New-CadreEngine 'tried' -Path $TestDrive -Command '/bin/sh', '-c', 'cp $CADRE_JOB_PARAMS $CADRE_JOB_OUTPUT_DIR/told; cat >$CADRE_JOB_OUTPUT_DIR/got').Directory
    }
    It 'gets its payload and its parameters with their types, and its results are written' {
        $payload = Join-Path $TestDrive 'pay load'
        Set-Content -LiteralPath $payload -Value 'payload' -NoNewline
        $results = Join-Path $TestDrive 'results'
        $given = @{ number = 200; text = '200'; 'a=b' = $true; list = @(1); nothing = $null }
        $tried = Test-CadreEngine $place -InputPath $payload -Parameter $given -Destination $results -TimeLimitSec 30
        $tried.Succeeded | Should -BeTrue
        $tried.Engine | Should -Be 'tried'
        @($tried.Results.Name | Sort-Object) | Should -Be 'got', 'told'
        Get-Content -LiteralPath "$results/got" -Raw | Should -BeExactly 'payload'
        $told = Get-Content -LiteralPath "$results/told" -Raw | ConvertFrom-Json
        $told.number | Should -BeOfType [long]
        $told.text | Should -BeExactly '200'
        $told.'a=b' | Should -BeTrue
        @($told.list) | Should -Be 1
    }
    It 'and fails says why and what a cluster would do, and the next one is tried' {
        $bad = (New-CadreEngine 'bad' -Path $TestDrive -Command '/bin/sh', '-c', 'echo trouble >&2; exit 75').Directory
        $tried = @($bad, $place | Test-CadreEngine -ErrorVariable 'failed' -ErrorAction SilentlyContinue)
        $tried.Succeeded | Should -Be $false, $true
        $tried[0].Cause | Should -Be 'exit code 75'
        $tried[0].Would | Should -BeLike '*tried again*'
        $tried[0].Stderr | Should -BeLike 'trouble*'
        $failed.FullyQualifiedErrorId | Should -Contain 'CadreNotSo,Test-CadreEngine'
        "$failed" | Should -BeLike '*bad fails: exit code 75*'
    }
    It 'is ended by its time limit' {
        $slow = (New-CadreEngine 'slow' -Path $TestDrive -Command 'sleep', '60').Directory
        $tried = Test-CadreEngine $slow -TimeLimitSec 1 -ErrorAction SilentlyContinue
        $tried.Succeeded | Should -BeFalse
        $tried.Seconds | Should -BeLessThan 30
    }
    It 'may be one of this node, by its name; what is none is an error' {
        (Test-CadreEngine 'words').Succeeded | Should -BeTrue
        { Test-CadreEngine 'none' } | Should -Throw "*no engine directory 'none'*" -ErrorId 'CadreNoInput,Test-CadreEngine'
        { Test-CadreEngine $TestDrive } | Should -Throw '*engine.yaml*' -ErrorId 'CadreBadData,Test-CadreEngine'
    }
}

# A node's file: made, read, changed and tried. The real tool on real files; no cluster is needed.

BeforeAll {
    Import-Module "$PSScriptRoot/../Cadre.psd1" -Force
    Import-Module "$PSScriptRoot/TestCluster.psm1" -Force
    if ($env:CADRE_BUILD) { $env:PATH, $script:before = "$env:CADRE_BUILD/bin:$env:PATH", $env:PATH }
    function Get-TestConfig {
        $file = Join-Path $TestDrive "$([guid]::NewGuid().ToString('N').Substring(0, 8)).yaml"
        $null = New-CadreConfig -Role Master -Path $file
        $file
    }
}
AfterAll { if ($env:CADRE_BUILD) { $env:PATH = $script:before } }

Describe 'A node''s file' -Skip:(-not $env:CADRE_BUILD) {
    It 'is made once, and never overwritten' {
        $file = Join-Path $TestDrive 'new.yaml'
        $with = @{ Role = 'Extension'; Path = $file; Setting = @{ 'broker.address' = 'tcp://10.1.0.5:7171'; 'worker.slots' = 2 } }
        New-CadreConfig @with -WhatIf | Should -BeNullOrEmpty
        $file | Should -Not -Exist
        $made = New-CadreConfig @with
        $made.Changed | Should -BeTrue
        $made.Role | Should -Be 'extension'
        (New-CadreConfig @with).Changed | Should -BeFalse
        { New-CadreConfig -Role Extension -Path $file } | Should -Throw '*nothing is overwritten*' -ErrorId 'CadreBadData,New-CadreConfig'
        (Get-CadreConfig 'broker.address' -Config $file).Value | Should -Be 'tcp://10.1.0.5:7171'
    }
    It 'is changed value by value, with its comments and a copy of what it was' {
        $file = Get-TestConfig
        $before = [IO.File]::ReadAllText($file)
        Set-CadreConfig @{ 'worker.slots' = 3 } -Config $file -WhatIf | Should -BeNullOrEmpty
        [IO.File]::ReadAllText($file) | Should -BeExactly $before
        $changed = Set-CadreConfig @{ 'worker.slots' = 3; 'policy.strict_engines' = $true } -Config $file
        $changed.Changed | Should -BeTrue
        $changed.Made | Should -Be 'policy.strict_engines', 'worker.slots'
        $changed.Restart | Should -Be 'broker', 'worker'
        [IO.File]::ReadAllText($changed.Backup) | Should -BeExactly $before
        [IO.File]::ReadAllText($file) | Should -BeExactly ($before -creplace 'slots: 0', 'slots: 3' -creplace 'strict_engines: false', 'strict_engines: true ')
        $again = Set-CadreConfig @{ 'worker.slots' = 3 } -Config $file
        $again.Changed | Should -BeFalse
        $again.Backup | Should -BeNullOrEmpty
        (Set-CadreConfig -Unset 'worker.slots' -Config $file).Made | Should -Be 'worker.slots'
        (Get-CadreConfig 'worker.slots' -Config $file).Line | Should -Be 0
    }
    It 'takes lists, mappings and odd texts as what they are' {
        $file = Get-TestConfig
        $null = Set-CadreConfig @{
            'broker.listen'    = @('tcp://127.0.0.1:7171', 'ipc:///run/cadre/door')
            'limits.engines'   = @{ ocr = 4 }
            'cleanup.schedule' = '30 2 * * *'
            'log.file'         = '/var/log/a "b" #1.log'
        } -Config $file
        (Get-CadreConfig 'broker.listen' -Config $file).Value | Should -Be '[tcp://127.0.0.1:7171, ipc:///run/cadre/door]'
        (Get-CadreConfig 'limits.engines.ocr' -Config $file).Value | Should -Be '4'
        (Get-CadreConfig 'cleanup.schedule' -Config $file).Value | Should -Be '"30 2 * * *"'
        (Get-CadreConfig 'log.file' -Config $file).Value | Should -Be '"/var/log/a \"b\" #1.log"'
        (Test-CadreConfig $file).Right | Should -BeTrue
    }
    It 'is not written where it would not be right' {
        $file = Get-TestConfig
        $before = [IO.File]::ReadAllText($file)
        { Set-CadreConfig @{ 'worker.slots' = 'many' } -Config $file } | Should -Throw '*wanted a whole number*' -ErrorId 'CadreConfiguration,Set-CadreConfig'
        { Set-CadreConfig @{ 'worker.slotz' = 1 } -Config $file } | Should -Throw '*did you mean ''slots''*' -ErrorId 'CadreConfiguration,Set-CadreConfig'
        { Set-CadreConfig @{ 'worker.slots' = "1`nname: x" } -Config $file } | Should -Throw -ErrorId 'CadreConfiguration,Set-CadreConfig'
        { Set-CadreConfig -Config $file } | Should -Throw -ErrorId 'CadreUsage,Set-CadreConfig'
        [IO.File]::ReadAllText($file) | Should -BeExactly $before
    }
    It 'is tried as a whole, with all its faults at once' {
        $file = Join-Path $TestDrive 'wrong.yaml'
        Set-Content -LiteralPath $file -Value "role: master`npolicy:`n  lease_ttl: 1s`nlog:`n  level: loud"
        $tried = Test-CadreConfig $file -ErrorAction SilentlyContinue -ErrorVariable told
        $tried.Right | Should -BeFalse
        $tried.Faults.Line | Should -Be 3, 5
        $told[0].FullyQualifiedErrorId | Should -Be 'CadreConfiguration,Test-CadreConfig'
        $tried = Test-CadreConfig (Get-TestConfig)
        $tried.Right | Should -BeTrue
        $tried.Role | Should -Be 'master'
    }
    It 'tells what is other than by default' {
        $file = Get-TestConfig
        @(Get-CadreConfig -Changed -Config $file) | Should -HaveCount 0
        $null = Set-CadreConfig @{ 'cleanup.keep_done' = '14d' } -Config $file
        $told = Get-CadreConfig -Changed -Config $file
        $told.Key | Should -Be 'cleanup.keep_done'
        $told.Default | Should -Be '7d'
        @(Get-CadreConfig 'cleanup.keep_*' -Config $file).Count | Should -BeGreaterThan 4
        { Get-CadreConfig 'cleanup.keep' -Config $file -ErrorAction Stop } | Should -Throw -ErrorId 'CadreNotSo,Get-CadreConfig'
    }
}

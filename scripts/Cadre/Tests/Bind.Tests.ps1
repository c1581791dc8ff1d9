# Where the server listens: real servers with an option file, which are stopped and started anew. Loopback addresses stand for
# those of the cluster, so that nothing is opened to anybody.

BeforeAll {
    Import-Module "$PSScriptRoot/../Cadre.psd1" -Force
    Import-Module "$PSScriptRoot/TestCluster.psm1" -Force
    # What the server says, a line for each row.
    function Get-TestRow {
        param([string] $Sql)
        & '/usr/bin/mariadb' '--no-defaults' "--socket=$($server.Socket)" '-N' '-B' '-e' $Sql
    }
    # Everything beside the option file, so that what is left behind shows.
    function Get-TestName { @(Get-ChildItem -LiteralPath (Split-Path -Path $server.OptionFile -Parent)).Name }
    function Get-TestPid { (Get-Content -LiteralPath (Join-Path (Split-Path -Path $server.OptionFile -Parent) 'pid') -Raw).Trim() }
}

Describe 'Where the server listens' -Skip:(-not $env:CADRE_BUILD) {
    BeforeEach {
        $server = Enter-TestServer
        $text = [IO.File]::ReadAllText($server.OptionFile)
    }
    AfterEach { Exit-TestCluster }

    It 'is found by itself, set and tried; a second time changes nothing' {
        Send-TestCluster 'start'
        $set = Set-CadreDatabaseOption -BindAddress '127.0.0.2' -Socket $server.Socket
        $set.psobject.TypeNames | Should -Contain 'Cadre.OptionChange'
        $set.Path, $set.Changed, $set.Restarted, $set.InForce | Should -Be $server.OptionFile, $true, $true, $true
        $set.BindAddress | Should -Be '127.0.0.1,127.0.0.2' -Because 'loopback is added'
        $set.Answers | ForEach-Object { $_.Address } | Should -Be '127.0.0.1', '127.0.0.2'
        $set.Answers | ForEach-Object { $_.Answers } | Should -Be $true, $true
        [IO.File]::ReadAllText($set.Backup) | Should -BeExactly $text
        Get-TestRow 'SELECT @@bind_address' | Should -Be '127.0.0.1,127.0.0.2'
        $names, $process = (Get-TestName), (Get-TestPid)
        $again = Set-CadreDatabaseOption -BindAddress '127.0.0.1', '127.0.0.2' -Socket $server.Socket -Verbose 4>&1
        @($again)[-1].Changed, @($again)[-1].Restarted | Should -Be $false, $false
        @($again)[-1].Backup | Should -BeNullOrEmpty
        "$again" | Should -BeLike '*nothing changed*'
        Get-TestName | Should -Be $names
        Get-TestPid | Should -Be $process
    }
    It 'stays as it is with -WhatIf' {
        Send-TestCluster 'start'
        $names, $process = (Get-TestName), (Get-TestPid)
        Set-CadreDatabaseOption -BindAddress '127.0.0.2' -Socket $server.Socket -WhatIf | Should -BeNullOrEmpty
        Set-CadreDatabaseOption -LegacyBindAll -Socket $server.Socket -WhatIf | Should -BeNullOrEmpty
        [IO.File]::ReadAllText($server.OptionFile) | Should -BeExactly $text
        Get-TestName | Should -Be $names
        Get-TestPid | Should -Be $process
    }
    It 'is not touched where an option file is broken' {
        Send-TestCluster 'start'
        $process = Get-TestPid
        [IO.File]::AppendAllText($server.OptionFile, "no-such-option = 1`n")
        { Set-CadreDatabaseOption -BindAddress '127.0.0.2' -Socket $server.Socket } |
            Should -Throw '*would not start*no-such-option*' -ErrorId 'CadreConfiguration,Set-CadreDatabaseOption'
        [IO.File]::ReadAllText($server.OptionFile) | Should -BeExactly "${text}no-such-option = 1`n"
        Get-TestPid | Should -Be $process
    }
    It 'is taken back where the server does not come up, and it runs again' {
        Send-TestCluster 'start'
        $process = Get-TestPid
        Send-TestCluster 'occupy 127.0.0.2'
        { Set-CadreDatabaseOption -BindAddress '127.0.0.2' -Socket $server.Socket } |
            Should -Throw '*did not come up*Address already in use*the server runs with bind-address = 127.0.0.1*' -ErrorId 'CadreConfiguration,Set-CadreDatabaseOption'
        [IO.File]::ReadAllText($server.OptionFile) | Should -BeExactly $text
        Get-TestRow 'SELECT @@bind_address' | Should -Be '127.0.0.1'
        Get-TestPid | Should -Not -Be $process
        Send-TestCluster 'free'
        (Set-CadreDatabaseOption -BindAddress '127.0.0.2' -Socket $server.Socket).InForce | Should -BeTrue
    }
    It 'is gone on with where a run was interrupted: <state>' -TestCases @(@{ state = 'edited, not started anew'; end = $false }, @{ state = 'edited, and the server stopped'; end = $true }) {
        Send-TestCluster 'start --max-connections=79'
        $half = Set-CadreDatabaseOption -BindAddress '127.0.0.2' -Socket $server.Socket -NoRestart -WarningVariable told -WarningAction SilentlyContinue
        $half.Changed, $half.Restarted, $half.InForce | Should -Be $true, $false, $false
        "$told" | Should -BeLike '*run this again*'
        Get-TestRow 'SELECT @@bind_address' | Should -Be '127.0.0.1'
        if ($end) { Send-TestCluster 'end' }
        $resumed = Set-CadreDatabaseOption -BindAddress '127.0.0.2' -Socket $server.Socket
        $resumed.Changed, $resumed.Restarted, $resumed.InForce | Should -Be $false, $true, $true
        Get-TestRow 'SELECT @@bind_address, @@max_connections' | Should -Be "127.0.0.1,127.0.0.2`t79" -Because 'the command line is the old one'
    }
    It 'is what its command line says, where that says it' {
        Send-TestCluster 'start --bind-address=127.0.0.1'
        { Set-CadreDatabaseOption -BindAddress '127.0.0.2' -Socket $server.Socket } | Should -Throw '*command line*' -ErrorId 'CadreConfiguration,Set-CadreDatabaseOption'
        [IO.File]::ReadAllText($server.OptionFile) | Should -BeExactly $text
    }
    It 'is set in the file that is named, if the server reads it' {
        Send-TestCluster 'start'
        $other = Join-Path $TestDrive 'other.cnf'
        Set-Content -LiteralPath $other -Value '[mysqld]'
        { Set-CadreDatabaseOption -Path $other -BindAddress '127.0.0.2' -Socket $server.Socket } | Should -Throw '*does not read this file*' -ErrorId 'CadreUsage,Set-CadreDatabaseOption'
        (Set-CadreDatabaseOption -Path $server.OptionFile -BindAddress '127.0.0.2' -Socket $server.Socket).InForce | Should -BeTrue
    }
    It 'is every address only where that is said: <address>' -TestCases @(@{ address = '*' }, @{ address = '0.0.0.0' }, @{ address = '::' }) {
        { Set-CadreDatabaseOption -BindAddress $address -Socket $server.Socket } | Should -Throw '*every address of this machine*' -ErrorId 'CadreUsage,Set-CadreDatabaseOption'
    }
    It 'is every address with -LegacyBindAll, and a warning' {
        # Started anew by nobody: nothing is opened by this test.
        Send-TestCluster 'start'
        $set = Set-CadreDatabaseOption -LegacyBindAll -NoRestart -Socket $server.Socket -WarningVariable told -WarningAction SilentlyContinue
        $set.BindAddress, $set.Changed | Should -Be '*', $true
        "$told" | Should -BeLike '*every address of this machine*'
        & '/usr/bin/my_print_defaults' "--defaults-file=$($server.OptionFile)" 'mysqld' | Should -Contain '--bind-address=*'
    }
    It 'says what is wrong' {
        { Set-CadreDatabaseOption -BindAddress '198.51.100.7' -Socket $server.Socket } | Should -Throw '*no address of this machine*127.0.0.1*' -ErrorId 'CadreUsage,Set-CadreDatabaseOption'
        { Set-CadreDatabaseOption -BindAddress '127.0.0.2' -Socket $server.Socket } | Should -Throw '*--file FILE*' -ErrorId 'CadreUnreachable,Set-CadreDatabaseOption' -Because 'it is down, and nobody knows how it starts'
    }
}

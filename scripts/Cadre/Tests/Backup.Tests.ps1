# The master into a file, and back. On a real cluster; its end and its return under load are tried in tests/e2e/backup_test.cpp.

BeforeAll {
    Import-Module "$PSScriptRoot/../Cadre.psd1" -Force
    Import-Module "$PSScriptRoot/TestCluster.psm1" -Force
    if ($env:CADRE_BUILD) { $null = Enter-TestCluster }
    function Get-TestPassphrase {
        param([string] $Text = 'correct horse battery staple')
        $secret = [securestring]::new()
        foreach ($letter in $Text.ToCharArray()) { $secret.AppendChar($letter) }
        $secret
    }
}
AfterAll { if ($env:CADRE_BUILD) { Exit-TestCluster } }

Describe 'Backup and restore' -Skip:(-not $env:CADRE_BUILD) {
    It 'writes a file that only its owner reads, and overwrites nothing' {
        $file = Join-Path $TestDrive 'backup'
        Backup-CadreMaster -Path $file -Passphrase (Get-TestPassphrase) -WhatIf | Should -BeNullOrEmpty
        [IO.File]::Exists($file) | Should -BeFalse
        $made = Backup-CadreMaster -Path $file -Passphrase (Get-TestPassphrase)
        $made.psobject.TypeNames | Should -Contain 'Cadre.Backup'
        $made.Cluster | Should -Be 'test-cluster'
        Get-TestMode $file | Should -Be '600'
        { Backup-CadreMaster -Path $file -Passphrase (Get-TestPassphrase) } | Should -Throw '*is there already*' -ErrorId 'CadreNoOutput,Backup-CadreMaster'
    }
    It 'wants a passphrase that is not guessed in an afternoon' {
        { Backup-CadreMaster -Path (Join-Path $TestDrive 'weak') -Passphrase (Get-TestPassphrase 'secret') } | Should -Throw '*at least 12 bytes*' -ErrorId 'CadreUsage,Backup-CadreMaster'
    }
    It 'is refused over a living cluster, and with another passphrase' {
        $file = Join-Path $TestDrive 'living'
        $null = Backup-CadreMaster -Path $file -Passphrase (Get-TestPassphrase)
        { Restore-CadreMaster -Path $file -Passphrase (Get-TestPassphrase) -Confirm:$false } | Should -Throw '*overwrites nothing*' -ErrorId 'CadreBadData,Restore-CadreMaster'
        { Restore-CadreMaster -Path $file -Passphrase (Get-TestPassphrase 'incorrect horse battery') -Confirm:$false } | Should -Throw '*passphrase is another one*' -ErrorId 'CadreBadData,Restore-CadreMaster'
    }
    It 'is tried without touching anything' {
        $file = Join-Path $TestDrive 'tried'
        $null = Backup-CadreMaster -Path $file -Passphrase (Get-TestPassphrase)
        $tried = Get-ChildItem $file | Test-CadreBackup -Passphrase (Get-TestPassphrase)
        $tried.psobject.TypeNames | Should -Contain 'Cadre.BackupTest'
        $tried.Cluster | Should -Be 'test-cluster'
        $tried.Loaded | Should -BeTrue
        $tried.Keys | Should -BeGreaterOrEqual 3
        $tried.Files | Should -Contain (Get-TestCluster).Config
        { Test-CadreBackup -Path $file -Passphrase (Get-TestPassphrase 'incorrect horse battery') } | Should -Throw '*passphrase is another one*' -ErrorId 'CadreBadData,Test-CadreBackup'
        (Get-CadreStatus).Working | Should -BeTrue
    }
    It 'brings the database back; a second time changes nothing' {
        $file = Join-Path $TestDrive 'lost'
        $null = Backup-CadreMaster -Path $file -Passphrase (Get-TestPassphrase)
        Send-TestCluster 'stop broker'
        & '/usr/bin/mariadb' '--no-defaults' "--socket=$((Get-TestCluster).Socket)" '-e' 'DROP DATABASE cadre'
        Restore-CadreMaster -Path $file -Passphrase (Get-TestPassphrase) -WhatIf | Should -BeNullOrEmpty
        $back = Restore-CadreMaster -Path $file -Passphrase (Get-TestPassphrase) -Confirm:$false -WarningAction SilentlyContinue
        $back.Changed | Should -BeTrue
        $back.Cluster | Should -Be 'test-cluster'
        (Restore-CadreMaster -Path $file -Passphrase (Get-TestPassphrase) -Confirm:$false -WarningAction SilentlyContinue).Changed | Should -BeFalse
    }
}

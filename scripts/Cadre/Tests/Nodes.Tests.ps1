# Queues, and nodes that are gone for good. On a real cluster; nodes that hold jobs: tests/e2e/node_remove_test.cpp.

BeforeAll {
    Import-Module "$PSScriptRoot/../Cadre.psd1" -Force
    Import-Module "$PSScriptRoot/TestCluster.psm1" -Force
    if ($env:CADRE_BUILD) { $null = Enter-TestCluster }
}
AfterAll { if ($env:CADRE_BUILD) { Exit-TestCluster } }

Describe 'Queues' -Skip:(-not $env:CADRE_BUILD) {
    It 'are told with what waits in them' {
        $null = Submit-CadreJob -Engine 'nobody-has-this' -Queue 'stuck' -WarningAction SilentlyContinue
        $queue = Get-CadreQueue -Name 'stuck'
        $queue.psobject.TypeNames | Should -Contain 'Cadre.Queue'
        $queue.Waiting | Should -Be 1
        $queue.Running | Should -Be 0
        $queue.OldestSeconds | Should -BeGreaterOrEqual 0
        (Get-CadreQueue 'stu*').Queue | Should -Be 'stuck'
        @(Get-CadreQueue 'no*') | Should -HaveCount 0
        { Get-CadreQueue 'none' -ErrorAction Stop } | Should -Throw -ErrorId 'CadreNotSo,Get-CadreQueue'
    }
}

Describe 'A node that is gone for good' -Skip:(-not $env:CADRE_BUILD) {
    It 'is removed with its key; a second time changes nothing' {
        $key = New-CadreKey -Path (Join-Path $TestDrive 'gone.key')
        $null = Add-CadreKey -Name 'gone' -Role Worker -Path $key.PublicFile
        (Get-CadreNode -Name 'gone').State | Should -Be 'lost' -Because 'who may come is listed'
        Remove-CadreNode -Name 'gone' -WhatIf | Should -BeNullOrEmpty
        (Get-CadreKey -Name 'gone').Revoked | Should -BeFalse
        $removed = Get-CadreNode -Name 'gone' | Remove-CadreNode -Confirm:$false
        $removed.Changed | Should -BeTrue
        @(Get-CadreNode -Name 'gone*') | Should -HaveCount 0
        (Get-CadreKey -Name 'gone').Revoked | Should -BeTrue
        (Remove-CadreNode -Name 'gone' -Confirm:$false).Changed | Should -BeFalse
        { Remove-CadreNode -Name 'never' -Confirm:$false -ErrorAction Stop } | Should -Throw "*no node 'never'*" -ErrorId 'CadreNotSo,Remove-CadreNode'
    }
}

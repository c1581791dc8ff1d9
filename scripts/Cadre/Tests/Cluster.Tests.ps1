# The cluster: connecting, status, nodes and engines; and what is said when something is wrong. On a real cluster.

BeforeAll {
    Import-Module "$PSScriptRoot/../Cadre.psd1" -Force
    Import-Module "$PSScriptRoot/TestCluster.psm1" -Force
    if ($env:CADRE_BUILD) { $null = Enter-TestCluster }
}
AfterAll { if ($env:CADRE_BUILD) { Exit-TestCluster } }

Describe 'The cluster' -Skip:(-not $env:CADRE_BUILD) {
    It 'tells its status' {
        $status = Get-CadreStatus
        $status.Working | Should -BeTrue
        $status.Nodes | Should -Be 2
        $status.NodesUp | Should -Be 2
        $status.psobject.TypeNames | Should -Contain 'Cadre.Status'
        $status.Time | Should -BeOfType [datetime]
    }
    It 'lists nodes, by name and by wildcard' {
        (Get-CadreNode).Node | Sort-Object | Should -Be 'w1', 'w2'
        (Get-CadreNode -Name 'w1').State | Should -Be 'ready'
        Get-CadreNode -Name 'w*' | Should -HaveCount 2
        Get-CadreNode -Name 'x*' | Should -BeNullOrEmpty
        { Get-CadreNode -Name 'x1' -ErrorAction Stop } | Should -Throw "*no node 'x1'*" -ErrorId 'CadreNotSo,Get-CadreNode'
    }
    It 'lists engines with their nodes' {
        (Get-CadreEngine).Engine | Should -Contain 'echo'
        (Get-CadreEngine -Name 'ech*').Nodes | Sort-Object | Should -Be 'w1', 'w2'
    }
    It 'drains a node and gives it jobs again; a second time changes nothing' {
        Suspend-CadreNode -Name 'w1' -WhatIf | Should -BeNullOrEmpty
        (Get-CadreNode -Name 'w1').State | Should -Be 'ready' -Because '-WhatIf changes nothing'
        $first = Suspend-CadreNode -Name 'w1' -Wait
        $first.Changed | Should -BeTrue
        $first.Held | Should -Be 0
        (Get-CadreNode -Name 'w1').State | Should -Be 'cordoned'
        (Suspend-CadreNode -Name 'w1').Changed | Should -BeFalse
        (Submit-CadreJob -Engine 'echo' -Wait).Node | Should -Be 'w2'
        Get-CadreNode -Name 'w1' | Resume-CadreNode -WhatIf | Should -BeNullOrEmpty
        (Get-CadreNode -Name 'w1').State | Should -Be 'cordoned'
        $again = Get-CadreNode | Where-Object State -EQ 'cordoned' | Resume-CadreNode
        $again.Node | Should -Be 'w1'
        $again.Changed | Should -BeTrue
        (Get-CadreNode -Name 'w1').State | Should -Be 'ready'
        (Resume-CadreNode -Name 'w1').Changed | Should -BeFalse
    }
    It 'does not wait for ever for a node that is at work' {
        $jobs = 1..4 | ForEach-Object { Submit-CadreJob -Engine 'sleep' -Parameter @{ seconds = 60 } }
        Wait-TestUntil { (Get-CadreStatus).Running -eq 4 }
        { Suspend-CadreNode -Name 'w2' -Wait -TimeoutSec 1 } | Should -Throw '*w2 still holds 2 jobs*' -ErrorId 'CadreTryAgain,Suspend-CadreNode'
        (Get-CadreNode -Name 'w2').State | Should -Be 'cordoned'
        $null = $jobs | Stop-CadreJob
        (Suspend-CadreNode -Name 'w2' -Wait).Held | Should -Be 0
        $null = Resume-CadreNode -Name 'w2'
    }
    It 'refuses a node that is not there' {
        { Suspend-CadreNode -Name 'x1' -ErrorAction Stop } | Should -Throw "*no node 'x1'*" -ErrorId 'CadreNotSo,Suspend-CadreNode'
        { Resume-CadreNode -Name 'x*' -ErrorAction Stop } | Should -Throw "*no node 'x``**" -ErrorId 'CadreNotSo,Resume-CadreNode'
    }
}

Describe 'A bundle for who is to help' -Skip:(-not $env:CADRE_BUILD) {
    It 'is one new file without secrets' {
        $file = Join-Path $TestDrive 'support.tar.gz'
        Export-CadreSupportBundle $file -WhatIf | Should -BeNullOrEmpty
        $file | Should -Not -Exist
        $made = Export-CadreSupportBundle $file -Since ([timespan]::FromHours(1))
        $made.Parts.Part | Should -Contain 'doctor.json'
        $made.SecretsTakenOut | Should -Be 0
        Get-TestMode $file | Should -Be '600'
        { Export-CadreSupportBundle $file } | Should -Throw '*is there already*' -ErrorId 'CadreNoOutput,Export-CadreSupportBundle'
    }
}

Describe 'The connection' -Skip:(-not $env:CADRE_BUILD) {
    AfterEach { $null = Connect-CadreCluster -Config (Get-TestCluster).Config -Tool (Get-TestCluster).Tool }

    It 'says to whom it speaks' {
        $told = Connect-CadreCluster -Config (Get-TestCluster).Config -Tool (Get-TestCluster).Tool
        $told.Cluster | Should -Be 'test-cluster'
        $told.Working | Should -BeTrue
        $told.Tool | Should -Be (Get-TestCluster).Tool
    }
    It 'works with address and keys on a machine that is no node' {
        $null = Connect-CadreCluster -Address (Get-TestCluster).Address -ServerKeyFile (Get-TestCluster).ServerKeyFile -KeyFile (Get-TestCluster).ClientKeyFile -Tool (Get-TestCluster).Tool
        (Submit-CadreJob -Engine 'echo' -Wait).State | Should -Be 'done'
        { Suspend-CadreNode -Name 'w1' } | Should -Throw '*is for administrators*' -ErrorId 'CadreNotAllowed,Suspend-CadreNode'
        (Get-CadreNode -Name 'w1').State | Should -Be 'ready'
    }
    It 'takes a relative path from where one stands' {
        Push-Location (Get-TestCluster).Directory
        try { (Connect-CadreCluster -Config 'master.yaml' -Tool (Get-TestCluster).Tool).Working | Should -BeTrue }
        finally { Pop-Location }
    }
    It 'keeps the old connection where the new one is wrong' {
        $none = Join-Path $TestDrive 'none.yaml'
        { Connect-CadreCluster -Config $none -Tool (Get-TestCluster).Tool } | Should -Throw '*there is no configuration at*none.yaml*' -ErrorId 'CadreConfiguration,Connect-CadreCluster'
        { Connect-CadreCluster -Config (Get-TestCluster).Config -Tool (Join-Path $TestDrive 'none') } | Should -Throw '*was not found*' -ErrorId 'CadreToolMissing,Connect-CadreCluster'
        (Get-CadreStatus).Working | Should -BeTrue
    }
    It 'says who is away when the broker does not answer, and goes on when it is there again' {
        $null = Connect-CadreCluster -Config (Get-TestCluster).Config -Tool (Get-TestCluster).Tool -PatienceSec 1
        Send-TestCluster 'stop broker'
        try {
            { Get-CadreStatus } | Should -Throw "*$((Get-TestCluster).Address)*" -ErrorId 'CadreUnreachable,Get-CadreStatus'
            $caught = $null
            try { Get-CadreJob } catch { $caught = $_ }
            $caught.CategoryInfo.Category | Should -Be 'ConnectionError'
        }
        finally { Send-TestCluster 'start broker' }
        $null = Connect-CadreCluster -Config (Get-TestCluster).Config -Tool (Get-TestCluster).Tool -PatienceSec 20
        (Get-CadreStatus).Working | Should -BeTrue
    }
    It 'shows with -Verbose what it runs' {
        $told = Get-CadreStatus -Verbose 4>&1 | Where-Object { $_ -is [Management.Automation.VerboseRecord] }
        "$($told[0])" | Should -BeLike '*cadre* --json*status'
    }
}

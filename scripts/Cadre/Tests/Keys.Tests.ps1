# Who may connect, and what is wrong with a node. On a real cluster.

BeforeAll {
    Import-Module "$PSScriptRoot/../Cadre.psd1" -Force
    Import-Module "$PSScriptRoot/TestCluster.psm1" -Force
    if ($env:CADRE_BUILD) { $null = Enter-TestCluster }

    # A new pair of keys: its files. Made by the tool, as a person makes it.
    function Get-TestKey {
        param([string] $Name)
        $file = Join-Path $TestDrive "$Name.key"
        $null = & (Get-TestCluster).Tool 'key' 'new' $file 2>&1
        @{ Secret = $file; Public = Join-Path $TestDrive "$Name.pub" }
    }
}
AfterAll { if ($env:CADRE_BUILD) { Exit-TestCluster } }

Describe 'Keys' -Skip:(-not $env:CADRE_BUILD) {
    It 'are made in pairs, once' {
        $file = Join-Path $TestDrive 'mine.key'
        New-CadreKey -Path $file -WhatIf | Should -BeNullOrEmpty
        $file | Should -Not -Exist
        $made = New-CadreKey -Path $file
        $made.Changed | Should -BeTrue
        $made.Key | Should -BeExactly ([IO.File]::ReadAllText((Join-Path $TestDrive 'mine.pub')).Trim())
        Get-TestMode $file | Should -Be '600'
        $secret = [IO.File]::ReadAllText($file)
        $again = New-CadreKey -Path $file
        $again.Changed | Should -BeFalse
        $again.Key | Should -BeExactly $made.Key
        [IO.File]::ReadAllText($file) | Should -BeExactly $secret
        [IO.File]::Delete($made.PublicFile)
        { New-CadreKey -Path $file } | Should -Throw '*never overwritten*' -ErrorId 'CadreNoOutput,New-CadreKey'
    }
    It 'are listed, by name and by wildcard' {
        (Get-CadreKey -Name 'w*').Name | Sort-Object | Should -Be 'w1', 'w2'
        $admin = Get-CadreKey -Name 'admin'
        $admin.Role | Should -Be 'admin'
        $admin.Revoked | Should -BeFalse
        $admin.psobject.TypeNames | Should -Contain 'Cadre.Key'
        Get-CadreKey -Name 'x*' | Should -BeNullOrEmpty
        { Get-CadreKey -Name 'x1' -ErrorAction Stop } | Should -Throw "*no key of the name 'x1'*" -ErrorId 'CadreNotSo,Get-CadreKey'
    }
    It 'are admitted, and let their holders in; a second time changes nothing' {
        $file = Get-TestKey 'scanner'
        Add-CadreKey -Name 'scanner' -Role Client -Path $file.Public -WhatIf | Should -BeNullOrEmpty
        (Get-CadreKey).Name | Should -Not -Contain 'scanner'
        $added = Add-CadreKey -Name 'scanner' -Role Client -Path $file.Public
        $added.Role | Should -Be 'client'
        $added.Changed | Should -BeTrue
        (Add-CadreKey -Name 'scanner' -Role Client -Key $added.Key).Changed | Should -BeFalse
        try {
            $null = Connect-CadreCluster -Address (Get-TestCluster).Address -ServerKeyFile (Get-TestCluster).ServerKeyFile -KeyFile $file.Secret -Tool (Get-TestCluster).Tool
            (Submit-CadreJob -Engine 'echo' -Wait).State | Should -Be 'done'
            { Get-CadreKey } | Should -Throw '*is for administrators*' -ErrorId 'CadreNotAllowed,Get-CadreKey'
        }
        finally { $null = Connect-CadreCluster -Config (Get-TestCluster).Config -Tool (Get-TestCluster).Tool }
    }
    It 'are warned about where two have one name, and refused where they are none' {
        $null = Add-CadreKey -Name 'twin' -Role Worker -Path (Get-TestKey 'twin-1').Public
        $null = Add-CadreKey -Name 'twin' -Role Worker -Path (Get-TestKey 'twin-2').Public -WarningVariable told -WarningAction SilentlyContinue
        "$told" | Should -BeLike '*twin is also the name of another admitted key*'
        { Add-CadreKey -Name 'n' -Role Client -Path (Join-Path $TestDrive 'none.pub') } | Should -Throw -ErrorId 'CadreNoInput,Add-CadreKey'
        { Add-CadreKey -Name 'n' -Role Client -Key 'short' } | Should -Throw "*'short' is not a public key*" -ErrorId 'CadreBadData,Add-CadreKey'
        { Add-CadreKey -Name 'n' -Role 'Boss' -Key 'short' } | Should -Throw -ErrorId 'ParameterArgumentValidationError,Add-CadreKey'
    }
    It 'are revoked at once; a second time changes nothing' {
        $file = Get-TestKey 'leaver'
        $null = Add-CadreKey -Name 'leaver' -Role Client -Path $file.Public
        Revoke-CadreKey -Name 'leaver' -WhatIf | Should -BeNullOrEmpty
        (Get-CadreKey -Name 'leaver').Revoked | Should -BeFalse
        $gone = Revoke-CadreKey -Name 'leaver' -Confirm:$false
        $gone.Changed | Should -BeTrue
        $gone.Revoked | Should -BeTrue
        (Get-CadreKey -Name 'leaver').Revoked | Should -BeTrue
        (Get-CadreKey -Admitted).Name | Should -Not -Contain 'leaver'
        (Revoke-CadreKey -Name 'leaver' -Confirm:$false).Changed | Should -BeFalse
        { Connect-CadreCluster -Address (Get-TestCluster).Address -ServerKeyFile (Get-TestCluster).ServerKeyFile -KeyFile $file.Secret -Tool (Get-TestCluster).Tool -PatienceSec 2 } |
            Should -Throw -ErrorId 'CadreNotAllowed,Connect-CadreCluster'
        { Revoke-CadreKey -Name 'nobody' -Confirm:$false -ErrorAction Stop } | Should -Throw "*no key 'nobody'*" -ErrorId 'CadreNotSo,Revoke-CadreKey'
    }
    It 'are revoked one by one from the pipeline' {
        $null = Add-CadreKey -Name 'pair' -Role Client -Path (Get-TestKey 'pair-1').Public
        $second = Add-CadreKey -Name 'pair' -Role Client -Path (Get-TestKey 'pair-2').Public -WarningAction SilentlyContinue
        $gone = Get-CadreKey -Name 'pair' | Where-Object Key -CEQ $second.Key | Revoke-CadreKey -Confirm:$false
        $gone.Key | Should -BeExactly $second.Key
        @(Get-CadreKey -Name 'pair' -Admitted) | Should -HaveCount 1
    }
    It 'of tickets are taken back before they are used' {
        $ticket = New-CadreJoinTicket -NodeName 'unwanted' -Address (Get-TestCluster).Address
        (Get-CadreKey -Name 'unwanted').Role | Should -Be 'join'
        (Revoke-CadreKey -Name 'unwanted' -Confirm:$false).Changed | Should -BeTrue
        $place = Join-Path $TestDrive 'unwanted'
        { $ticket | Install-CadreExtension -Directory $place -SpoolPath "$place/spool" -ErrorAction Stop } | Should -Throw -ErrorId 'CadreNotAllowed,Install-CadreExtension'
    }
}

Describe 'The doctor' -Skip:(-not $env:CADRE_BUILD) {
    It 'finds an extension well' {
        $checks = Test-CadreNode -Config (Join-Path (Get-TestCluster).Directory 'w1.yaml')
        $checks.Check | Should -Contain 'broker: connection'
        @($checks | Where-Object State -EQ 'failed') | Should -BeNullOrEmpty
        $checks[0].psobject.TypeNames | Should -Contain 'Cadre.Check'
    }
    It 'names what is to be mended first, behind all that it found' {
        $key = Join-Path (Get-TestCluster).Directory 'keys' 'w2.key'
        & '/bin/chmod' '644' $key
        try {
            $config = Join-Path (Get-TestCluster).Directory 'w2.yaml'
            $checks = Test-CadreNode -Config $config -ErrorVariable told -ErrorAction SilentlyContinue
            $failed = @($checks | Where-Object State -EQ 'failed')
            $failed[0].Check | Should -Be "keys: this node's key"
            $failed[0].Found | Should -BeLike '*readable by others*chmod 600*'
            $failed[0].Cure | Should -Not -BeNullOrEmpty
            $told | Should -HaveCount 1
            $told[0].FullyQualifiedErrorId | Should -Be 'CadreNotSo,Test-CadreNode'
            $told[0].Exception.Message | Should -BeLike "first to mend: keys: this node's key*chmod 600*"
            { Test-CadreNode -Config $config -ErrorAction Stop } | Should -Throw -ErrorId 'CadreNotSo,Test-CadreNode'
        }
        finally { & '/bin/chmod' '600' $key }
    }
    It 'says where there is no configuration' {
        $checks = Test-CadreNode -Config (Join-Path $TestDrive 'none.yaml') -ErrorAction SilentlyContinue
        $checks[0].Check | Should -Be 'configuration: file'
        $checks[0].State | Should -Be 'failed'
    }
}

# Daemons of a node as processes, where systemd does not run. On a real cluster.

BeforeAll {
    Import-Module "$PSScriptRoot/../Cadre.psd1" -Force
    Import-Module "$PSScriptRoot/TestCluster.psm1" -Force
    if ($env:CADRE_BUILD) { $null = Enter-TestCluster }
    # A machine that joined: its node's file.
    function Get-TestNode {
        param([string] $Name)
        $root = Join-Path (Get-TestCluster).Directory "machine-$Name"
        (New-CadreJoinTicket -NodeName $Name -Address (Get-TestCluster).Address -WarningAction SilentlyContinue | Install-CadreExtension -Directory $root -SpoolPath "$root/spool").Config
    }
}
AfterAll { if ($env:CADRE_BUILD) { Exit-TestCluster } }

Describe 'A worker as a process' -Skip:(-not $env:CADRE_BUILD) {
    BeforeAll { if ($env:CADRE_BUILD) { $config = Get-TestNode 'served' } }
    # Whatever a test did: it is a process of its own, and would stay.
    AfterAll { if ($env:CADRE_BUILD) { $null = Stop-CadreService -Role Worker -Config $config } }

    It 'does not start with -WhatIf' {
        Start-CadreService -Role Worker -Config $config -WhatIf | Should -BeNullOrEmpty
        (Get-CadreService -Role Worker -Config $config).Running | Should -BeFalse
        (Get-CadreService -Role Worker -Config $config).Log | Should -Not -Exist
    }
    It 'starts, and is ready then; a second time changes nothing' {
        $started = Start-CadreService -Role Worker -Config $config -WarningVariable told -WarningAction SilentlyContinue
        $started.Changed | Should -BeTrue
        $started.Running | Should -BeTrue
        $started.Manager | Should -Be 'Process'
        "$told" | Should -BeLike '*nobody starts it after a restart of the machine*'
        Get-TestMode $started.PidFile | Should -Be '600'
        Get-TestMode $started.Log | Should -Be '600'
        (Get-CadreNode -Name 'served').State | Should -Be 'ready' -Because 'it was waited for'
        @(Test-CadreNode -Config $config | Where-Object State -EQ 'failed') | Should -BeNullOrEmpty
        $again = Start-CadreService -Role Worker -Config $config
        $again.Changed | Should -BeFalse
        $again.ProcessId | Should -Be $started.ProcessId
    }
    It 'is started again when it crashed, and not when it was stopped' {
        $service = Get-CadreService -Role Worker -Config $config
        $children = "/proc/$($service.ProcessId)/task/$($service.ProcessId)/children"
        $first = [IO.File]::ReadAllText($children).Trim()
        Wait-TestUntil { [int] (& '/usr/bin/ps' '-o' 'etimes=' '-p' $first) -ge 6 }  # one that ends sooner at its first start is given up
        & '/bin/kill' '-KILL' $first
        Wait-TestUntil { $now = [IO.File]::ReadAllText($children).Trim(); $now -and $now -ne $first }
        (Get-CadreService -Role Worker -Config $config).ProcessId | Should -Be $service.ProcessId
        Wait-TestUntil { ([IO.File]::ReadAllText($service.Log) -split ' welcome ').Count -eq 3 }
        [IO.File]::ReadAllText($service.Log) | Should -BeLike '*has ended with code 137; it is started again*'
        (Get-CadreNode -Name 'served').State | Should -Be 'ready'
        # Its keeper is killed: it ends too, and nobody is left.
        $second = [IO.File]::ReadAllText($children).Trim()
        & '/bin/kill' '-KILL' $service.ProcessId
        Wait-TestUntil { -not [IO.Directory]::Exists("/proc/$second") }
        (Get-CadreService -Role Worker -Config $config).Running | Should -BeFalse
        (Start-CadreService -Role Worker -Config $config -WarningAction SilentlyContinue).Changed | Should -BeTrue
    }
    It 'gets a new key while it works, and the old one is shut out' {
        $before = Get-CadreKey -Name 'served' | Where-Object { -not $_.Revoked }
        Update-CadreKey -Config $config -WhatIf | Should -BeNullOrEmpty
        (Get-CadreKey -Name 'served' | Where-Object { -not $_.Revoked }).Fingerprint | Should -Be $before.Fingerprint
        $made = Update-CadreKey -Config $config
        $made.Node | Should -Be 'served'
        $made.Changed | Should -BeTrue
        $made.Fingerprint | Should -Not -Be $before.Fingerprint
        (Get-CadreKey -Name 'served' | Where-Object { -not $_.Revoked }).Fingerprint | Should -Be $made.Fingerprint
        (Get-CadreKey -Name 'served' | Where-Object Fingerprint -EQ $before.Fingerprint).Revoked | Should -BeTrue
        Wait-TestUntil { [IO.File]::ReadAllText((Get-CadreService -Role Worker -Config $config).Log).Contains($made.Fingerprint) }
        Wait-TestUntil { (Get-CadreNode -Name 'served').State -eq 'ready' }
    }
    It 'is started anew in one step' {
        $running = Get-CadreService -Role Worker -Config $config
        Restart-CadreService -Role Worker -Config $config -WhatIf | Should -BeNullOrEmpty
        (Get-CadreService -Role Worker -Config $config).ProcessId | Should -Be $running.ProcessId
        $again = Restart-CadreService -Role Worker -Config $config -WarningAction SilentlyContinue
        $again.Running | Should -BeTrue
        $again.ProcessId | Should -Not -Be $running.ProcessId
        (Get-CadreNode -Name 'served').State | Should -Be 'ready'
    }
    It 'stops orderly; a second time changes nothing' {
        Stop-CadreService -Role Worker -Config $config -WhatIf | Should -BeNullOrEmpty
        (Get-CadreService -Role Worker -Config $config).Running | Should -BeTrue
        $stopped = Stop-CadreService -Role Worker -Config $config
        $stopped.Changed | Should -BeTrue
        $stopped.Running | Should -BeFalse
        $stopped.PidFile | Should -Not -Exist
        (Stop-CadreService -Role Worker -Config $config).Changed | Should -BeFalse
        Wait-TestUntil { (Get-CadreNode -Name 'served').State -ne 'ready' }
    }
    It 'cannot be registered with a systemd that is not there' {
        $told = Register-CadreService -Role Worker -Config $config -ErrorAction SilentlyContinue -ErrorVariable why
        $told.Changed | Should -BeFalse
        "$why" | Should -BeLike "*cadre-worker --config $config*"
        $why[0].FullyQualifiedErrorId | Should -Be 'CadreNotSo,Register-CadreService'
        (Unregister-CadreService -Role Worker -Config $config).Changed | Should -BeFalse
    }
    It 'is told from another process that has its number' {
        [IO.File]::WriteAllText((Get-CadreService -Role Worker -Config $config).PidFile, "$PID`n")
        (Get-CadreService -Role Worker -Config $config).Running | Should -BeFalse
        (Stop-CadreService -Role Worker -Config $config).Changed | Should -BeFalse
    }
    It 'runs and is not called ready while the broker is away' {
        Send-TestCluster 'stop broker'
        try {
            $started = Start-CadreService -Role Worker -Config $config -TimeoutSec 1 -WarningAction SilentlyContinue -ErrorAction SilentlyContinue -ErrorVariable told
            $started.Running | Should -BeTrue
            $told[0].FullyQualifiedErrorId | Should -Be 'CadreTryAgain,Start-CadreService'
        }
        finally { Send-TestCluster 'start broker' }
        Wait-TestUntil { @(Get-CadreNode -Name 'served*').State -eq 'ready' }
        (Stop-CadreService -Role Worker -Config $config).Running | Should -BeFalse
    }
    It 'is not started with a file that is wrong, and its end at once is an error' {
        $wrong = Join-Path $TestDrive 'node.yaml'
        Set-Content -LiteralPath $wrong -Value 'role: nothing'
        { Start-CadreService -Role Worker -Config $wrong -WarningAction SilentlyContinue } | Should -Throw '*role*' -ErrorId 'CadreConfiguration,Start-CadreService'
        $key = Join-Path (Split-Path -Path $config -Parent) 'keys' 'worker.key'
        & '/bin/chmod' '644' $key
        try {
            { Start-CadreService -Role Worker -Config $config -WarningAction SilentlyContinue } | Should -Throw '*ended at once*readable by others*' -ErrorId 'CadreUnreachable,Start-CadreService'
        }
        finally { & '/bin/chmod' '600' $key }
        (Get-CadreService -Role Worker -Config $config).PidFile | Should -Not -Exist
    }
}

Describe 'A broker as a process' -Skip:(-not $env:CADRE_BUILD) {
    It 'serves when it is called ready, and stops' {
        Send-TestCluster 'stop broker'
        try {
            $started = Start-CadreService -Role Broker -Config (Get-TestCluster).Config -WarningAction SilentlyContinue
            $started.Running | Should -BeTrue
            (Get-CadreStatus).Working | Should -BeTrue
        }
        finally {
            $stopped = Stop-CadreService -Role Broker -Config (Get-TestCluster).Config
            Send-TestCluster 'start broker'
        }
        $stopped.Changed | Should -BeTrue
        Wait-TestUntil { @(Get-CadreNode -Name 'w1*').State -eq 'ready' }
    }
}

Describe 'An extension that starts its worker' -Skip:(-not $env:CADRE_BUILD) {
    It 'is ready when it is installed; a second time changes nothing' {
        $root = Join-Path (Get-TestCluster).Directory 'machine-at-once'
        $ticket = New-CadreJoinTicket -NodeName 'at-once' -Address (Get-TestCluster).Address
        try {
            $made = $ticket | Install-CadreExtension -Directory $root -SpoolPath "$root/spool" -Start -WarningAction SilentlyContinue
            $made.Service.Running | Should -BeTrue
            (Get-CadreNode -Name 'at-once').State | Should -Be 'ready'
            $again = $ticket | Install-CadreExtension -Directory $root -SpoolPath "$root/spool" -Start -WarningAction SilentlyContinue
            $again.Changed | Should -BeFalse
            $again.Service.Changed | Should -BeFalse
            $again.Service.ProcessId | Should -Be $made.Service.ProcessId
        }
        finally { $null = Stop-CadreService -Role Worker -Config "$root/node.yaml" }
    }
    It 'is not started where the ticket was refused' {
        $root = Join-Path (Get-TestCluster).Directory 'machine-refused'
        $ticket = New-CadreJoinTicket -NodeName 'refused' -Address (Get-TestCluster).Address
        $null = Revoke-CadreKey -Name 'refused' -Confirm:$false
        $made = $ticket | Install-CadreExtension -Directory $root -SpoolPath "$root/spool" -Start -ErrorAction SilentlyContinue
        $made.Service | Should -BeNullOrEmpty
        (Get-CadreService -Role Worker -Config "$root/node.yaml").Log | Should -Not -Exist
    }
    It 'is not started where it would run as the wrong user' -Skip:((& '/usr/bin/id' '-u') -eq '0') {
        $root = Join-Path (Get-TestCluster).Directory 'machine-wrong'
        $ticket = New-CadreJoinTicket -NodeName 'wrong' -Address (Get-TestCluster).Address
        { $ticket | Install-CadreExtension -Directory $root -SpoolPath "$root/spool" -Start -Owner 'daemon' } |
            Should -Throw '*-Owner*' -ErrorId 'CadreUsage,Install-CadreExtension'
        $root | Should -Not -Exist
    }
}

Describe 'An extension that is taken away' -Skip:(-not $env:CADRE_BUILD) {
    It 'leaves nothing; a second time changes nothing' {
        $config = Get-TestNode 'gone'
        $root = Split-Path -Path $config -Parent
        $null = Start-CadreService -Role Worker -Config $config -WarningAction SilentlyContinue
        Uninstall-CadreExtension -Directory $root -WhatIf | Should -BeNullOrEmpty
        (Get-CadreService -Role Worker -Config $config).Running | Should -BeTrue
        $gone = Uninstall-CadreExtension -Directory $root -Confirm:$false
        $gone.Changed | Should -BeTrue
        $gone.Removed | Should -Contain $config
        $root | Should -Not -Exist
        Wait-TestUntil { (Get-CadreNode -Name 'gone').State -ne 'ready' }
        $again = Uninstall-CadreExtension -Directory $root -Confirm:$false
        $again.Changed | Should -BeFalse
        $again.Removed.Count | Should -Be 0
    }
    It 'keeps key and spool with -KeepData, and comes back as the same node' {
        $config = Get-TestNode 'kept'
        $root = Split-Path -Path $config -Parent
        $key = Join-Path $root 'keys' 'worker.key'
        $before = Get-Content -LiteralPath $key -Raw
        (Uninstall-CadreExtension -Directory $root -KeepData -Confirm:$false -WarningVariable told).Changed | Should -BeTrue
        $told | Should -BeNullOrEmpty
        $config | Should -Not -Exist
        Get-Content -LiteralPath $key -Raw | Should -BeExactly $before
        Join-Path $root 'spool' | Should -Exist
        $null = Get-TestNode 'kept'
        Get-Content -LiteralPath $key -Raw | Should -BeExactly $before
    }
    It 'leaves what somebody else put there, and says so' {
        $config = Get-TestNode 'mixed'
        $root = Split-Path -Path $config -Parent
        $null = New-Item -ItemType Directory -Path (Join-Path $root 'engines' 'mine')
        $null = Uninstall-CadreExtension -Directory $root -Confirm:$false -WarningVariable told -WarningAction SilentlyContinue
        "$told" | Should -BeLike '*engines stays*'
        Join-Path $root 'engines' 'mine' | Should -Exist
        $config | Should -Not -Exist
    }
    It 'is not taken away under a worker that was started otherwise' {
        $config = Get-TestNode 'held'
        $root = Split-Path -Path $config -Parent
        Send-TestCluster "start node $root"
        Wait-TestUntil { @(Get-CadreNode -Name 'held*').State -eq 'ready' }
        { Uninstall-CadreExtension -Directory $root -Confirm:$false } | Should -Throw -ErrorId 'CadreNoOutput,Uninstall-CadreExtension'
        $config | Should -Exist
        Join-Path $root 'keys' 'worker.key' | Should -Exist
        Send-TestCluster "stop node $root"
        (Uninstall-CadreExtension -Directory $root -Confirm:$false).Changed | Should -BeTrue
        $config | Should -Not -Exist
    }
    It 'leaves a directory that is no spool' {
        $config = Get-TestNode 'odd'
        $root = Split-Path -Path $config -Parent
        $other = (New-Item -ItemType Directory -Path (Join-Path $TestDrive 'other')).FullName
        Set-Content -LiteralPath (Join-Path $other 'letter') -Value 'mine'
        Set-Content -LiteralPath $config -Value ((Get-Content -LiteralPath $config -Raw) -replace 'spool: .*', "spool: $other")
        $null = Uninstall-CadreExtension -Directory $root -Confirm:$false -WarningVariable told -WarningAction SilentlyContinue
        "$told" | Should -BeLike "*$other stays*"
        Join-Path $other 'letter' | Should -Exist
    }
    It 'is not a master' {
        $root = (New-Item -ItemType Directory -Path (Join-Path $TestDrive 'master')).FullName
        Set-Content -LiteralPath (Join-Path $root 'node.yaml') -Value (Get-Content -LiteralPath (Get-TestCluster).Config -Raw)
        { Uninstall-CadreExtension -Directory $root -Confirm:$false } | Should -Throw "*is not an extension's*" -ErrorId 'CadreBadData,Uninstall-CadreExtension'
        Join-Path $root 'node.yaml' | Should -Exist
    }
}

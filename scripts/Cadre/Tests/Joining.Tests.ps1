# A new machine becomes a node: the ticket, what it leaves on the machine, and that nobody else gets to see it. On a real cluster.

BeforeAll {
    Import-Module "$PSScriptRoot/../Cadre.psd1" -Force
    Import-Module "$PSScriptRoot/TestCluster.psm1" -Force
    if ($env:CADRE_BUILD) { $null = Enter-TestCluster }

    function Get-TestTicket {
        [CmdletBinding()]
        param([string] $NodeName)
        New-CadreJoinTicket -NodeName $NodeName -Address (Get-TestCluster).Address
    }
    # Where a machine of its own would have its directories.
    function Get-TestMachine {
        param([string] $Name)
        $root = Join-Path (Get-TestCluster).Directory "machine-$Name"
        @{ Directory = $root; SpoolPath = Join-Path $root 'spool' }
    }
}
AfterAll { if ($env:CADRE_BUILD) { Exit-TestCluster } }

Describe 'A join ticket' -Skip:(-not $env:CADRE_BUILD) {
    It 'is a secret with a name, an address and an end' {
        $ticket = Get-TestTicket 'told'
        $ticket.Node | Should -Be 'told'
        $ticket.Address | Should -Be (Get-TestCluster).Address
        $ticket.Ticket | Should -BeOfType [securestring]
        $ticket.NotAfter | Should -BeOfType [datetime]
        [Math]::Abs($ticket.NotAfter.ToUniversalTime().Subtract([datetime]::UtcNow).TotalMinutes - 60) | Should -BeLessThan 2
        $ticket.psobject.TypeNames | Should -Contain 'Cadre.JoinTicket'
    }
    It 'holds as long as it is told' {
        $short = New-CadreJoinTicket -NodeName 'short' -Address (Get-TestCluster).Address -ValidFor 0:10
        [Math]::Abs($short.NotAfter.ToUniversalTime().Subtract([datetime]::UtcNow).TotalMinutes - 10) | Should -BeLessThan 2
        { New-CadreJoinTicket -NodeName 'none' -Address (Get-TestCluster).Address -ValidFor 0 } | Should -Throw '*at least a second*' -ErrorId 'CadreUsage,New-CadreJoinTicket'
    }
    It 'is made for each name of the pipeline' {
        ('many-1', 'many-2' | New-CadreJoinTicket -Address (Get-TestCluster).Address).Node | Should -Be 'many-1', 'many-2'
    }
    It 'goes into a file that only its owner reads' {
        $file = Join-Path $TestDrive 'filed.ticket'
        $ticket = New-CadreJoinTicket -NodeName 'filed' -Address (Get-TestCluster).Address -Path $file
        $ticket.Path | Should -Be $file
        $ticket.psobject.Properties.Name | Should -Not -Contain 'Ticket'
        Get-TestMode $file | Should -Be '600'
        { 'a', 'b' | New-CadreJoinTicket -Path $file } | Should -Throw '*a file for one ticket*' -ErrorId 'CadreUsage,New-CadreJoinTicket'
    }
    It 'is not made with -WhatIf' {
        New-CadreJoinTicket -NodeName 'unmade' -Address (Get-TestCluster).Address -Path (Join-Path $TestDrive 'unmade') -WhatIf | Should -BeNullOrEmpty
        Join-Path $TestDrive 'unmade' | Should -Not -Exist
        (Get-CadreKey).Name | Should -Not -Contain 'unmade'
    }
    It 'needs an address that others reach, and a name that is one' {
        { New-CadreJoinTicket -NodeName 'x' } | Should -Throw '*listens on this machine alone*' -ErrorId 'CadreConfiguration,New-CadreJoinTicket'
        { New-CadreJoinTicket -NodeName 'a b' -Address (Get-TestCluster).Address } | Should -Throw "*'a b' is not a name*" -ErrorId 'CadreUsage,New-CadreJoinTicket'
        { New-CadreJoinTicket -NodeName 'x' -Address 'master' } | Should -Throw '*--address*' -ErrorId 'CadreUsage,New-CadreJoinTicket'
    }
}

Describe 'A new machine' -Skip:(-not $env:CADRE_BUILD) {
    It 'is a node with two commands and no restart; a second time changes nothing' {
        $machine = Get-TestMachine 'story'
        $ticket = Get-TestTicket 'story'
        $joined = $ticket | Install-CadreExtension @machine
        $joined.Node | Should -Be 'story'
        $joined.Joined | Should -BeTrue
        $joined.Changed | Should -BeTrue
        $joined.Cluster | Should -Be 'test-cluster'
        $joined.psobject.TypeNames | Should -Contain 'Cadre.Extension'
        @($joined.Made | Where-Object { $_ -like 'key *' }) | Should -HaveCount 1
        (Get-CadreKey -Name 'story' | Where-Object Role -EQ 'worker').Fingerprint | Should -Be $joined.Fingerprint
        Get-TestMode (Join-Path $machine.Directory 'keys' 'worker.key') | Should -Be '600'

        Send-TestCluster "start node $($machine.Directory)"
        Wait-TestUntil { @(Get-CadreNode -Name 'story*').State -eq 'ready' }

        $again = Install-CadreExtension -Ticket $ticket.Ticket @machine -Verbose 4>&1
        @($again)[-1].Changed | Should -BeFalse
        @($again)[-1].Made.Count | Should -Be 0
        @($again)[-1].Joined | Should -BeTrue
        "$again" | Should -BeLike '*nothing was changed*'
        Send-TestCluster "stop node $($machine.Directory)"
    }
    It 'joins with a ticket from a file' {
        $machine = Get-TestMachine 'from-file'
        $joined = New-CadreJoinTicket -NodeName 'from-file' -Address (Get-TestCluster).Address -Path (Join-Path $TestDrive 'from-file.ticket') | Install-CadreExtension @machine
        $joined.Joined | Should -BeTrue
        { Install-CadreExtension -TicketPath (Join-Path $TestDrive 'none') @machine } | Should -Throw '*no such file*' -ErrorId 'CadreNoInput,Install-CadreExtension'
    }
    It 'joins when the worker starts, with -Later' {
        $machine = Get-TestMachine 'later'
        $ticket = Get-TestTicket 'later'
        $joined = Install-CadreExtension -Ticket $ticket.Ticket -Later @machine
        $joined.Joined | Should -BeFalse
        (Install-CadreExtension -Ticket $ticket.Ticket -Later @machine).Changed | Should -BeFalse
        Send-TestCluster "start node $($machine.Directory)"
        Wait-TestUntil { @(Get-CadreNode -Name 'later*').State -eq 'ready' }
        Send-TestCluster "stop node $($machine.Directory)"
    }
    It 'does not wait for ever for a broker that is away' {
        $machine = Get-TestMachine 'alone'
        $ticket = Get-TestTicket 'alone'
        Send-TestCluster 'stop broker'
        try {
            $joined = Install-CadreExtension -Ticket $ticket.Ticket -TimeoutSec 1 @machine
            $joined.Joined | Should -BeFalse
            $joined.Why | Should -Not -BeNullOrEmpty
        }
        finally { Send-TestCluster 'start broker' }
        Wait-TestUntil { (Get-CadreStatus).Working }
        (Install-CadreExtension -Ticket $ticket.Ticket @machine).Joined | Should -BeTrue
    }
    It 'is refused with a ticket that was used, and with one that is none' {
        $ticket = Get-TestTicket 'once'
        $machine = Get-TestMachine 'once'
        ($ticket | Install-CadreExtension @machine).Joined | Should -BeTrue
        $other = Get-TestMachine 'twice'
        { $ticket | Install-CadreExtension @other -ErrorAction Stop } | Should -Throw -ErrorId 'CadreNotAllowed,Install-CadreExtension'
        $told = $ticket | Install-CadreExtension @other -ErrorAction SilentlyContinue -ErrorVariable refused
        $told.Joined | Should -BeFalse
        $refused[0].CategoryInfo.Category | Should -Be 'PermissionDenied'
        $none = & (Get-Module -Name 'Cadre') { ConvertTo-CadreSecret -Text 'no ticket' }
        { Install-CadreExtension -Ticket $none @other } | Should -Throw '*standard input*' -ErrorId 'CadreBadData,Install-CadreExtension'
    }
    It 'is refused where it is a copy of one that works, and says so; the first goes on' {
        $machine, $copy = (Get-TestMachine 'cloned'), (Get-TestMachine 'clone')
        $null = Get-TestTicket 'cloned' | Install-CadreExtension @machine -Start -WarningAction SilentlyContinue
        Wait-TestUntil { @(Get-CadreNode -Name 'cloned*').State -eq 'ready' }
        # Its files on another machine: the same key, and a spool of its own.
        $null = New-Item -ItemType Directory -Path (Join-Path $copy.Directory 'keys')
        foreach ($name in 'worker.key', 'worker.pub', 'server.pub') { [IO.File]::Copy((Join-Path $machine.Directory 'keys' $name), (Join-Path $copy.Directory 'keys' $name)) }
        $text = [IO.File]::ReadAllText((Join-Path $machine.Directory 'node.yaml'))
        $text.Contains($machine.SpoolPath) | Should -BeTrue
        [IO.File]::WriteAllText((Join-Path $copy.Directory 'node.yaml'), $text.Replace($machine.SpoolPath, $copy.SpoolPath).Replace($machine.Directory, $copy.Directory))
        $first, $second = (Join-Path $machine.Directory 'node.yaml'), (Join-Path $copy.Directory 'node.yaml')
        try {
            $started = Start-CadreService -Role Worker -Config $second -TimeoutSec 5 -WarningAction SilentlyContinue -ErrorAction SilentlyContinue -ErrorVariable refused
            $started.Running | Should -BeTrue -Because 'it waits: the first may go'
            $refused[0].FullyQualifiedErrorId | Should -Be 'CadreTryAgain,Start-CadreService'
            $refused[0].Exception.Message | Should -BeLike "*the key of node 'cloned' is in use by a living worker at *give each machine a key of its own*"
            @(Get-CadreNode -Name 'cloned*').State | Should -Be 'ready'
            (Get-CadreService -Role Worker -Config $first).Running | Should -BeTrue
            # A machine that was replaced: the first is gone for good.
            $null = Stop-CadreService -Role Worker -Config $first
            Wait-TestUntil { [IO.File]::ReadAllText((Get-CadreService -Role Worker -Config $second).Log).Contains(' welcome ') }
            @(Get-CadreNode -Name 'cloned*').State | Should -Be 'ready'
        }
        finally { foreach ($config in $first, $second) { $null = Stop-CadreService -Role Worker -Config $config } }
    }
    It 'is left as it is with -WhatIf' {
        $machine = Get-TestMachine 'planned'
        Get-TestTicket 'planned' | Install-CadreExtension @machine -WhatIf | Should -BeNullOrEmpty
        $machine.Directory | Should -Not -Exist
        (Get-CadreKey -Name 'planned').Role | Should -Be 'join'
    }
}

Describe 'The ticket' -Skip:(-not $env:CADRE_BUILD) {
    It 'is seen by nobody: not in arguments or environment, in no stream and in no file but the one that is for it' {
        $machine = Get-TestMachine 'silent'
        # Each call to the tool goes through a script that writes down what others could see of it.
        $seen = Join-Path $TestDrive 'seen'
        $spy = Join-Path $TestDrive 'cadre'
        Set-Content -LiteralPath $spy -Value "#!/bin/sh`ntr '\0' '\n' < /proc/`$`$/cmdline >> $seen`ntr '\0' '\n' < /proc/`$`$/environ >> $seen`nexec $((Get-TestCluster).Tool) `"`$@`""
        & '/bin/chmod' '+x' $spy
        $null = Connect-CadreCluster -Config (Get-TestCluster).Config -Tool $spy
        $temporary = $env:TMPDIR
        $env:TMPDIR = (New-Item -ItemType Directory -Path (Join-Path $TestDrive 'temporary')).FullName
        try {
            $told = @(Get-TestTicket 'silent' -Verbose *>&1)
            $ticket = $told | Where-Object { $_ -isnot [Management.Automation.VerboseRecord] }
            $told += $ticket | Install-CadreExtension @machine -Verbose *>&1
            $told += $ticket | Install-CadreExtension -Directory "$($machine.Directory)-2" -SpoolPath "$($machine.Directory)-2/spool" -Verbose *>&1
            Get-ChildItem -LiteralPath $env:TMPDIR | Should -BeNullOrEmpty
        }
        finally {
            $env:TMPDIR = $temporary
            $null = Connect-CadreCluster -Config (Get-TestCluster).Config -Tool (Get-TestCluster).Tool
        }
        $text = ConvertFrom-SecureString -SecureString $ticket.Ticket -AsPlainText
        $text.Length | Should -BeGreaterThan 80
        $spied = Get-Content -LiteralPath $seen -Raw
        $spied | Should -BeLike "*node`njoin*PATH=*" -Because 'else nothing was looked at'
        $all = $spied + ($told | ForEach-Object { "$_" }) + $Error
        $all.Contains($text) | Should -BeFalse
        $all.Contains($text.Substring($text.Length - 40)) | Should -BeFalse
        Get-ChildItem -LiteralPath $machine.Directory -Recurse -File | ForEach-Object { Get-Content -LiteralPath $_.FullName -Raw } | Should -Not -Match ([regex]::Escape($text))
    }
}

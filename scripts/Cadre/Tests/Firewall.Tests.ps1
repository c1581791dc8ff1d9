# Who may come to the broker's port: real rules of nftables, and real connections, in a network of two machines that is made for
# this alone (network namespaces). The rules of the machine itself are never touched; where namespaces cannot be made, skipped.

BeforeDiscovery {
    $nft = Get-Command -Name '/usr/sbin/nft' -CommandType Application -ErrorAction SilentlyContinue
    $tools = $null -ne $nft -and [IO.File]::Exists('/usr/bin/unshare') -and [IO.File]::Exists('/usr/bin/python3')
    $possible = $tools -and (& '/usr/bin/id' '-u') -eq '0' -and (& '/bin/sh' '-c' 'unshare -n /usr/sbin/nft list tables >/dev/null 2>&1 && echo yes') -eq 'yes'
    if (-not $possible) { [Console]::Error.WriteLine('Firewall.Tests.ps1 is skipped: it needs root, network namespaces, python3, iproute2 and nftables') }
}

Describe 'The firewall of the broker' -Skip:(-not $possible) {
    BeforeAll {
        Import-Module "$PSScriptRoot/../Cadre.psd1" -Force
        Import-Module "$PSScriptRoot/TestCluster.psm1" -Force
        $oldPath = $env:PATH

        # A machine with a network of its own, as long as its standard input is open.
        function Start-TestNetwork {
            [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'a test')]
            param([string] $Program)
            $start = [Diagnostics.ProcessStartInfo]::new('/usr/bin/unshare')
            foreach ($one in '-n', '/bin/sh', '-c', "ip link set lo up; echo ready; $Program") { $start.ArgumentList.Add($one) }
            $start.RedirectStandardInput = $true
            $start.RedirectStandardOutput = $true
            $process = [Diagnostics.Process]::Start($start)
            $null = $process.StandardOutput.ReadLine()
            $process
        }
        # Whoever connects gets a line. All addresses, so that lo is tried too.
        $listen = 'import socket,sys,threading
def serve(port):
    s = socket.create_server(("", port))
    sys.stdout.write("listening\n"); sys.stdout.flush()  # in one piece: there are two of us
    while True:
        c, _ = s.accept(); c.sendall(b"here"); c.close()
for port in (7171, 7172): threading.Thread(target=serve, args=(port,), daemon=True).start()
sys.stdin.read()'
        [IO.File]::WriteAllText((Join-Path $TestDrive 'listen.py'), $listen)
        $ask = 'import socket,sys
try:
    c = socket.create_connection((sys.argv[2], int(sys.argv[3])), 0.7, (sys.argv[1], 0)); print(c.recv(9).decode())
except OSError: print("dropped")'
        [IO.File]::WriteAllText((Join-Path $TestDrive 'ask.py'), $ask)
        $master = Start-TestNetwork "exec python3 $(Join-Path $TestDrive 'listen.py')"
        $other = Start-TestNetwork 'exec cat'
        $master.StandardOutput.ReadLine(), $master.StandardOutput.ReadLine() | Should -Be 'listening', 'listening'
        function Invoke-TestIn {
            param($Machine, [string[]] $Command)
            & '/usr/bin/nsenter' '-t' $Machine.Id '-n' @Command
        }
        Invoke-TestIn $master 'ip', 'link', 'add', 'm0', 'type', 'veth', 'peer', 'name', 'o0', 'netns', $other.Id
        foreach ($words in 'addr add 10.9.0.1/24 dev m0', 'link set m0 up') { Invoke-TestIn $master (@('ip') + $words.Split(' ')) }
        foreach ($words in 'addr add 10.9.0.2/24 dev o0', 'addr add 10.9.0.3/24 dev o0', 'link set o0 up') { Invoke-TestIn $other (@('ip') + $words.Split(' ')) }
        # What comes from an address of the other machine to the master.
        function Get-TestReach {
            param([string] $From, [int] $Port = 7171)
            Invoke-TestIn $other 'python3', (Join-Path $TestDrive 'ask.py'), $From, '10.9.0.1', "$Port"
        }
        # The module finds an nft that goes into the master's network.
        $bin = (New-Item -ItemType Directory -Path (Join-Path $TestDrive 'bin')).FullName
        [IO.File]::WriteAllText("$bin/nft", "#!/bin/sh`nexec nsenter -t $($master.Id) -n /usr/sbin/nft `"`$@`"`n")
        & '/bin/chmod' '755' "$bin/nft"
        $env:PATH = "$bin`:$env:PATH"
    }
    AfterAll {
        $env:PATH = $oldPath
        foreach ($one in $master, $other) { $one.StandardInput.Close(); $null = $one.WaitForExit(10000) }
    }

    It 'lets everybody in before, and changes nothing with -WhatIf' {
        Get-TestReach '10.9.0.2' | Should -Be 'here'
        Set-CadreFirewallRule -RemoteAddress '10.9.0.2' -WhatIf | Should -BeNullOrEmpty
        Invoke-TestIn $master '/usr/sbin/nft', 'list', 'ruleset' | Should -BeNullOrEmpty
        Get-TestReach '10.9.0.3' | Should -Be 'here'
    }
    It 'lets in who is named and nobody else, and looks at that port alone' {
        Invoke-TestIn $master '/usr/sbin/nft', 'add', 'table', 'inet', 'theirs'
        $set = Set-CadreFirewallRule -RemoteAddress '10.9.0.2', 'fd00::/64' -WarningVariable told -WarningAction SilentlyContinue
        $set.Manager | Should -Be 'nftables'
        $set.Changed | Should -BeTrue
        "$told" | Should -BeLike '*until this machine is started anew*'
        Get-TestReach '10.9.0.2' | Should -Be 'here'
        Get-TestReach '10.9.0.3' | Should -Be 'dropped'
        Get-TestReach '10.9.0.3' -Port 7172 | Should -Be 'here'
        Invoke-TestIn $master 'python3', (Join-Path $TestDrive 'ask.py'), '127.0.0.1', '127.0.0.1', '7171' | Should -Be 'here'
        Invoke-TestIn $master '/usr/sbin/nft', 'list', 'tables' | Should -Be 'table inet theirs', 'table inet cadre'
    }
    It 'is the same after a second time, which says so' {
        $rules = Invoke-TestIn $master '/usr/sbin/nft', '-a', 'list', 'ruleset'
        (Set-CadreFirewallRule -RemoteAddress 'fd00::/64', '10.9.0.2/32').Changed | Should -BeFalse
        Invoke-TestIn $master '/usr/sbin/nft', '-a', 'list', 'ruleset' | Should -Be $rules
    }
    It 'is made right again where somebody changed it, and by another list' {
        Invoke-TestIn $master '/usr/sbin/nft', 'insert rule inet cadre input tcp dport 7171 accept'
        Get-TestReach '10.9.0.3' | Should -Be 'here'
        (Set-CadreFirewallRule -RemoteAddress 'fd00::/64', '10.9.0.2' -WarningAction SilentlyContinue).Changed | Should -BeTrue
        Get-TestReach '10.9.0.3' | Should -Be 'dropped'
        (Set-CadreFirewallRule -RemoteAddress '10.9.0.3' -WarningAction SilentlyContinue).Changed | Should -BeTrue
        Get-TestReach '10.9.0.3' | Should -Be 'here'
        Get-TestReach '10.9.0.2' | Should -Be 'dropped'
        (Set-CadreFirewallRule -RemoteAddress '10.9.0.0/24' -WarningAction SilentlyContinue).Changed | Should -BeTrue
        Get-TestReach '10.9.0.2' | Should -Be 'here'
    }
    It 'refuses what nobody means: <address>' -TestCases @(@{ address = '10.9.0.2/24' }, @{ address = '0.0.0.0/0' }, @{ address = 'db.example' }, @{ address = '10.9' }, @{ address = '10.9.0.0/33' }) {
        { Set-CadreFirewallRule -RemoteAddress $address } | Should -Throw '*nothing was changed*' -ErrorId 'CadreUsage,Set-CadreFirewallRule'
        Get-TestReach '10.9.0.2' | Should -Be 'here'
    }
    It 'has rules for a database of their own, beside the broker''s' {
        Set-CadreFirewallRule -Role Database -RemoteAddress '10.9.0.3' -Port 7172 -WhatIf | Should -BeNullOrEmpty
        Get-TestReach '10.9.0.2' -Port 7172 | Should -Be 'here'
        $set = Set-CadreFirewallRule -Role Database -RemoteAddress '10.9.0.3' -Port 7172 -WarningVariable told -WarningAction SilentlyContinue
        $set.Changed | Should -BeTrue
        $set.Role | Should -Be 'Database'
        "$told" | Should -BeLike '*nft list table inet cadre_database*'
        Get-TestReach '10.9.0.3' -Port 7172 | Should -Be 'here'
        Get-TestReach '10.9.0.2' -Port 7172 | Should -Be 'dropped'
        Get-TestReach '10.9.0.2' | Should -Be 'here' -Because 'the broker has its own rules'
        (Set-CadreFirewallRule -Role Database -RemoteAddress '10.9.0.3' -Port 7172).Changed | Should -BeFalse
        (Set-CadreFirewallRule -RemoteAddress '10.9.0.0/24').Changed | Should -BeFalse -Because 'nobody touched those'
        (Remove-CadreFirewallRule -Role Database).Changed | Should -BeTrue
        Get-TestReach '10.9.0.2' -Port 7172 | Should -Be 'here'
        Invoke-TestIn $master '/usr/sbin/nft', 'list', 'tables' | Should -Contain 'table inet cadre'
    }
    It 'is taken away alone; a second time changes nothing' {
        Remove-CadreFirewallRule -WhatIf | Should -BeNullOrEmpty
        Invoke-TestIn $master '/usr/sbin/nft', 'list', 'tables' | Should -Contain 'table inet cadre'
        (Remove-CadreFirewallRule).Changed | Should -BeTrue
        Invoke-TestIn $master '/usr/sbin/nft', 'list', 'tables' | Should -Be 'table inet theirs'
        (Remove-CadreFirewallRule).Changed | Should -BeFalse
    }
    It 'leaves the rules to another manager that is active, and says what to do there' {
        [IO.File]::WriteAllText("$bin/ufw", "#!/bin/sh`necho 'Status: active'`n")
        & '/bin/chmod' '755' "$bin/ufw"
        try { $set = Set-CadreFirewallRule -RemoteAddress '10.9.0.0/24' -WarningVariable told -WarningAction SilentlyContinue }
        finally { [IO.File]::Delete("$bin/ufw") }
        $set.Manager | Should -Be 'ufw'
        $set.Changed | Should -BeFalse
        $set.ToDo | Should -Be 'ufw allow proto tcp from 10.9.0.0/24 to any port 7171'
        "$told" | Should -BeLike '*nothing was changed*ufw allow*'
        Invoke-TestIn $master '/usr/sbin/nft', 'list', 'tables' | Should -Be 'table inet theirs'
    }
}

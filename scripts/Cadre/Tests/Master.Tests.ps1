# A machine becomes a master, with a MariaDB of its own or one that is there, works, and is none any more. Nothing is there before;
# the services are processes of this machine, as the cluster's own user where root runs this.

BeforeAll {
    Import-Module "$PSScriptRoot/../Cadre.psd1" -Force
    Import-Module "$PSScriptRoot/TestCluster.psm1" -Force
    $homes = [Collections.Generic.List[string]]::new()
    if ($env:CADRE_BUILD) {
        $before = $env:PATH
        # Where the cluster's user may go: the build may lie in somebody's home.
        $bin = (& '/usr/bin/mktemp' '-d' '/tmp/cadre-master.XXXXXX')
        & '/bin/chmod' '755' $bin
        $homes.Add($bin)
        foreach ($program in 'cadre', 'cadre-broker', 'cadre-worker', 'cadre-guard') { [IO.File]::Copy("$env:CADRE_BUILD/bin/$program", "$bin/$program") }
        $env:PATH = "$bin`:$env:PATH"
    }

    # A machine that has nothing yet: how it is to be installed. Where another user may go: TestDrive is for one alone.
    function Get-TestMachine {
        param([switch] $Pages)
        $root = (& '/usr/bin/mktemp' '-d' '/tmp/cadre-master.XXXXXX')
        & '/bin/chmod' '755' $root
        $homes.Add($root)
        $machine = @{ Directory = "$root/etc"; DataPath = "$root/var"; Name = 'head'; Listen = "127.0.0.1:$(Get-TestPort)"; MonitorPort = 0 }
        if ($Pages) { $machine.MonitorPort = Get-TestPort }
        if ((& '/usr/bin/id' '-u') -eq '0') { $machine.Owner = 'nobody' }
        $machine
    }
    # That nobody listens on.
    function Get-TestPort {
        $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
        $listener.Start()
        try { $listener.LocalEndpoint.Port } finally { $listener.Stop() }
    }
    # All files with mode, size and what is in them; not what MariaDB and the services write by themselves.
    function Get-TestState {
        param([string] $Root)
        $all = foreach ($path in [IO.Directory]::GetFileSystemEntries($Root, '*', 'AllDirectories') | Sort-Object) {
            if ($path -like '*/mariadb/*' -or $path -like '*/spool/*' -or $path -like '*.log' -or $path -like '*.pid') { continue }
            $text = ''
            if ([IO.File]::Exists($path)) { $text = [IO.File]::ReadAllText($path) }
            "$path $(Get-TestMode $path) $text"
        }
        $all -join "`n"
    }
    function Stop-TestMaster {
        [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'a test')]
        param([string] $Config)
        foreach ($role in 'Worker', 'Broker', 'Database') { $null = Stop-CadreService -Role $role -Config $Config }
    }
    # What a job gives back.
    function Get-TestAnswer {
        param([string] $Config, [string] $Text)
        $null = Connect-CadreCluster -Config $Config -Tool "$bin/cadre"
        $letter = Join-Path $TestDrive 'letter'
        Set-Content -LiteralPath $letter -Value $Text
        (Submit-CadreJob -Path $letter -Engine echo -Wait).State
    }
}
AfterAll {
    foreach ($root in $homes) {
        # Whatever a test did: they are processes of their own, and would stay.
        if ([IO.File]::Exists("$root/etc/node.yaml")) { Stop-TestMaster "$root/etc/node.yaml" }
        if ([IO.Directory]::Exists($root)) { [IO.Directory]::Delete($root, $true) }
    }
    if ($env:CADRE_BUILD) { $env:PATH = $before }
}

Describe 'A master with a MariaDB of its own' -Skip:(-not $env:CADRE_BUILD) {
    BeforeAll {
        if ($env:CADRE_BUILD) {
            $machine = Get-TestMachine -Pages
            $config = "$($machine.Directory)/node.yaml"
            $root = Split-Path -Path $machine.Directory -Parent
        }
    }

    It 'is not made with -WhatIf' {
        Install-CadreMaster -WithMariaDB @machine -Start -WhatIf | Should -BeNullOrEmpty
        Get-TestState $root | Should -BeNullOrEmpty
    }
    It 'says where the database can be' {
        { Install-CadreMaster @machine } | Should -Throw '*--with-mariadb*' -ErrorId 'CadreUsage,Install-CadreMaster'
        Get-TestState $root | Should -BeNullOrEmpty
    }
    It 'is made, started and does a job' {
        $made = Install-CadreMaster -WithMariaDB @machine -Start -WarningVariable told -WarningAction SilentlyContinue
        $made.psobject.TypeNames | Should -Contain 'Cadre.Master'
        $made.Node | Should -Be 'head'
        $made.Changed | Should -BeTrue
        $made.Config | Should -Be $config
        @($made.Steps | Where-Object Changed).Count | Should -Be @($made.Made).Count
        $made.Services.Role | Should -Be 'Database', 'Broker', 'Worker'
        $made.Services.Running | Should -Be $true, $true, $true
        "$told" | Should -BeLike '*cadre-mariadb runs as a process, not by systemd*'
        @($made.Checks | Where-Object State -EQ 'failed') | Should -BeNullOrEmpty
        @($made.Checks).Count | Should -BeGreaterThan 8
        Get-TestAnswer $config 'to the master' | Should -Be 'done'
    }
    It 'shows the fingerprint that its doctor shows' {
        $made = Install-CadreMaster @machine
        (Test-CadreNode -Config $config | Where-Object Check -Like "*the broker's secret key").Found | Should -BeLike "*$($made.Fingerprint)*"
    }
    It 'runs as the user whom its files belong to' {
        $owner = & '/usr/bin/stat' '-c' '%u' $config
        foreach ($role in 'Database', 'Broker', 'Worker') {
            $service = Get-CadreService -Role $role -Config $config
            & '/usr/bin/stat' '-c' '%u' "/proc/$($service.ProcessId)" | Should -Be $owner
        }
    }
    It 'takes an extension that root installs for another user, and starts as that one' -Skip:((& '/usr/bin/id' '-u') -ne '0') {
        $null = Connect-CadreCluster -Config $config -Tool "$bin/cadre"
        $there = (Get-TestMachine).Directory
        $ticket = New-CadreJoinTicket -NodeName 'of-daemon' -Address "tcp://$($machine.Listen)"
        try {
            $made = $ticket | Install-CadreExtension -Directory $there -SpoolPath "$there/spool" -Owner 'daemon' -Start -WarningAction SilentlyContinue
            $made.Service.Running | Should -BeTrue
            & '/usr/bin/stat' '-c' '%U' "/proc/$($made.Service.ProcessId)" | Should -Be 'daemon'
            (Get-CadreNode -Name 'of-daemon').State | Should -Be 'ready'
        }
        finally { $null = Stop-CadreService -Role Worker -Config "$there/node.yaml" }
    }
    It 'is left as it is by a second run, which says so' {
        $state = Get-TestState $root
        $again = Install-CadreMaster -WithMariaDB @machine -Start -Verbose 4>&1
        $told = @($again | Where-Object { $_ -isnot [Management.Automation.VerboseRecord] })
        $told[0].Changed | Should -BeFalse
        $told[0].Made.Count | Should -Be 0
        $told[0].Services.Changed | Should -Be $false, $false, $false
        "$again" | Should -BeLike '*nothing was changed*'
        Get-TestState $root | Should -BeExactly $state
    }
    It 'gets its packages first, and a firewall that lets in its extensions alone; a second time changes nothing' -Skip:((& '/usr/bin/id' '-u') -ne '0') {
        # Debian's own programs, with another root and in a network of their own: nothing of it comes to this machine. What apt-get
        # would fetch besides is not there to be tried.
        $tools = (New-Item -ItemType Directory -Path (Join-Path $TestDrive 'tools')).FullName
        New-TestDpkgRoot "$TestDrive/root"
        $start = [Diagnostics.ProcessStartInfo]::new('/usr/bin/unshare')
        foreach ($one in '-n', '/bin/sh', '-c', 'echo ready; exec cat') { $start.ArgumentList.Add($one) }
        $start.RedirectStandardInput = $true
        $start.RedirectStandardOutput = $true
        $network = [Diagnostics.Process]::Start($start)
        $old = $env:PATH
        try {
            $network.StandardOutput.ReadLine() | Should -Be 'ready'
            $programs = @{
                'apt-get'    = "echo `"`$DEBIAN_FRONTEND `$1 `$2 `$3`"; shift 3; exec /usr/bin/dpkg --root='$TestDrive/root' --force-not-root --install `"`$@`""
                'dpkg-query' = "exec /usr/bin/dpkg-query --root='$TestDrive/root' `"`$@`""
                'nft'        = "exec nsenter -t $($network.Id) -n /usr/sbin/nft `"`$@`""
            }
            foreach ($name in $programs.Keys) {
                [IO.File]::WriteAllText("$tools/$name", "#!/bin/sh`n$($programs[$name])`n")
                & '/bin/chmod' '755' "$tools/$name"
            }
            $env:PATH = "$tools`:$env:PATH"
            $more = @{ Package = New-TestPackage $TestDrive '1.0'; RemoteAddress = '10.9.0.0/24' }
            Install-CadreMaster @machine @more -WhatIf | Should -BeNullOrEmpty
            "$TestDrive/root/usr/share/fleet/version" | Should -Not -Exist

            $made = Install-CadreMaster @machine @more -Verbose -WarningAction SilentlyContinue 4>&1
            "$made" | Should -BeLike '*noninteractive install --yes --no-install-recommends*'
            $made = @($made | Where-Object { $_ -isnot [Management.Automation.VerboseRecord] })[0]
            $made.Changed | Should -BeTrue
            $made.Packages | Should -Be 'fleet 1.0'
            "$TestDrive/root/usr/share/fleet/version" | Should -Exist
            $made.Firewall.Changed | Should -BeTrue
            "$($made.Firewall.Port)" | Should -Be ($machine.Listen -replace '.*:')
            $again = Install-CadreMaster @machine @more
            $again.Changed | Should -BeFalse
            $again.Packages.Count | Should -Be 0

            { Install-CadreMaster @machine -Package (New-TestPackage $TestDrive '1.2' "Depends: not-there`n") } |
                Should -Throw '*fleet 1.2 cannot be installed*not-there*' -ErrorId 'CadreNoOutput,Install-CadreMaster'
            $alone = $machine.Clone()
            $alone.Remove('Listen')
            { Install-CadreMaster @alone -RemoteAddress '10.9.0.0/24' } | Should -Throw '*-Listen*' -ErrorId 'CadreUsage,Install-CadreMaster'
        }
        finally {
            $env:PATH = $old
            $network.StandardInput.Close()
            $null = $network.WaitForExit(10000)
        }
    }
    It 'starts in another order, and while its database is away nothing that was accepted is lost' {
        Stop-TestMaster $config
        $worker = Start-CadreService -Role Worker -Config $config -TimeoutSec 1 -WarningAction SilentlyContinue -ErrorAction SilentlyContinue
        $broker = Start-CadreService -Role Broker -Config $config -TimeoutSec 1 -WarningAction SilentlyContinue -ErrorAction SilentlyContinue
        $worker.Running, $broker.Running | Should -Be $true, $true
        (Start-CadreService -Role Database -Config $config -WarningAction SilentlyContinue).Running | Should -BeTrue
        Wait-TestUntil { try { (Get-CadreStatus -ErrorAction Stop).NodesUp -eq 1 } catch { $false } } -TimeoutSec 60
        Get-TestAnswer $config 'again' | Should -Be 'done'
    }
    It 'says which schema is meant where its file names a wrong one' {
        $text = [IO.File]::ReadAllText($config)
        [IO.File]::WriteAllText($config, $text.Replace('database:', "database:`n  schema: carde"))
        try {
            $checks = Test-CadreNode -Config $config -ErrorAction SilentlyContinue
            ($checks | Where-Object { $_.Check -like '*database: schema*' -or $_.Check -eq 'database: schema' }).Found | Should -BeLike "*carde*cadre*"
            { Install-CadreMaster @machine } | Should -Throw '*database.schema: carde*' -ErrorId 'CadreConfiguration,Install-CadreMaster'
        }
        finally { [IO.File]::WriteAllText($config, $text) }
        (Install-CadreMaster @machine).Changed | Should -BeFalse
    }
    It 'is not taken away while jobs have not ended' {
        $letter = Join-Path $TestDrive 'late'
        Set-Content -LiteralPath $letter -Value 'later'
        $job = Submit-CadreJob -Path $letter -Engine nobody-offers-this
        { Uninstall-CadreMaster -Directory $machine.Directory -Confirm:$false } | Should -Throw '*have not ended*' -ErrorId 'CadreTryAgain,Uninstall-CadreMaster'
        (Get-CadreService -Role Broker -Config $config).Running | Should -BeTrue
        $null = $job | Stop-CadreJob -Confirm:$false
    }
    It 'keeps its data with -KeepData, and comes back as the same master' {
        $before = Install-CadreMaster @machine
        $job = (Get-CadreJob -State done | Select-Object -First 1).Job
        Uninstall-CadreMaster -Directory $machine.Directory -KeepData -WhatIf | Should -BeNullOrEmpty
        (Get-CadreService -Role Broker -Config $config).Running | Should -BeTrue
        $gone = Uninstall-CadreMaster -Directory $machine.Directory -KeepData -Confirm:$false
        $gone.Changed | Should -BeTrue
        $config | Should -Not -Exist
        "$($machine.Directory)/keys/server.key" | Should -Exist
        "$($machine.DataPath)/mariadb/data" | Should -Exist
        (Uninstall-CadreMaster -Directory $machine.Directory -KeepData -Confirm:$false).Changed | Should -BeFalse
        $back = Install-CadreMaster -WithMariaDB @machine -Start -WarningAction SilentlyContinue
        $back.Fingerprint | Should -Be $before.Fingerprint
        (Get-CadreJob -Id $job).State | Should -Be 'done'
    }
    It 'leaves nothing when it is taken away; a second time changes nothing' {
        $processes = foreach ($role in 'Database', 'Broker', 'Worker') { (Get-CadreService -Role $role -Config $config).ProcessId }
        $gone = Uninstall-CadreMaster -Directory $machine.Directory -Force -WarningVariable told
        $told | Should -BeNullOrEmpty
        $gone.Removed | Should -Contain $config
        [IO.Directory]::GetFileSystemEntries($root) | Should -BeNullOrEmpty
        # One that has ended and is not buried yet has no command line any more.
        $left = foreach ($one in $processes) { try { [IO.File]::ReadAllText("/proc/$one/cmdline") } catch [IO.IOException] { '' } }
        $left | Where-Object { $_ } | Should -BeNullOrEmpty
        (Uninstall-CadreMaster -Directory $machine.Directory -Force).Changed | Should -BeFalse
    }
}

Describe 'A set-up that was interrupted' -Skip:(-not $env:CADRE_BUILD) {
    It 'is gone on with by the next run' {
        $machine = Get-TestMachine
        # Interrupted where MariaDB's data directory is made: the tool is killed with what it had begun.
        $arguments = @('node', 'setup', '--with-mariadb', '--dir', $machine.Directory, '--data', $machine.DataPath, '--name', 'head', '--listen', $machine.Listen, '--monitor-port', '0')
        if ($machine.ContainsKey('Owner')) { $arguments += '--owner', $machine.Owner }
        $start = [Diagnostics.ProcessStartInfo]::new("$bin/cadre")
        foreach ($one in $arguments) { $start.ArgumentList.Add($one) }
        $start.RedirectStandardError = $true
        $process = [Diagnostics.Process]::Start($start)
        while (($line = $process.StandardError.ReadLine()) -and $line -notlike '*option file*') { $null = $line }
        $process.Kill()
        $process.WaitForExit()
        "$($machine.Directory)/node.yaml" | Should -Not -Exist
        $resumed = Install-CadreMaster -WithMariaDB @machine -Start -WarningAction SilentlyContinue
        $resumed.Made | Should -Not -Contain "key $($machine.Directory)/keys/server.key"
        $resumed.Changed | Should -BeTrue
        Get-TestAnswer $resumed.Config 'resumed' | Should -Be 'done'
        (Uninstall-CadreMaster -Directory $machine.Directory -Force).Changed | Should -BeTrue
    }
}

Describe 'A master with a MariaDB that is there' -Skip:(-not $env:CADRE_BUILD) {
    BeforeAll { if ($env:CADRE_BUILD) { $server = Enter-TestDatabase } }
    AfterAll { if ($env:CADRE_BUILD) { Exit-TestCluster } }

    It 'is made, works, and leaves the server alone when it goes' {
        $machine = Get-TestMachine
        # The directory of that server is its user's alone; the socket is for everybody who may enter.
        & '/bin/chmod' '755' (Split-Path -Path $server.Socket -Parent)
        $made = Install-CadreMaster -Socket $server.Socket @machine -Start -WarningAction SilentlyContinue
        $made.Database.Own | Should -BeFalse
        $made.Services.Role | Should -Be 'Broker', 'Worker'
        @($made.Checks | Where-Object State -EQ 'failed') | Should -BeNullOrEmpty
        Get-TestAnswer $made.Config 'by socket' | Should -Be 'done'
        $null = Uninstall-CadreMaster -Directory $machine.Directory -Force -WarningVariable told -WarningAction SilentlyContinue
        "$told" | Should -BeLike "*database 'cadre' stays*"
        & '/usr/bin/mariadb' '--no-defaults' "--socket=$($server.Socket)" '-N' '-B' '-e' 'SELECT COUNT(*) FROM cadre.job' | Should -Be '1'
    }
}

Describe 'A master whose database is elsewhere' -Skip:(-not $env:CADRE_BUILD) {
    BeforeEach {
        $server = Enter-TestServer
        Send-TestCluster 'start'
        function Get-TestRow {
            param([string] $Sql)
            & '/usr/bin/mariadb' '--no-defaults' "--socket=$($server.Socket)" '-N' '-B' '-e' $Sql
        }
    }
    AfterEach { Exit-TestCluster }

    It 'is made with statements for its administrator, waits for them, and works' {
        $machine = Get-TestMachine
        $sql = Join-Path $TestDrive 'elsewhere.sql'
        $place = @{ Database = "127.0.0.1:$($server.Port)"; SqlPath = $sql }
        $made = Install-CadreMaster @place @machine -WarningAction SilentlyContinue
        $made.Database.Ready, $made.Database.Own, $made.Database.Place | Should -Be $false, $false, "127.0.0.1:$($server.Port)"
        "$($made.ToDo)" | Should -BeLike "*give $sql to the administrator*"
        Get-TestMode $sql | Should -Be '600'
        Get-TestRow "SHOW DATABASES LIKE 'cadre'" | Should -BeNullOrEmpty
        Get-TestRow "source $sql"
        $works = Install-CadreMaster @place @machine -Start -WarningAction SilentlyContinue
        $works.Database.Ready | Should -BeTrue
        $works.ToDo.Count | Should -Be 0
        @($works.Checks | Where-Object State -EQ 'failed') | Should -BeNullOrEmpty
        Get-TestAnswer $works.Config 'from afar' | Should -Be 'done'
        Get-TestRow 'SELECT COUNT(*) FROM cadre.job' | Should -Be '1'
        (Install-CadreMaster @place @machine).Changed | Should -BeFalse
        $null = Uninstall-CadreMaster -Directory $machine.Directory -Force -WarningAction SilentlyContinue
    }
    It 'is made where an extension hosts it, and the extension purges' {
        & '/bin/chmod' '755' (Split-Path -Path $server.Socket -Parent)
        # There: the server listens at the extension's address. Loopback addresses stand for those of the cluster.
        (Set-CadreDatabaseOption -BindAddress '127.0.0.2' -Socket $server.Socket).InForce | Should -BeTrue
        $word = "boss-$([guid]::NewGuid())"
        foreach ($statement in "CREATE USER boss@127.0.0.1 IDENTIFIED BY '$word'", 'GRANT ALL ON *.* TO boss@127.0.0.1 WITH GRANT OPTION') { Get-TestRow $statement }
        $credential = [pscredential]::new('boss', (& (Get-Module -Name 'Cadre') { param($Text) ConvertTo-CadreSecret -Text $Text } $word))
        # On the master, with the administrator's account there.
        $machine = Get-TestMachine
        $place = @{ Database = "127.0.0.2:$($server.Port)"; DatabaseCredential = $credential }
        $made = Install-CadreMaster @place @machine -WarningAction SilentlyContinue
        $made.Database.Ready | Should -BeTrue
        # What the distance does by itself: this machine is not the database's.
        [IO.File]::AppendAllText($made.Config, "purge:`n  records: never`n")
        $works = Install-CadreMaster @place @machine -Start -WarningAction SilentlyContinue
        @($works.Checks | Where-Object State -EQ 'failed') | Should -BeNullOrEmpty
        # And the extension: a node as any other, with the account that purges, at its own socket.
        $null = Connect-CadreCluster -Config $made.Config -Tool "$bin/cadre"
        $there = Join-Path (Split-Path -Path $machine.Directory -Parent) 'ext'
        $joined = New-CadreJoinTicket -NodeName 'ext' -Address "tcp://$($machine.Listen)" | Install-CadreExtension -Directory $there -SpoolPath "$there/spool"
        $joined.Joined | Should -BeTrue
        [IO.File]::Copy("$($machine.Directory)/keys/cadre_purge.password", "$there/keys/cadre_purge.password")
        [IO.File]::AppendAllText($joined.Config, "purge:`n  socket: $($server.Socket)`n  password_file: keys/cadre_purge.password`n")
        try {
            $null = Start-CadreService -Role Worker -Config $joined.Config -WarningAction SilentlyContinue
            @(Test-CadreNode -Config $joined.Config | Where-Object Check -EQ 'purge: rights').State | Should -Be 'ok'
            Get-TestAnswer $made.Config 'kept over there' | Should -Be 'done'
            $null = & "$bin/cadre" '--config' $made.Config 'cleanup' 'run' 2>&1
            $LASTEXITCODE | Should -Be 0
            Get-TestRow "SELECT DISTINCT node FROM cadre.cleanup_run WHERE ok AND duty = 'cleanup/records'" | Should -Be 'ext'
        }
        finally { $null = Stop-CadreService -Role Worker -Config $joined.Config }
        $null = Uninstall-CadreMaster -Directory $machine.Directory -Force -WarningAction SilentlyContinue
    }
}

Describe 'Secrets of a set-up' -Skip:(-not $env:CADRE_BUILD) {
    BeforeAll { if ($env:CADRE_BUILD) { $server = Enter-TestDatabase } }
    AfterAll { if ($env:CADRE_BUILD) { Exit-TestCluster } }

    It 'are seen by nobody: not in arguments, environment, streams, logs, nor in any file that others may read' {
        $machine = Get-TestMachine
        & '/bin/chmod' '755' (Split-Path -Path $server.Socket -Parent)
        $password = "boss-$([guid]::NewGuid())"
        foreach ($sql in "CREATE USER boss@localhost IDENTIFIED BY '$password'", 'GRANT ALL ON *.* TO boss@localhost WITH GRANT OPTION') {
            & '/usr/bin/mariadb' '--no-defaults' "--socket=$($server.Socket)" '-e' $sql
        }
        $secret = & (Get-Module -Name 'Cadre') { param($Text) ConvertTo-CadreSecret -Text $Text } $password
        $credential = [pscredential]::new('boss', $secret)

        # While it runs, everything that others could see of any process of this machine.
        $seen = Join-Path $TestDrive 'seen'
        $watch = [Diagnostics.ProcessStartInfo]::new('/bin/sh')
        foreach ($one in '-c', 'while :; do cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr "\0" "\n" | sort -u >>"$0"; done', $seen) { $watch.ArgumentList.Add($one) }
        $watcher = [Diagnostics.Process]::Start($watch)
        try {
            Wait-TestUntil { [IO.File]::Exists($seen) -and [IO.FileInfo]::new($seen).Length -gt 0 }
            $told = @(Install-CadreMaster -Socket $server.Socket -DatabaseCredential $credential @machine -Start -Verbose *>&1)
            $null = Get-TestAnswer "$($machine.Directory)/node.yaml" 'watched'
        }
        finally {
            $watcher.Kill()
            $watcher.WaitForExit()
        }
        $keys = "$($machine.Directory)/keys"
        $secrets = @($password) + @([IO.Directory]::GetFiles($keys) | Where-Object { $_ -like '*.key' -or $_ -like '*.password' } | ForEach-Object { [IO.File]::ReadAllText($_).Trim() })
        # As root the daemons have a user of their own, and the members of his group a key.
        $members = @()
        if ((& '/usr/bin/id' '-u') -eq '0') { $members = @("$keys/members.key") }
        $secrets.Count | Should -Be (8 + $members.Count)
        $spied = [IO.File]::ReadAllText($seen)
        $spied.Contains('setup') | Should -BeTrue -Because 'else it was not looked at while it ran'
        $spied.Contains('--admin-user') | Should -BeTrue
        $places = [ordered] @{ 'arguments and environment' = $spied; 'streams' = ($told | ForEach-Object { "$_" }) -join "`n"; 'errors' = "$Error" }
        $root = Split-Path -Path $machine.Directory -Parent
        foreach ($file in [IO.Directory]::GetFiles($root, '*', 'AllDirectories')) {
            if ($file -like '*/spool/lock') { continue }  # the worker holds it
            if ($file -notlike '*.key' -and $file -notlike '*.password') { $places[$file] = [Text.Encoding]::Latin1.GetString([IO.File]::ReadAllBytes($file)) }
            elseif ($file -in $members) { Get-TestMode $file | Should -Be '640' }
            else { Get-TestMode $file | Should -Be '600' }
        }
        $found = foreach ($place in $places.Keys) { foreach ($one in $secrets) { if ($places[$place].Contains($one)) { $place } } }
        $found | Should -BeNullOrEmpty
        $null = Uninstall-CadreMaster -Directory $machine.Directory -Force -WarningAction SilentlyContinue
    }
    It 'are in no transcript' {
        if ($null -eq (Get-Command -Name 'Start-Transcript' -ErrorAction Ignore)) {
            Set-ItResult -Skipped -Because 'there is no Start-Transcript here: it is in the program pwsh, not in the engine'
            return
        }
        $machine = Get-TestMachine
        & '/bin/chmod' '755' (Split-Path -Path $server.Socket -Parent)
        $password = "teller-$([guid]::NewGuid())"
        foreach ($sql in "CREATE USER teller@localhost IDENTIFIED BY '$password'", 'GRANT ALL ON *.* TO teller@localhost WITH GRANT OPTION') {
            & '/usr/bin/mariadb' '--no-defaults' "--socket=$($server.Socket)" '-e' $sql
        }
        $phrase = "correct horse $([guid]::NewGuid())"
        $given = @{ password = $password; phrase = $phrase }
        foreach ($name in $given.Keys) {
            Set-Content -LiteralPath (Join-Path $TestDrive $name) -Value $given[$name] -NoNewline
            & '/bin/chmod' '600' (Join-Path $TestDrive $name)
        }
        # A session of its own that is recorded: Pester would take what is shown.
        $story = Join-Path $TestDrive 'story.ps1'
        Set-Content -LiteralPath $story -Value @'
param($Module, $Machine, $Socket, $Place)
$ErrorActionPreference = 'Stop'
$VerbosePreference, $DebugPreference = 'Continue', 'Continue'
$machine = ConvertFrom-Json -InputObject ([IO.File]::ReadAllText($Machine)) -AsHashtable
$null = Start-Transcript -LiteralPath "$Place/transcript" -IncludeInvocationHeader
Import-Module $Module -Verbose:$false
$word = ConvertTo-SecureString -String ([IO.File]::ReadAllText("$Place/password")) -AsPlainText -Force
$phrase = ConvertTo-SecureString -String ([IO.File]::ReadAllText("$Place/phrase")) -AsPlainText -Force
Install-CadreMaster -Socket $Socket -DatabaseCredential ([pscredential]::new('teller', $word)) @machine -Start
$config = "$($machine.Directory)/node.yaml"
Copy-Item -Path "$($machine.Directory)/keys" -Destination "$Place/keys-before" -Recurse
Connect-CadreCluster -Config $config
$ticket = New-CadreJoinTicket -NodeName 'recorded' -Address "tcp://$($machine.Listen)"
$ticket
[IO.File]::WriteAllText("$Place/ticket", (ConvertFrom-SecureString -SecureString $ticket.Ticket -AsPlainText))
$ticket | Install-CadreExtension -Directory "$Place/recorded" -SpoolPath "$Place/recorded/spool"
Get-CadreKey
Update-CadreDatabasePassword -Config $config
Update-CadreDatabasePassword -Config $config -Finish
Backup-CadreMaster -Path "$Place/backup" -Passphrase $phrase -Config $config
try { Install-CadreExtension -Ticket $ticket.Ticket -Directory "$Place/again" -SpoolPath "$Place/again/spool" } catch { $_ | Format-List -Force }
Stop-Transcript
'@
        ConvertTo-Json -InputObject $machine | Set-Content -LiteralPath (Join-Path $TestDrive 'machine.json')
        $shown = & @(Get-Command -Name 'pwsh' -CommandType Application)[0].Source '-NoProfile' '-NonInteractive' '-File' $story (Join-Path $PSScriptRoot '..' 'Cadre.psd1') (Join-Path $TestDrive 'machine.json') $server.Socket "$TestDrive" 2>&1
        $LASTEXITCODE | Should -Be 0 -Because "$shown"
        $recorded = [IO.File]::ReadAllText((Join-Path $TestDrive 'transcript'))
        foreach ($sign in '*cadre --json*node setup*', '*node ticket*', '*db rotate*--finish*', '*SecureString*', '*backup*') { $recorded | Should -BeLike $sign -Because 'else it was not recorded' }
        $files = @('password', 'phrase', 'ticket' | ForEach-Object { Join-Path $TestDrive $_ })
        foreach ($place in (Join-Path $TestDrive 'keys-before'), "$($machine.Directory)/keys", (Join-Path $TestDrive 'recorded' 'keys')) {
            $files += [IO.Directory]::GetFiles($place) | Where-Object { $_ -like '*.key' -or $_ -like '*.password' }
        }
        $files.Count | Should -BeGreaterThan 18
        $leaked = foreach ($file in $files) { if ($recorded.Contains([IO.File]::ReadAllText($file).Trim())) { $file } }
        $leaked | Should -BeNullOrEmpty
        $null = Uninstall-CadreMaster -Directory $machine.Directory -Force -WarningAction SilentlyContinue
    }
}

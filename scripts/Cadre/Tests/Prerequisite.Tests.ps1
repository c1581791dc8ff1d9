# A machine before anything is installed on it: what it lacks, and the cure. Against real listeners, files and programs of this machine;
# rooms, clocks and users that this machine has not got are told to what judges them.

BeforeDiscovery {
    $root = (& '/usr/bin/id' '-u') -eq '0'
}

BeforeAll {
    Import-Module "$PSScriptRoot/../Cadre.psd1" -Force
    function Get-TestCheck {
        param([string] $Name, [hashtable] $Argument)
        Test-CadrePrerequisite @Argument -ErrorAction SilentlyContinue | Where-Object Check -EQ $Name
    }
    # A listener on loopback, at a port that was free.
    function Enter-TestListener {
        param([Net.IPAddress] $Address = [Net.IPAddress]::Loopback)
        $listener = [Net.Sockets.TcpListener]::new($Address, 0)
        $listener.Start()
        $listener
    }
    function Get-TestPort {
        $listener = Enter-TestListener -Address ([Net.IPAddress]::Any)
        $listener.LocalEndpoint.Port
        $listener.Stop()
    }
    $place = @{ Path = (Join-Path $TestDrive 'etc'), (Join-Path $TestDrive 'data/cadre') }
    $order = 'system', 'processor', 'powershell', 'account', 'systemd', 'user', 'packages', 'tool', 'mariadb', 'port', 'master', 'database', 'disk', 'memory', 'clock'
    $module = Get-Module -Name 'Cadre'
}

Describe 'A machine that is to be something' {
    It 'is looked at in the same order, as a <role>, and nothing is made' -TestCases @(@{ role = 'Master' }, @{ role = 'Extension' }, @{ role = 'Client' }) {
        $checks = @(Test-CadrePrerequisite -Role $role @place -Port (Get-TestPort) -ErrorAction SilentlyContinue)
        $checks.Check | Should -Be $order
        $checks | ForEach-Object {
            $_.psobject.TypeNames | Should -Contain 'Cadre.Check'
            $_.State | Should -BeIn 'ok', 'warning', 'failed', 'skipped'
            $_.Found | Should -Not -BeNullOrEmpty
            [bool] $_.Cure | Should -Be ($_.State -in 'warning', 'failed') -Because "$($_.Check) is $($_.State): '$($_.Cure)'"
        }
        $place.Path | ForEach-Object { $_ | Should -Not -Exist }
    }
    It 'does not need the tool: then it comes with the package' {
        $tool = & (Get-Module -Name 'Cadre') { $script:Connection }
        $path = $env:PATH
        try {
            & $module { $script:Connection = $null }
            $env:PATH = (New-Item -ItemType Directory -Path (Join-Path $TestDrive 'bin')).FullName
            (Get-TestCheck 'tool' @{ Role = 'Client' }).State | Should -Be 'skipped'
            Set-Content -LiteralPath "$env:PATH/cadre" -Value "#!/bin/sh`necho cadre 0.0.1"
            & '/bin/chmod' '755' "$env:PATH/cadre"
            $check = Get-TestCheck 'tool' @{ Role = 'Client' }
            $check.State | Should -Be 'warning'
            $check.Found | Should -BeLike '*cadre 0.0.1; this module is*'
            Set-Content -LiteralPath "$env:PATH/cadre" -Value "#!/bin/sh`necho a library is missing >&2; exit 127"
            $check = Get-TestCheck 'tool' @{ Role = 'Client' }
            $check.State | Should -Be 'failed'
            $check.Found | Should -BeLike '*a library is missing*'
        }
        finally {
            $env:PATH = $path
            & $module { param($Tool) $script:Connection = $Tool } $tool
        }
    }
    It 'names packages that are not installed, with the command' {
        $bin = (New-Item -ItemType Directory -Path (Join-Path $TestDrive 'dpkg')).FullName
        Set-Content -LiteralPath "$bin/dpkg-query" -Value "#!/bin/sh`nprintf 'cadre 0.1.0 installed\ncadre-worker 0.1.0 config-files\n'; exit 1"
        & '/bin/chmod' '755' "$bin/dpkg-query"
        $path = $env:PATH
        try {
            $env:PATH = "${bin}:$path"
            $check = Get-TestCheck 'packages' (@{ Role = 'Master'; Port = (Get-TestPort) } + $place)
        }
        finally { $env:PATH = $path }
        $check.State | Should -Be 'warning'
        $check.Found | Should -Be 'not installed: cadre-broker, cadre-worker'
        $check.Cure | Should -BeLike 'apt-get install*./cadre-broker_*.deb ./cadre-worker_*.deb'
    }
    It 'fails where who runs this may not write' -Skip:$root {
        $check = Get-TestCheck 'account' @{ Role = 'Extension' }
        $check.State | Should -Be 'failed'
        $check.Cure | Should -BeLike '*as root*'
        (Get-TestCheck 'account' (@{ Role = 'Extension' } + $place)).State | Should -Be 'ok'
    }
    It 'fails where even root may not write' -Skip:(-not $root) {
        # /proc is nobody's to make a directory in.
        $check = Get-TestCheck 'account' @{ Role = 'Extension'; Path = '/proc/1/nowhere' }
        if ($check.State -eq 'ok') {
            Set-ItResult -Skipped -Because 'access(2) lets root write everywhere here'
            return
        }
        $check.State | Should -Be 'failed'
        $check.Found | Should -BeLike '*may not write /proc/1*'
    }
    It 'is one that Cadre has been tried on, or a warning says which is' {
        $file = Join-Path $TestDrive 'os-release'
        Set-Content -LiteralPath $file -Value 'PRETTY_NAME="Another"', 'ID=another', 'VERSION_ID="9"'
        $told = & $module { param($File) Get-CadreMachineCheck -Role 'Client' -Path '/tmp' -ReleaseFile $File } $file
        ($told | Where-Object Check -EQ 'system').State | Should -Be 'warning'
        ($told | Where-Object Check -EQ 'system').Found | Should -Be 'another 9'
        Set-Content -LiteralPath $file -Value 'ID=debian', 'VERSION_ID="12"'
        $told = & $module { param($File) Get-CadreMachineCheck -Role 'Client' -Path '/tmp' -ReleaseFile $File } $file
        ($told | Where-Object Check -EQ 'system').State | Should -Be 'ok'
    }
}

Describe 'A port' {
    It 'that is free is seen by taking it, and is free afterwards' {
        $port = Get-TestPort
        (Get-TestCheck 'port' (@{ Role = 'Master'; Port = $port } + $place)).State | Should -Be 'ok'
        $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Any, $port)
        $listener.Start()
        $listener.Stop()
    }
    It 'that somebody has fails, also where it is had on one address alone; and it is what is to be mended first' {
        $listener = Enter-TestListener
        try {
            $port = $listener.LocalEndpoint.Port
            $told = @(Test-CadrePrerequisite -Role Master @place -Database "127.0.0.1:$port" -Port $port -ErrorVariable 'why' -ErrorAction SilentlyContinue)
            $check = $told | Where-Object Check -EQ 'port'
            $check.State | Should -Be 'failed'
            $check.Found | Should -BeLike "$port is taken, by *"
            ($told | Where-Object Check -EQ 'database').State | Should -Be 'ok'
            ($told | Where-Object Check -EQ 'mariadb').State | Should -Be 'skipped'
            $why[-1].FullyQualifiedErrorId | Should -Be 'CadreNotSo,Test-CadrePrerequisite'
            $first = @($told | Where-Object State -EQ 'failed')[0]
            "$($why[-1])" | Should -BeLike "first to mend: $($first.Check): *"
            { Test-CadrePrerequisite -Role Master @place -Port $port -ErrorAction Stop } | Should -Throw -ErrorId 'CadreNotSo,Test-CadrePrerequisite'
        }
        finally { $listener.Stop() }
    }
    It 'is wanted of a master alone' { (Get-TestCheck 'port' (@{ Role = 'Extension' } + $place)).State | Should -Be 'skipped' }
}

Describe 'A way' {
    It 'is ok where its name is resolved and somebody takes the connection' {
        $listener = Enter-TestListener
        try {
            $check = Get-TestCheck 'master' (@{ Role = 'Extension'; Master = "localhost:$($listener.LocalEndpoint.Port)" } + $place)
            $check.State | Should -Be 'ok'
            $check.Found | Should -BeLike '*127.0.0.1*takes connections*'
            $listener.Pending() | Should -BeTrue -Because 'a real connection was made'
            (Get-TestCheck 'master' (@{ Role = 'Extension'; Master = "tcp://127.0.0.1:$($listener.LocalEndpoint.Port)" } + $place)).State | Should -Be 'ok'
        }
        finally { $listener.Stop() }
    }
    It 'fails where nobody listens, and where there is no such name; each says which' {
        $check = Get-TestCheck 'master' (@{ Role = 'Extension'; Master = "127.0.0.1:$(Get-TestPort)" } + $place)
        $check.State | Should -Be 'failed'
        $check.Found | Should -BeLike '*takes no connection*refused*'
        $check = Get-TestCheck 'database' (@{ Role = 'Extension'; Database = 'nowhere.invalid:3306' } + $place)
        $check.State | Should -Be 'failed'
        $check.Found | Should -BeLike '*nowhere.invalid is not resolved*'
    }
    It 'that was not named is skipped, and one that is none is refused' {
        (Get-TestCheck 'master' (@{ Role = 'Extension' } + $place)).State | Should -Be 'skipped'
        { Test-CadrePrerequisite -Role Extension -Master 'master' } | Should -Throw -ErrorId 'ParameterArgumentValidationError,Test-CadrePrerequisite'
    }
}

Describe 'What a machine has' {
    It 'is read from the machine' {
        $fact = & $module { param($Path) Get-CadreMachineFact -Path $Path } $place.Path[1]
        $fact.Free | Should -BeGreaterThan 0
        $fact.Available | Should -BeGreaterThan 0
        $fact.Memory | Should -BeGreaterOrEqual $fact.Available
    }
    It '<free> bytes for a <role>: <state>' -TestCases @(
        @{ role = 'Extension'; own = $false; free = 10GB; state = 'ok'; words = '10 GiB free*wanted 4.25 GiB = 4 GiB worker.spool_max + 256 MiB worker.free_low' }
        @{ role = 'Extension'; own = $false; free = 4GB; state = 'warning'; words = '4 GiB free*wanted 4.25 GiB*' }
        @{ role = 'Extension'; own = $false; free = 255MB; state = 'failed'; words = '255 MiB free*less than 256 MiB no work is taken' }
        @{ role = 'Master'; own = $true; free = 6GB; state = 'warning'; words = '*wanted 6.75 GiB = *2 GiB policy.free_space_min + 512 MiB MariaDB''s redo log' }
        @{ role = 'Master'; own = $true; free = 2GB; state = 'failed'; words = '*less than 2.75 GiB*' }
    ) {
        $told = & $module { param($Role, $Free, $Own) Get-CadreRoomCheck -Role $Role -Path '/d' -Free $Free -Memory 8GB -Available 7GB -OwnDatabase:$Own } $role $free $own
        $told[0].State | Should -Be $state
        $told[0].Found | Should -BeLike $words
        $told[1].State | Should -Be 'ok'
    }
    It 'is a warning where memory does not reach' {
        $told = & $module { Get-CadreRoomCheck -Role 'Master' -Path '/d' -Free 9GB -Memory 2GB -Available 1000MB -OwnDatabase }
        $told[1].State | Should -Be 'warning'
        $told[1].Found | Should -BeLike '*up to 1 GiB = 256 MiB reports of the worker + 256 MiB policy.body_memory + 512 MiB MariaDB*'
    }
    It 'has a clock that is kept (<daemon>, <synchronised>): <state>' -TestCases @(
        @{ daemon = @('chronyd'); synchronised = 'yes'; state = 'ok' }
        @{ daemon = @(); synchronised = 'yes'; state = 'ok' }
        @{ daemon = @('ntpd'); synchronised = 'no'; state = 'warning' }
        @{ daemon = @('chronyd'); synchronised = ''; state = 'warning' }
        @{ daemon = @(); synchronised = ''; state = 'warning' }
    ) {
        (& $module { param($Daemon, $Is) Get-CadreClockCheck -Daemon $Daemon -Synchronised $Is } $daemon $synchronised).State | Should -Be $state
    }
    It 'has a user that is nobody''s: "<entry>" is <state>' -TestCases @(
        @{ entry = ''; state = 'ok' }
        @{ entry = 'cadre:x:998:998:Cadre:/var/lib/cadre:/usr/sbin/nologin'; state = 'ok' }
        @{ entry = 'cadre:x:1000:1000:A person:/home/cadre:/bin/bash'; state = 'warning' }
        @{ entry = 'cadre:x:0:0::/root:/bin/bash'; state = 'failed' }
    ) {
        (& $module { param($Entry) Get-CadreUserCheck -Entry $Entry } $entry).State | Should -Be $state
    }
    It 'has a MariaDB that will do, or it fails' {
        $program = Join-Path $TestDrive 'mariadbd'
        foreach ($case in @('mariadbd  Ver 10.11.6-MariaDB-0+deb12u1 for debian-linux-gnu', 'ok'), @('mariadbd  Ver 10.5.1-MariaDB for Linux', 'failed'), @('mysqld  Ver 8.0.36 for Linux', 'failed')) {
            Set-Content -LiteralPath $program -Value "#!/bin/sh`necho '$($case[0])'"
            & '/bin/chmod' '755' $program
            $check = & $module { param($Program) Get-CadreServerCheck -Program $Program } $program
            $check.State | Should -Be $case[1] -Because $case[0]
        }
    }
}

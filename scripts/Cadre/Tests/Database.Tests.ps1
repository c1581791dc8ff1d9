# MariaDB: the schema and its accounts, the server's option file, which machines an account is for, the documented grant. On a
# real server in which nothing of ours has been made.

BeforeAll {
    Import-Module "$PSScriptRoot/../Cadre.psd1" -Force
    Import-Module "$PSScriptRoot/TestCluster.psm1" -Force
    if ($env:CADRE_BUILD) { $null = Enter-TestDatabase }

    # A master's directory: its file, for that server, and the public key of an administrator.
    function Get-TestMaster {
        param([string] $Schema, [string] $Lines = "  socket: $((Get-TestCluster).Socket)`n  password_file: keys/db.password")
        $root = Join-Path $TestDrive $Schema
        $null = New-Item -ItemType Directory -Path (Join-Path $root 'keys')
        Set-Content -LiteralPath (Join-Path $root 'master.yaml') -Value "role: master`nname: master`ndatabase:`n  schema: $Schema`n$Lines"
        $null = & (Get-TestCluster).Tool 'key' 'new' (Join-Path $root 'keys' 'admin.key') 2>&1
        @{ Root = $root; Config = Join-Path $root 'master.yaml'; AdminKeyPath = Join-Path $root 'keys' 'admin.pub' }
    }
    # What the server answers, a line for each row.
    function Get-TestRow {
        param([string] $Sql)
        & '/usr/bin/mariadb' '--no-defaults' "--socket=$((Get-TestCluster).Socket)" '-N' '-B' '-e' $Sql
    }
}
AfterAll { if ($env:CADRE_BUILD) { Exit-TestCluster } }

Describe 'The database' -Skip:(-not $env:CADRE_BUILD) {
    It 'is made with its accounts and keys; a second time changes nothing' {
        $master = Get-TestMaster 'made'
        Initialize-CadreDatabase -Config $master.Config -AdminKeyPath $master.AdminKeyPath -WhatIf | Should -BeNullOrEmpty
        Get-TestRow "SHOW DATABASES LIKE 'made'" | Should -BeNullOrEmpty
        Join-Path $master.Root 'keys' 'db.password' | Should -Not -Exist
        $made = Initialize-CadreDatabase -Config $master.Config -AdminKeyPath $master.AdminKeyPath
        $made.Schema | Should -Be 'made'
        $made.psobject.TypeNames | Should -Contain 'Cadre.DatabaseChange'
        Get-TestRow 'SELECT name, role FROM made.node_key' | Should -HaveCount 1
        Get-TestMode (Join-Path $master.Root 'keys' 'db.password') | Should -Be '600'
        $again = Initialize-CadreDatabase -Config $master.Config -AdminKeyPath $master.AdminKeyPath
        $again.Changed | Should -BeFalse
        $again.Made.Count | Should -Be 0
    }
    It 'tells what it made, and shows no password' {
        $master = Get-TestMaster 'told'
        $all = Initialize-CadreDatabase -Config $master.Config -AdminKeyPath $master.AdminKeyPath -Verbose *>&1
        @($all)[-1].Changed | Should -BeTrue
        @($all)[-1].Made -join ' ' | Should -BeLike '*database told*schema told*key of admin*'
        $password = (Get-Content -LiteralPath (Join-Path $master.Root 'keys' 'db.password') -Raw).Trim()
        $password.Length | Should -BeGreaterThan 15
        ($all | ForEach-Object { "$_" }) -join "`n" | Should -Not -Match ([regex]::Escape($password))
    }
    It 'lets the keys of workers in, by name' {
        $master = Get-TestMaster 'workers'
        $null = & (Get-TestCluster).Tool 'key' 'new' (Join-Path $master.Root 'keys' 'w1.key') 2>&1
        $null = Initialize-CadreDatabase -Config $master.Config -AdminKeyPath $master.AdminKeyPath -AdminName 'boss' -WorkerKeyPath @{ w1 = Join-Path $master.Root 'keys' 'w1.pub' }
        Get-TestRow 'SELECT name FROM workers.node_key ORDER BY name' | Should -Be 'boss', 'w1'
    }
    It 'is written down for the administrator of another server, who is asked nothing' {
        $master = Get-TestMaster 'foreign' "  host: db.example`n  tls_ca_file: ca.pem`n  password_file: keys/db.password"
        $sql = Join-Path $master.Root 'cadre.sql'
        Initialize-CadreDatabase -Config $master.Config -AdminKeyPath $master.AdminKeyPath -From '10.1.0.5' -SqlPath $sql -WhatIf | Should -BeNullOrEmpty
        $sql | Should -Not -Exist
        $written = Initialize-CadreDatabase -Config $master.Config -AdminKeyPath $master.AdminKeyPath -From '10.1.0.5' -SqlPath $sql
        $written.Sql | Should -Be $sql
        Get-TestMode $sql | Should -Be '600'
        Get-TestRow "SHOW DATABASES LIKE 'foreign'" | Should -BeNullOrEmpty
        # And these statements are right.
        Get-TestRow "source $sql"
        Get-TestRow "SELECT Host FROM mysql.user WHERE User = 'cadre_app' AND Host = '10.1.0.5'" | Should -Be '10.1.0.5'
        Get-TestRow 'SELECT COUNT(*) FROM `foreign`.node_key' | Should -Be '1'
        Get-TestRow "DROP USER cadre_app@'10.1.0.5'"
    }
    It 'is left where it was interrupted, and made whole by the next run' {
        $master = Get-TestMaster 'halved'
        $caught = $null
        # One key cannot be two, which shows at the end.
        try { Initialize-CadreDatabase -Config $master.Config -AdminKeyPath $master.AdminKeyPath -WorkerKeyPath @{ w1 = $master.AdminKeyPath } }
        catch { $caught = $_ }
        $caught.FullyQualifiedErrorId | Should -Be 'CadreBadData,Initialize-CadreDatabase'
        $caught.Exception.Message | Should -BeLike 'the key in *is known as admin: make another key*' -Because 'what was done before is not the error'
        $made = Initialize-CadreDatabase -Config $master.Config -AdminKeyPath $master.AdminKeyPath
        $made.Changed | Should -BeFalse
        Get-TestRow 'SELECT name FROM halved.node_key' | Should -Be 'admin'
    }
    It 'says what is wrong' {
        $master = Get-TestMaster 'wrong'
        { Initialize-CadreDatabase -Config $master.Config -From '10.1.0.5' } | Should -Throw '*extensions never connect to it*' -ErrorId 'CadreUsage,Initialize-CadreDatabase'
        { Initialize-CadreDatabase -Config $master.Config -AdminKeyPath 'none.pub' } | Should -Throw '*none.pub*' -ErrorId 'CadreNoInput,Initialize-CadreDatabase'
        { Initialize-CadreDatabase -Config $master.Config -Socket (Join-Path $TestDrive 'none.sock') } | Should -Throw '*is MariaDB running*' -ErrorId 'CadreUnreachable,Initialize-CadreDatabase'
        { Initialize-CadreDatabase -Config $master.Config -AdminUser 'nobody' } | Should -Throw '*an account that may create databases*' -ErrorId 'CadreNotAllowed,Initialize-CadreDatabase'
    }
}

Describe 'Passwords of the database' -Skip:(-not $env:CADRE_BUILD) {
    BeforeAll {
        # Whether the server lets the account in with it; the password is in a file, as no other process is to see it.
        function Test-TestLogin {
            param([string] $Account, [string] $Word)
            $file = Join-Path $TestDrive "$([guid]::NewGuid()).cnf"
            Set-Content -LiteralPath $file -Value "[client]`nuser=$Account`npassword=$Word`nsocket=$((Get-TestCluster).Socket)"
            $null = & '/usr/bin/mariadb' "--defaults-file=$file" '-e' 'SELECT 1' 2>&1
            $LASTEXITCODE -eq 0
        }
    }
    It 'change with an overlap; each step a second time changes nothing, and no password is shown' {
        $master = Get-TestMaster 'rotated'
        $null = Initialize-CadreDatabase -Config $master.Config -AdminKeyPath $master.AdminKeyPath
        $file = Join-Path $master.Root 'keys' 'db.password'
        $old = (Get-Content -LiteralPath $file -Raw).Trim()
        Update-CadreDatabasePassword -Config $master.Config -WhatIf | Should -BeNullOrEmpty
        (Get-Content -LiteralPath $file -Raw).Trim() | Should -BeExactly $old

        $all = @(Update-CadreDatabasePassword -Config $master.Config -Verbose *>&1)
        $begun = $all[-1]
        $begun.Changed | Should -BeTrue
        $begun.Finished | Should -BeFalse
        $begun.Files | Should -Contain $file
        $new = (Get-Content -LiteralPath $file -Raw).Trim()
        $new | Should -Not -BeExactly $old
        Get-TestMode $file | Should -Be '600'
        $told = ($all | ForEach-Object { "$_" }) -join "`n"
        $told | Should -BeLike '*nothing need be started anew*'
        $told | Should -Not -Match ([regex]::Escape($old))
        $told | Should -Not -Match ([regex]::Escape($new))
        Test-TestLogin 'cadre_app' $old | Should -BeTrue
        Test-TestLogin 'cadre_app' $new | Should -BeTrue
        (Update-CadreDatabasePassword -Config $master.Config).Changed | Should -BeFalse
        (Get-Content -LiteralPath $file -Raw).Trim() | Should -BeExactly $new

        Update-CadreDatabasePassword -Finish -Config $master.Config -WhatIf | Should -BeNullOrEmpty
        Test-TestLogin 'cadre_app' $old | Should -BeTrue
        $ended = Update-CadreDatabasePassword -Finish -Config $master.Config
        $ended.Finished, $ended.Changed | Should -Be $true, $true
        Test-TestLogin 'cadre_app' $old | Should -BeFalse
        Test-TestLogin 'cadre_app' $new | Should -BeTrue
        (Update-CadreDatabasePassword -Finish -Config $master.Config).Changed | Should -BeFalse
    }
    It 'are not ended where a change was interrupted' {
        $master = Get-TestMaster 'torn'
        $null = Initialize-CadreDatabase -Config $master.Config -AdminKeyPath $master.AdminKeyPath
        $next = Join-Path $master.Root 'keys' 'db.password.next'
        Set-Content -LiteralPath $next -Value ('n' * 32)
        & '/bin/chmod' '600' $next
        { Update-CadreDatabasePassword -Finish -Config $master.Config } | Should -Throw '*was interrupted*' -ErrorId 'CadreConfiguration,Update-CadreDatabasePassword'
        (Update-CadreDatabasePassword -Config $master.Config).Changed | Should -BeTrue
        $next | Should -Not -Exist
        (Update-CadreDatabasePassword -Finish -Config $master.Config).Changed | Should -BeTrue
    }
}

Describe 'The option file' -Skip:(-not $env:CADRE_BUILD) {
    BeforeEach {
        $file = Join-Path $TestDrive "$([guid]::NewGuid()).cnf"
        $text = "# ours`r`n[mysqld]`r`nbind-address = 127.0.0.1   # loopback`r`nport = 3306`r`n[client]`r`nport = 3306`r`n"
        [IO.File]::WriteAllText($file, $text)
        # What the server would read.
        function Get-TestOption { & '/usr/bin/my_print_defaults' "--defaults-file=$file" 'mysqld' }
    }
    It 'gets an option, and nothing else; a second time changes nothing' {
        $set = Set-CadreDatabaseOption -Path $file -Setting @{ bind_address = '127.0.0.1,10.1.0.5' } -WarningAction SilentlyContinue
        $set.Changed | Should -BeTrue
        [IO.File]::ReadAllText($set.Backup) | Should -BeExactly $text
        Get-TestOption | Should -Contain '--bind-address=127.0.0.1,10.1.0.5'
        $now = [IO.File]::ReadAllText($file)
        $now | Should -BeExactly $text.Replace('127.0.0.1 ', '127.0.0.1,10.1.0.5 ').Replace('   #', '  #')
        $again = Set-CadreDatabaseOption -Path $file -Setting @{ 'bind-address' = '127.0.0.1,10.1.0.5' }
        $again.Changed | Should -BeFalse
        $again.Backup | Should -BeNullOrEmpty
        [IO.File]::ReadAllText($file) | Should -BeExactly $now
    }
    It 'gets several options in one edit' {
        $set = Set-CadreDatabaseOption -Path $file -Setting @{ max_connections = 200; 'skip-name-resolve' = $true } -WarningAction SilentlyContinue
        $set.Changed | Should -BeTrue
        Get-TestOption | Should -Contain '--max-connections=200'
        Get-TestOption | Should -Contain '--skip-name-resolve=ON'
    }
    It 'stays as it is with -WhatIf' {
        Set-CadreDatabaseOption -Path $file -Setting @{ port = 1 } -WhatIf | Should -BeNullOrEmpty
        [IO.File]::ReadAllText($file) | Should -BeExactly $text
    }
    It 'opens the server to everybody only where that is said: <address>' -TestCases @(@{ address = '*' }, @{ address = '0.0.0.0' }, @{ address = '::' }, @{ address = '127.0.0.1,*' }) {
        { Set-CadreDatabaseOption -Path $file -Setting @{ loose_bind_address = $address } } | Should -Throw '*-LegacyBindAll*' -ErrorId 'CadreUsage,Set-CadreDatabaseOption'
        [IO.File]::ReadAllText($file) | Should -BeExactly $text
    }
    It 'is to be there' {
        { Set-CadreDatabaseOption -Path (Join-Path $TestDrive 'none.cnf') -Setting @{ port = 1 } } | Should -Throw '*none.cnf*' -ErrorId 'CadreNoInput,Set-CadreDatabaseOption'
    }
}

Describe 'Machines of an account' -Skip:(-not $env:CADRE_BUILD) {
    It 'are shown as MariaDB matches them' {
        $network = Get-CadreGrantHost -From '10.1.0.0/28'
        $network.Host | Should -Be '10.1.0.0/255.255.255.240'
        $network.First, $network.Last, $network.Count | Should -Be '10.1.0.0', '10.1.0.15', 16
        $network.psobject.TypeNames | Should -Contain 'Cadre.GrantHost'
        '10.1.0.5', '10.2.%' | Get-CadreGrantHost | Select-Object -ExpandProperty Count | Should -Be 1, 65536
    }
    It 'are refused where nobody would match, or everybody' {
        { Get-CadreGrantHost -From '10.1.0.5/16' } | Should -Throw '*bits beyond its mask*' -ErrorId 'CadreUsage,Get-CadreGrantHost'
        { Get-CadreGrantHost -From '0.0.0.0/0' } | Should -Throw -ErrorId 'CadreUsage,Get-CadreGrantHost'
    }
    It 'are warned about where they are the world' {
        $wide = Get-CadreGrantHost -From '8.0.0.0/8' -WarningVariable told -WarningAction SilentlyContinue
        $wide.Warnings.Count | Should -BeGreaterThan 0
        "$told" | Should -Not -BeNullOrEmpty
    }
}

Describe 'The documented grant' -Skip:(-not $env:CADRE_BUILD) {
    It 'is given with warnings and taken back; each a second time changes nothing' {
        $master = Get-TestMaster 'olconnect'
        $null = Initialize-CadreDatabase -Config $master.Config -AdminKeyPath $master.AdminKeyPath
        $before = Get-Content -LiteralPath $master.Config -Raw
        Grant-CadreDatabaseAccess -Legacy -From '192.168.0.0/16' -Config $master.Config -WhatIf | Should -BeNullOrEmpty
        Get-TestRow "SELECT Host FROM mysql.user WHERE User = 'root' AND Host LIKE '192%'" | Should -BeNullOrEmpty
        Get-Content -LiteralPath $master.Config -Raw | Should -BeExactly $before

        $given = Grant-CadreDatabaseAccess -Legacy -From '192.168.0.0/16' -Config $master.Config -Confirm:$false -WarningVariable told -WarningAction SilentlyContinue
        $given.Changed | Should -BeTrue
        $given.Schema | Should -Be 'olconnect'
        "$told" | Should -BeLike '*not a good one*'
        Get-TestRow "SELECT Host FROM mysql.user WHERE User = 'root' AND Host LIKE '192%'" | Should -Be '192.168.0.0/255.255.0.0'
        Get-TestMode (Join-Path $master.Root 'keys' 'legacy_root.password') | Should -Be '600'
        Get-Content -LiteralPath $master.Config -Raw | Should -BeLike '*accounts: legacy*'
        (Grant-CadreDatabaseAccess -Legacy -From '192.168.0.0/16' -Config $master.Config -Confirm:$false -WarningAction SilentlyContinue).Changed | Should -BeFalse

        Remove-CadreLegacyGrant -From '192.168.0.0/16' -Config $master.Config -WhatIf | Should -BeNullOrEmpty
        Get-TestRow "SELECT Host FROM mysql.user WHERE User = 'root' AND Host LIKE '192%'" | Should -Not -BeNullOrEmpty
        (Remove-CadreLegacyGrant -From '192.168.0.0/16' -Config $master.Config -Confirm:$false).Changed | Should -BeTrue
        Get-TestRow "SELECT Host FROM mysql.user WHERE User = 'root' AND Host LIKE '192%'" | Should -BeNullOrEmpty
        Get-Content -LiteralPath $master.Config -Raw | Should -BeExactly $before
        (Remove-CadreLegacyGrant -From '192.168.0.0/16' -Config $master.Config -Confirm:$false).Changed | Should -BeFalse
    }
    It 'needs to be asked for by its name, and refuses what MariaDB would match with nobody' {
        { Grant-CadreDatabaseAccess -Legacy:$false -From '192.168.0.0/16' } | Should -Throw -ErrorId 'CadreUsage,Grant-CadreDatabaseAccess'
        { Grant-CadreDatabaseAccess -Legacy -From '192.168.1.0/16' -Confirm:$false } | Should -Throw '*bits beyond its mask*' -ErrorId 'CadreUsage,Grant-CadreDatabaseAccess'
    }
}

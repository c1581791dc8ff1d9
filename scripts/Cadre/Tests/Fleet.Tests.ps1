# Many nodes at once, over a real sshd on loopback: engines brought to them, back, and away, nodes updated one after the other, a machine
# made a node. On a real cluster.

BeforeDiscovery {
    $missing = -not $env:CADRE_BUILD -or -not [IO.File]::Exists('/usr/sbin/sshd') -or -not [IO.File]::Exists('/usr/bin/ssh')
}

BeforeAll {
    Import-Module "$PSScriptRoot/../Cadre.psd1" -Force
    Import-Module "$PSScriptRoot/TestCluster.psm1" -Force
    Import-Module "$PSScriptRoot/TestFleet.psm1" -Force
    $fleet = $null
    if ($env:CADRE_BUILD -and [IO.File]::Exists('/usr/sbin/sshd')) {
        $fleet = Enter-TestFleet -Cluster (Enter-TestCluster) -Machine 'f1', 'f2', 'f3', 'g1', 'g2', 'g3'
        $ssh = @{ SshOption = $fleet.SshOption }
    }

    function Get-TestPlace { param([string] $Name) @{ Directory = "$($fleet.Directory)/$Name/node"; SpoolPath = "$($fleet.Directory)/$Name/node/spool" } }

    # An engine's directory; its answer makes another content of it.
    function New-TestEngine {
        [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'a test')]
        param([string] $Name, [string] $Answer, [string] $Before = ':')
        $place = "$($fleet.Directory)/it's a $Name"
        if (-not [IO.Directory]::Exists($place)) { $null = New-Item -ItemType Directory -Path "$place/test" -Force }
        Set-Content -LiteralPath "$place/engine.yaml" -Value "name: $Name`nversion: 1.0`ncommand: [./run.sh]"
        Write-TestProgram "$place/run.sh" "#!/bin/sh`n$Before`necho $Answer"
        Set-Content -LiteralPath "$place/test/input" -Value 'x'
        $place
    }
    function Get-TestOffer { param([string] $Node, [string] $Engine) @((Get-CadreNode -Name $Node).Engines | Where-Object Engine -EQ $Engine).Version }
}
AfterAll {
    if ($null -ne $fleet) { Exit-TestFleet $fleet }
    if ($env:CADRE_BUILD) { Exit-TestCluster }
}

Describe 'A command on another machine' -Skip:$missing {
    It 'gets every word as it is<how>' -TestCases @(@{ how = ''; sudo = $false }, @{ how = ', also through sudo'; sudo = $true }) {
        if ($sudo -and (& '/bin/sh' '-c' 'sudo -n true 2>&1 && echo may') -notcontains 'may') {
            Set-ItResult -Skipped -Because 'there is no sudo that asks for no password'
            return
        }
        $odd = '', ' ', 'a b', '"', "it's", '$HOME', '*', '\', '--json', "two`nlines", '''', '`id`'
        $ran = & (Get-Module -Name 'Cadre') {
            param($Odd, $Option, $Sudo)
            function Get-TestAnswer {
                [CmdletBinding()] param($Odd, $Option, $Sudo)
                $remote = Get-CadreRemote -Cmdlet $PSCmdlet -Node 'f1' -New -SshOption $Option -Sudo:$Sudo
                Invoke-CadreRemote -Cmdlet $PSCmdlet -Remote $remote -Command (@('printf', '<%s>') + $Odd)
            }
            Get-TestAnswer $Odd $Option $Sudo
        } $odd $fleet.SshOption $sudo
        $ran.Output | Should -BeExactly (-join @($odd | ForEach-Object { "<$_>" }))
    }
}

Describe 'A machine' -Skip:$missing {
    It 'is left as it is with -WhatIf' {
        $place = Get-TestPlace 'g1'
        Add-CadreNode -Node 'g1' -Address (Get-TestCluster).Address @place @ssh -WhatIf | Should -BeNullOrEmpty
        $place.Directory | Should -Not -Exist
        (Get-CadreKey).Name | Should -Not -Contain 'g1'
    }
    It 'is a node with one command, and nobody sees its ticket; a second time changes nothing' {
        $place = Get-TestPlace 'g1'
        # What others could see of ssh here and of the tool there; what the tool is told there.
        $seen, $heard = (Join-Path $TestDrive 'seen'), (Join-Path $TestDrive 'heard')
        $spying = "tr '\0' '\n' < /proc/`$`$/cmdline >> $seen`ntr '\0' '\n' < /proc/`$`$/environ >> $seen"
        $here = (New-Item -ItemType Directory -Path (Join-Path $TestDrive 'here')).FullName
        Write-TestProgram "$here/ssh" "#!/bin/sh`n$spying`nexec /usr/bin/ssh `"`$@`""
        $tool = (Get-TestCluster).Tool
        Write-TestProgram "$($fleet.Programs)/cadre" "#!/bin/sh`n$spying`ncase `"`$*`" in *'node join'*) tee $heard | $tool `"`$@`" ;; *) exec $tool `"`$@`" ;; esac"
        $path = $env:PATH
        try {
            $env:PATH = "${here}:$path"
            $told = @(Add-CadreNode -Node 'g1' -Address (Get-TestCluster).Address @place @ssh -Verbose *>&1)
        }
        finally {
            $env:PATH = $path
            [IO.File]::Delete("$($fleet.Programs)/cadre")
        }
        $added = @($told | Where-Object { $_.psobject.TypeNames -contains 'Cadre.AddedNode' })[0]
        $added.State | Should -Be 'ready'
        $added.Changed | Should -BeTrue
        $added.Made | Should -Contain 'the worker runs'
        (Get-CadreNode -Name 'g1').State | Should -Be 'ready'
        @($told | Where-Object { $_ -is [Management.Automation.WarningRecord] }) -join '' | Should -BeLike '*without systemd*'

        $ticket = (Get-Content -LiteralPath $heard -Raw).Trim()
        $ticket.Length | Should -BeGreaterThan 80
        $spied = Get-Content -LiteralPath $seen -Raw
        $spied | Should -BeLike "*BatchMode=yes*node`njoin*" -Because 'else nothing was looked at'
        ($spied + ($told | ForEach-Object { "$_" }) + $Error).Contains($ticket) | Should -BeFalse

        $again = Add-CadreNode -Node 'g1' -Address (Get-TestCluster).Address @place @ssh
        $again.Changed | Should -BeFalse
        $again.State | Should -Be 'ready'
        @(Get-CadreKey -Name 'g1' | Where-Object { $_.Role -eq 'join' -and -not $_.Revoked }) | Should -BeNullOrEmpty -Because 'no ticket was made for nothing'
    }
    It 'is gone on with where it was interrupted: joined, and not started' {
        $place = Get-TestPlace 'g2'
        $null = New-CadreJoinTicket -NodeName 'g2' -Address (Get-TestCluster).Address | Install-CadreExtension @place
        $added = Add-CadreNode -Node 'g2' @place @ssh -WarningAction SilentlyContinue
        $added.Made | Should -Be 'the worker runs'
        $added.State | Should -Be 'ready'
    }
    It 'does not get the name of another one' {
        $place = Get-TestPlace 'g3'
        { Add-CadreNode -Node 'w1' -HostName 'g3' @place @ssh } |
            Should -Throw '*not the machine g3*Nothing was changed*' -ErrorId 'CadreBadData,Add-CadreNode'
        $place.Directory | Should -Not -Exist
    }
    It 'that ssh does not reach is an error that says so' {
        { Add-CadreNode -Node 'nowhere' @ssh } | Should -Throw '*ssh does not get to nowhere*' -ErrorId 'CadreUnreachable,Add-CadreNode'
    }
}

Describe 'An engine' -Skip:$missing {
    BeforeAll {
        foreach ($name in 'f1', 'f2', 'f3') {
            $place = Get-TestPlace $name
            $null = New-CadreJoinTicket -NodeName $name -Address (Get-TestCluster).Address | Install-CadreExtension @place
            Send-TestCluster "start node $($place.Directory)"
        }
        Wait-TestUntil { @(Get-CadreNode -Name 'f*' | Where-Object State -EQ 'ready').Count -eq 3 }
    }
    It 'is left as it is with -WhatIf' {
        Install-CadreEngine (New-TestEngine 'thumb' 'one') -Node 'f1', 'f2' @ssh -WhatIf | Should -BeNullOrEmpty
        "$($fleet.Directory)/f1/node/engines/thumb" | Should -Not -Exist
    }
    It 'comes to nodes one after the other, is tested there and offered; a second time changes nothing' {
        $source = New-TestEngine 'thumb' 'one'
        $told = @(Install-CadreEngine $source -Node 'f3', 'f1', 'f2' @ssh)
        $told.Node | Should -Be 'f1', 'f2', 'f3'
        $told.Changed | Should -Be $true, $true, $true
        $told.Tested | Should -Be 'run', 'run', 'run'
        @($told.Version | Sort-Object -Unique) | Should -HaveCount 1
        $told[0].Version | Should -Match '^1\.0-[0-9a-f]{12}$'
        $engine = Get-CadreEngine -Name 'thumb'
        $engine.Version | Should -Be $told[0].Version
        $engine.Nodes | Should -Be 'f1', 'f2', 'f3'
        $engine.Differs.Count | Should -Be 0
        # Nobody is even called: ssh would fail.
        $again = @(Install-CadreEngine $source -Node 'f1', 'f2', 'f3' -SshOption '-F', '/nonexistent' -Verbose 4>&1)
        @($again | Where-Object { $_.psobject.TypeNames -contains 'Cadre.EngineChange' }).Changed | Should -Be $false, $false, $false
        "$again" | Should -BeLike '*nothing was changed*'
    }
    It 'stops at the first node that fails, which stays as it was; mended, the same command goes on' {
        $first = (Get-CadreEngine -Name 'thumb').Version
        Set-Content -LiteralPath "$($fleet.Directory)/f2/node/engines/broken" -Value ''
        $source = New-TestEngine 'thumb' 'two' '[ ! -e "$CADRE_ENGINE_DIR/../../broken" ] || exit 3'
        { Install-CadreEngine $source -Node 'f1', 'f2', 'f3' @ssh } |
            Should -Throw '*f2:*does not pass its test*Done before: f1*Not begun: f3*' -ErrorId 'CadreBadData,Install-CadreEngine'
        $second = Get-TestOffer 'f1' 'thumb'
        $second | Should -Not -Be $first
        Get-TestOffer 'f2' 'thumb' | Should -Be $first
        Get-TestOffer 'f3' 'thumb' | Should -Be $first
        $differs = @((Get-CadreEngine -Name 'thumb').Differs)
        $differs | Should -HaveCount 1
        $differs[0].Node | Should -Be 'f1'

        [IO.File]::Delete("$($fleet.Directory)/f2/node/engines/broken")
        $told = @(Install-CadreEngine $source -Node 'f1', 'f2', 'f3' @ssh)
        $told.Changed | Should -Be $false, $true, $true
        $told[1].Before | Should -Be $first
        @($told.Version | Sort-Object -Unique) | Should -Be $second
    }
    It 'that did not come whole is not installed' {
        $now = Get-TestOffer 'f1' 'thumb'
        $source = New-TestEngine 'thumb' 'three'
        $path = $env:PATH
        $null = New-Item -ItemType Directory -Path (Join-Path $TestDrive 'tars')
        try {
            $env:PATH = "$(Join-Path $TestDrive 'tars'):$path"
            # An end in the middle, and an archive that is whole and lacks a file.
            Write-TestProgram (Join-Path $TestDrive 'tars/tar') "#!/bin/sh`n/usr/bin/tar `"`$@`" | head -c 1700"
            { Install-CadreEngine $source -Node 'f1' @ssh } | Should -Throw '*f1: on f1:*' -ErrorId '*,Install-CadreEngine'
            Write-TestProgram (Join-Path $TestDrive 'tars/tar') "#!/bin/sh`nexec /usr/bin/tar --exclude=run.sh `"`$@`""
            { Install-CadreEngine $source -Node 'f1' @ssh } | Should -Throw '*f1:*was expected: it did not come whole*' -ErrorId 'CadreBadData,Install-CadreEngine'
        }
        finally { $env:PATH = $path }
        Get-TestOffer 'f1' 'thumb' | Should -Be $now
        Get-ChildItem -LiteralPath "$($fleet.Directory)/f1/node/engines/thumb" | Where-Object { $_.Name -like '.new-*' } | Should -BeNullOrEmpty
    }
    It 'goes back everywhere, and a second time nowhere' {
        $second = (Get-CadreEngine -Name 'thumb').Version
        Install-CadreEngine -Rollback -Name 'thumb' -Node 'f1' @ssh -WhatIf | Should -BeNullOrEmpty
        Get-TestOffer 'f1' 'thumb' | Should -Be $second
        # Nodes without the engine are not called: ssh would not get there.
        $told = @(Install-CadreEngine -Rollback -Name 'thumb' -All -From $second -UserName (& '/usr/bin/id' '-un') @ssh)
        $told.Node | Should -Be 'f1', 'f2', 'f3'
        $told.Changed | Should -Be $true, $true, $true
        $told.Before | Should -Be $second, $second, $second
        (Get-CadreEngine -Name 'thumb').Version | Should -Be $told[0].Version
        $told[0].Version | Should -Not -Be $second
        (Install-CadreEngine -Rollback -Name 'thumb' -Node 'f1', 'f2', 'f3' @ssh).Changed | Should -Be $false, $false, $false
    }
    It 'stays as it is where another version than the one to leave is current' {
        $now = Get-TestOffer 'f1' 'thumb'
        $told = Install-CadreEngine -Rollback -Name 'thumb' -Node 'f1' -From '9-0123456789ab' @ssh
        $told.Changed | Should -BeFalse
        $told.Version | Should -Be $now
    }
    It 'comes to nobody where a node is not known, or its directory is no engine' {
        { Install-CadreEngine (New-TestEngine 'thumb' 'x') -Node 'f1', 'f9' @ssh } | Should -Throw "*no node 'f9'*" -ErrorId 'CadreNoInput,Install-CadreEngine'
        { Install-CadreEngine "$TestDrive" -Node 'f1' @ssh } | Should -Throw '*engine.yaml*' -ErrorId 'CadreBadData,Install-CadreEngine'
        { Install-CadreEngine (New-TestEngine 'thumb' 'x') -Node 'f1' -HostName @{ f1 = 'nowhere' } @ssh } |
            Should -Throw '*f1: ssh does not get to nowhere*' -ErrorId 'CadreUnreachable,Install-CadreEngine'
        { Install-CadreEngine (New-TestEngine 'thumb' 'x') -Node 'f1' -HostName @{ f1 = '-oProxyCommand=id' } @ssh } |
            Should -Throw '*no name of a host*' -ErrorId 'CadreUsage,Install-CadreEngine'
    }
}

Describe 'An engine that is taken away' -Skip:$missing {
    BeforeAll {
        $go = Join-Path (Get-TestCluster).Directory 'desk/go'
        $waiting = "[ `"`$(cat)`" = x ] || while [ ! -e $go ]; do sleep 0.02; done"
        $versions = foreach ($answer in 'one', 'two', 'three') { @(Install-CadreEngine (New-TestEngine 'gone' $answer $waiting) -Node 'f1', 'f2' @ssh).Version[0] }
        function Get-TestVersion { param([string] $Node) @(Get-ChildItem -LiteralPath "$($fleet.Directory)/$Node/node/engines/gone" -Directory).Name | Where-Object { $_ -like '1.0-*' } }
        # Every other node of the cluster is one that never had it.
        $everywhere = @{ HostName = @{} }
        foreach ($one in (Get-CadreNode).Node | Where-Object { $_ -notin 'f1', 'f2' }) { $everywhere.HostName[$one] = 'f3' }
    }
    It 'is left as it is with -WhatIf' {
        Uninstall-CadreEngine 'gone' -Node 'f1', 'f2' @ssh -WhatIf | Should -BeNullOrEmpty
        Uninstall-CadreEngine 'gone' -Old -Node 'f1' @ssh -WhatIf | Should -BeNullOrEmpty
        Get-TestVersion 'f1' | Should -HaveCount 3
        Get-TestOffer 'f1' 'gone' | Should -Be $versions[2]
    }
    It 'keeps a version that is named and current' {
        { Uninstall-CadreEngine 'gone' -Version $versions[2] -Node 'f1' @ssh -Confirm:$false } |
            Should -Throw '*f1:*is current, and stays*' -ErrorId 'CadreUsage,Uninstall-CadreEngine'
    }
    It 'loses its old versions, and goes on being offered; a second time nothing is changed' {
        $told = @(Uninstall-CadreEngine 'gone' -Old -All @everywhere @ssh -Confirm:$false)
        $told.Node | Should -Be 'f1', 'f2'
        $told.Removed | Should -Be $versions[0], $versions[0]
        $told.Version | Should -Be $versions[2], $versions[2]
        $told.Changed | Should -Be $true, $true
        Get-TestOffer 'f1' 'gone' | Should -Be $versions[2]
        $again = @(Uninstall-CadreEngine 'gone' -Old -Node 'f1', 'f2' @ssh -Confirm:$false -Verbose 4>&1)
        @($again | Where-Object { $_.psobject.TypeNames -contains 'Cadre.EngineRemoval' }).Changed | Should -Be $false, $false
        "$again" | Should -BeLike '*f2: nothing was changed*'
        (Uninstall-CadreEngine 'gone' -Version $versions[1] -Node 'f2' @ssh -Confirm:$false).Removed | Should -Be $versions[1]
        (Uninstall-CadreEngine 'gone' -Version $versions[1] -Node 'f2' @ssh -Confirm:$false).Changed | Should -BeFalse
    }
    It 'stops at the first node that fails, which stays as it was; mended, the same command goes on, and leaves what runs' {
        $plain = "$($fleet.Directory)/f1/node/engines/gone/engine.yaml"
        Set-Content -LiteralPath $plain -Value "name: gone`ncommand: [/bin/true]"
        { Uninstall-CadreEngine 'gone' -Node 'f1', 'f2' @ssh -Confirm:$false } |
            Should -Throw '*f1:*was put there by hand*Not begun: f2*' -ErrorId 'CadreBadData,Uninstall-CadreEngine'
        Get-TestOffer 'f1' 'gone' | Should -Be $versions[2]
        [IO.File]::Delete($plain)

        $null = Suspend-CadreNode 'f1'
        $job = Submit-CadreJob -Engine 'gone'
        Wait-TestUntil { (Get-CadreNode -Name 'f2').Held -eq 1 }
        $null = Resume-CadreNode 'f1'
        $told = @(Uninstall-CadreEngine 'gone' -Node 'f1', 'f2' @ssh -Confirm:$false -WarningVariable 'warned' -WarningAction SilentlyContinue)
        $told.Changed | Should -Be $true, $true
        $told[0].Removed | Sort-Object | Should -Be @($versions[1], $versions[2] | Sort-Object)
        $told[1].Removed | Should -BeNullOrEmpty
        $told[1].Left | Should -Be $versions[2]
        "$warned" | Should -BeLike "*$($versions[2]) is left*"
        Get-CadreEngine -Name 'gone' | Should -BeNullOrEmpty
        Get-TestVersion 'f2' | Should -Be $versions[2]

        Set-Content -LiteralPath $go -Value ''
        ($job | Wait-CadreJob -TimeoutSec 60).State | Should -Be 'done'
        $again = @(Uninstall-CadreEngine 'gone' -All @everywhere @ssh -Confirm:$false)
        $again.Node | Should -Be 'f1', 'f2'
        $again.Changed | Should -Be $false, $true
        $again[1].Removed | Should -Be $versions[2]
        Get-TestVersion 'f2' | Should -BeNullOrEmpty
    }
    It 'is an error where nobody has it' {
        { Uninstall-CadreEngine 'thump' -Node 'f1' @ssh -Confirm:$false } |
            Should -Throw "*f1:*no engine 'thump'*did you mean 'thumb'*Those that are*" -ErrorId 'CadreNoInput,Uninstall-CadreEngine'
        { Uninstall-CadreEngine 'nothing' -All @everywhere @ssh -Confirm:$false } |
            Should -Throw "*No node has an engine 'nothing'*" -ErrorId 'CadreNoInput,Uninstall-CadreEngine'
    }
}

Describe 'An update' -Skip:$missing {
    BeforeAll {
        $updating = Join-Path $TestDrive 'update.sh'
        Set-Content -LiteralPath $updating -Value @'
set -e
place=$(dirname "$CADRE_CONFIG")
case $1 in
check) [ -e "$place/updated" ] || exit 1 ;;
install)
  [ ! -e "$place/broken" ] || { echo 'there is no room' >&2; exit 3; }
  pid=$(cat "$place/cadre-worker.pid")
  kill "$pid"
  while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
  setsid cadre-worker --config "$CADRE_CONFIG" </dev/null >>"$place/cadre-worker.log" 2>&1 &
  echo $! >"$place/cadre-worker.pid"
  touch "$place/updated" ;;
esac
'@
        $null = Install-CadreEngine (New-TestEngine 'slow' 'done' 'sleep 0.3') -Node 'g1', 'g2' @ssh
    }
    It 'changes nothing with -WhatIf' {
        Update-CadreNode -Node 'g1' -ScriptPath $updating @ssh -WhatIf | Should -BeNullOrEmpty
        "$($fleet.Directory)/g1/node/updated" | Should -Not -Exist
        (Get-CadreNode -Name 'g1').State | Should -Be 'ready'
    }
    It 'stops at the first failure, and that node stays drained; mended, it goes on, and no job is tried twice' {
        $worker = [IO.File]::ReadAllText("$($fleet.Directory)/g1/node/cadre-worker.pid")
        Set-Content -LiteralPath "$($fleet.Directory)/g2/node/broken" -Value ''
        $files = foreach ($i in 1..8) {
            Set-Content -LiteralPath (Join-Path $TestDrive "$i.txt") -Value "$i"
            Join-Path $TestDrive "$i.txt"
        }
        $jobs = @(Get-Item -Path $files | Submit-CadreJob -Engine 'slow')
        { Update-CadreNode -Node 'g1', 'g2' -ScriptPath $updating @ssh } |
            Should -Throw '*g2:*there is no room*stays drained*Done before: g1*' -ErrorId 'CadreToolFailed,Update-CadreNode'
        (Get-CadreNode -Name 'g1').State | Should -Be 'ready'
        (Get-CadreNode -Name 'g2').State | Should -Be 'cordoned'
        [IO.File]::ReadAllText("$($fleet.Directory)/g1/node/cadre-worker.pid") | Should -Not -Be $worker

        [IO.File]::Delete("$($fleet.Directory)/g2/node/broken")
        $told = @(Update-CadreNode -Node 'g1', 'g2' -ScriptPath $updating @ssh)
        $told.Changed | Should -Be $false, $true
        $told.State | Should -Be 'ready', 'ready'
        $null = $jobs | Wait-CadreJob -TimeoutSec 60
        $ended = @($jobs | Get-CadreJob)
        @($ended.State | Sort-Object -Unique) | Should -Be 'done'
        @($ended | Where-Object { @($_.Attempts).Count -ne 1 }) | Should -BeNullOrEmpty
    }
    It 'drains nobody where sudo wants a password' {
        # The words and the code of the real one, which lets root do everything.
        Write-TestProgram "$($fleet.Programs)/sudo" "#!/bin/sh`necho 'sudo: a password is required' >&2`nexit 1"
        try {
            { Update-CadreNode -Node 'g1' -Package (New-TestPackage $TestDrive '0.9') -Sudo @ssh } |
                Should -Throw '*g1:*a password is required*It gets jobs as before*' -ErrorId 'CadreNotAllowed,Update-CadreNode'
        }
        finally { [IO.File]::Delete("$($fleet.Programs)/sudo") }
        (Get-CadreNode -Name 'g1').State | Should -Be 'ready'
    }
    It 'gives a node jobs again that an interrupted run left drained' {
        $null = Suspend-CadreNode -Name 'g1'
        $told = Update-CadreNode -Node 'g1' -ScriptPath $updating @ssh
        $told.Changed | Should -BeFalse
        (Get-CadreNode -Name 'g1').State | Should -Be 'ready'
    }
    It 'waits for jobs no longer than it was told, and installs nothing then' {
        $null = Install-CadreEngine (New-TestEngine 'long' 'done' '[ "$(cat)" = x ] || sleep 4') -Node 'g1' @ssh
        $job = Submit-CadreJob -Engine 'long'
        Wait-TestUntil { (Get-CadreNode -Name 'g1').Held -eq 1 }
        [IO.File]::Delete("$($fleet.Directory)/g1/node/updated")
        { Update-CadreNode -Node 'g1' -ScriptPath $updating -TimeoutSec 1 @ssh } | Should -Throw '*g1:*still holds 1 job*stays drained*' -ErrorId 'CadreTryAgain,Update-CadreNode'
        "$($fleet.Directory)/g1/node/updated" | Should -Not -Exist
        (Update-CadreNode -Node 'g1' -ScriptPath $updating @ssh).Changed | Should -BeTrue
        ($job | Get-CadreJob).State | Should -Be 'done'
    }
    It 'does not give jobs to a node that is not well, or runs another program than lies there' {
        $key = "$($fleet.Directory)/g2/node/keys/worker.key"
        & '/bin/chmod' '644' $key
        $null = Suspend-CadreNode -Name 'g2'
        { Update-CadreNode -Node 'g2' -ScriptPath $updating @ssh } | Should -Throw '*g2: cadre doctor there: keys:*chmod 600*stays drained*' -ErrorId 'CadreConfiguration,Update-CadreNode'
        & '/bin/chmod' '600' $key
        $tool = (Get-TestCluster).Tool
        Write-TestProgram "$($fleet.Programs)/cadre" "#!/bin/sh`n[ `"`$*`" != --version ] || { echo cadre 9.9; exit; }`nexec $tool `"`$@`""
        try {
            { Update-CadreNode -Node 'g2' -ScriptPath $updating -ReturnSec 1 @ssh } |
                Should -Throw '*g2: it is not back with cadre 9.9*stays drained*' -ErrorId 'CadreTryAgain,Update-CadreNode'
        }
        finally { [IO.File]::Delete("$($fleet.Programs)/cadre") }
        (Update-CadreNode -Node 'g2' -ScriptPath $updating @ssh).State | Should -Be 'ready'
    }
    It 'installs packages, and sees what is there' {
        $package = New-TestPackage $TestDrive '1.0'
        $told = @(Update-CadreNode -Node 'g1', 'g2' -Package $package @ssh)
        $told.Changed | Should -Be $true, $true
        Get-Content -LiteralPath "$($fleet.Directory)/g2/root/usr/share/fleet/version" | Should -Be '1.0'
        (Update-CadreNode -Node 'g1', 'g2' -Package $package @ssh).Changed | Should -Be $false, $false
        (Update-CadreNode -Node 'g1' -Package (New-TestPackage $TestDrive '1.1') @ssh).Changed | Should -BeTrue
        Get-Content -LiteralPath "$($fleet.Directory)/g1/root/usr/share/fleet/version" | Should -Be '1.1'
    }
    It 'that dpkg does not take leaves the node drained' {
        $package = New-TestPackage $TestDrive '1.2' "Depends: not-there`n"
        { Update-CadreNode -Node 'g2' -Package $package @ssh } | Should -Throw '*g2:*not-there*stays drained*' -ErrorId '*,Update-CadreNode'
        (Get-CadreNode -Name 'g2').State | Should -Be 'cordoned'
        $null = Resume-CadreNode -Name 'g2'
        { Update-CadreNode -Node 'g2' -Package $updating @ssh } | Should -Throw '*is no package*' -ErrorId 'CadreNoInput,Update-CadreNode'
    }
}

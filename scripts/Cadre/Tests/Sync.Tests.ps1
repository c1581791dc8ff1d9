# A cluster made what an inventory says, over a real sshd on loopback and with real packages. On a real cluster.

BeforeDiscovery {
    $missing = -not $env:CADRE_BUILD -or -not [IO.File]::Exists('/usr/sbin/sshd') -or -not [IO.File]::Exists('/usr/bin/ssh')
}

BeforeAll {
    Import-Module "$PSScriptRoot/../Cadre.psd1" -Force
    Import-Module "$PSScriptRoot/TestCluster.psm1" -Force
    Import-Module "$PSScriptRoot/TestFleet.psm1" -Force
    $fleet = $null
    if ($env:CADRE_BUILD -and [IO.File]::Exists('/usr/sbin/sshd')) { $fleet = Enter-TestFleet -Cluster (Enter-TestCluster) -Machine 's1', 's2', 's3' }
    $file = Join-Path $TestDrive 'cluster.psd1'

    # An engine beside the inventory; its answer makes another content of it.
    function Write-TestEngine {
        param([string] $Name, [string] $Answer, [string] $Before = ':')
        $null = New-Item -ItemType Directory -Path "$TestDrive/engines/$Name/test" -Force
        Set-Content -LiteralPath "$TestDrive/engines/$Name/engine.yaml" -Value "name: $Name`nversion: 1.0`ncommand: [./run.sh]"
        Write-TestProgram "$TestDrive/engines/$Name/run.sh" "#!/bin/sh`n$Before`necho $Answer"
        Set-Content -LiteralPath "$TestDrive/engines/$Name/test/input" -Value 'x'
    }
    # The inventory: of each node what is said here, and where it is.
    function Write-TestInventory {
        param([Collections.IDictionary] $Node, [string] $More = "Engines = @{ thumb = 'engines/thumb' }; Master = @('w1', 'w2')")
        $lines = @('@{', "    Ssh = @{ Option = @('-F', '$($fleet.SshOption[1])') }", "    $More", "    Default = @{ Address = '$((Get-TestCluster).Address)' }", '    Nodes = @{')
        foreach ($name in $Node.Keys) {
            $lines += "        '$name' = @{ $($Node[$name]); Directory = '$($fleet.Directory)/$name/node'; SpoolPath = '$($fleet.Directory)/$name/node/spool' }"
        }
        Set-Content -LiteralPath $file -Value ($lines + '    }', '}')
    }
    function Sync-TestCluster { param([hashtable] $With = @{}) Sync-CadreCluster $file @With -Confirm:$false -WarningAction SilentlyContinue }
    function Get-TestOffer { param([string] $Node, [string] $Engine) @((Get-CadreNode -Name $Node).Engines | Where-Object Engine -EQ $Engine).Version }
    # What the module makes of it.
    function Read-TestInventory {
        & (Get-Module -Name 'Cadre') {
            param($File)
            function Get-TestInventory { [CmdletBinding()] param($File) Import-CadreInventory -Cmdlet $PSCmdlet -Path $File }
            Get-TestInventory $File
        } $file
    }
    function Get-TestPackage { param([string] $Node) Get-Content -LiteralPath "$($fleet.Directory)/$Node/root/usr/share/fleet/version" }
}
AfterAll {
    if ($null -ne $fleet) { Exit-TestFleet $fleet }
    if ($env:CADRE_BUILD) { Exit-TestCluster }
}

Describe 'An inventory' -Skip:$missing {
    BeforeAll { Write-TestEngine 'thumb' 'one' }
    It 'that is wrong changes nothing, and every fault is named with its line, and the key that was meant' {
        Set-Content -LiteralPath $file -Value @'
@{
    Ssh     = @{ User = 'admin'; Sudo = 'yes' }
    Engines = @{ thumb = 'engines/thumb'; ocr = 'engines/ocr' }
    Defualt = @{ Owner = 'cadre' }
    Nodes   = @{
        's1' = @{ HostNmae = '10.1.0.11'
            State = 'off' }
        's2' = @{ Engines = @('thump') }
        's3' = @{ HostName = 's2' }
        's4' = 'here'
    }
}
'@
        $why = { Sync-TestCluster } | Should -Throw -ErrorId 'CadreBadData,Sync-CadreCluster' -PassThru
        $said = "$why" -split "`n"
        $wanted = '*:2: Ssh.User: is not known here; did you mean UserName*', "*:2: Ssh.Sudo: wanted `$true or `$false, found 'yes'",
        '*:4: Defualt: is not known here; did you mean Default*', '*:6: Nodes.s1.HostNmae: is not known here; did you mean HostName*',
        "*:7: Nodes.s1.State: wanted one of ready, drained, found 'off'", "*:8: Nodes.s2.Engines: 'thump' is none of those that Engines names; did you mean thumb*",
        '*:9: Nodes.s3: ssh would get to s2, which is the machine of s2', '*:10: Nodes.s4: wanted a table*', '*Nothing was changed'
        foreach ($one in $wanted) { @($said | Where-Object { $_ -like $one }) | Should -HaveCount 1 -Because "$one was to be among: $why" }
        (Get-CadreKey).Name | Should -Not -Contain 's1'
    }
    It 'is never executed' {
        Set-Content -LiteralPath $file -Value "@{`n  Nodes = @{ s1 = @{ HostName = `$(New-Item -Path '$TestDrive/ran') } }`n}"
        { Sync-TestCluster } | Should -Throw '*:2: wanted data only*New-Item*' -ErrorId 'CadreBadData,Sync-CadreCluster'
        "$TestDrive/ran" | Should -Not -Exist
        Set-Content -LiteralPath $file -Value "[ordered] @{`n  Nodes = @{}`n}"
        { Sync-TestCluster } | Should -Throw '*:1: wanted data only*found `[ordered`] @{*' -ErrorId 'CadreBadData,Sync-CadreCluster'
        Set-Content -LiteralPath $file -Value '@{ Nodes = @{'
        { Sync-TestCluster } | Should -Throw '*cluster.psd1:1:*' -ErrorId 'CadreBadData,Sync-CadreCluster'
        { Sync-CadreCluster (Join-Path $TestDrive 'none.psd1') } | Should -Throw '*There is no file*' -ErrorId 'CadreNoInput,Sync-CadreCluster'
    }
    It 'names engines and packages that are there, by their own names' {
        Write-TestInventory @{ s1 = "Engines = @('thumb')" } "Engines = @{ thumb = 'engines/none' }; Packages = @('none/*.deb')"
        $why = { Sync-TestCluster } | Should -Throw -ErrorId 'CadreBadData,Sync-CadreCluster' -PassThru
        "$why" | Should -BeLike '*:3: Engines.thumb: *engines/none*:3: Packages: there is no file *none/*'
        Write-TestInventory @{ s1 = "Engines = @('ocr')" } "Engines = @{ ocr = 'engines/thumb' }"
        { Sync-TestCluster } | Should -Throw '*:3: Engines.ocr: the engine in *calls itself thumb*'
    }
    It 'is as the README shows it' {
        Write-TestEngine 'ocr' 'one'
        $null = New-Item -ItemType Directory -Path "$TestDrive/packages"
        & '/bin/mv' (New-TestPackage $TestDrive '0.9') "$TestDrive/packages"
        $text = [IO.File]::ReadAllText("$PSScriptRoot/../README.md")
        $text -match '(?s)```powershell\n(?<inventory>@\{.*?\n\})\n```' | Should -BeTrue
        Set-Content -LiteralPath $file -Value $Matches['inventory']
        $read = Read-TestInventory
        $read.Nodes.Node | Should -Be 'ext-01', 'ext-02', 'ext-03'
        $read.Nodes[0].Engines | Should -Be 'thumb'
        $read.Nodes[2].State | Should -Be 'drained'
        $read.Nodes[2].Place.Owner | Should -Be 'cadre'
        $read.Update.Packages | Should -Be 'fleet 0.9'
        $read.Way.Sudo | Should -BeTrue
    }
    It 'may have 200 nodes, each with all that may be said' {
        $nodes = [ordered] @{}
        foreach ($i in 1..200) { $nodes["n$i"] = "HostName = 'h$i'; Owner = 'cadre'; Engines = @('thumb'); State = 'ready'" }
        Write-TestInventory $nodes
        $read = Read-TestInventory
        $read.Nodes | Should -HaveCount 200
        $read.Way.HostName['n200'] | Should -Be 'h200'
        $read.Nodes[0].Place.Address | Should -Be (Get-TestCluster).Address
    }
}

Describe 'A cluster' -Skip:$missing {
    BeforeAll {
        Write-TestEngine 'thumb' 'one'
        $null = New-TestPackage $TestDrive '1.0'
        $more = "Engines = @{ thumb = 'engines/thumb' }; Packages = @('package-1.0.deb'); Master = @('w1', 'w2')"
        $nodes = [ordered] @{ s1 = "Engines = @('thumb')"; s2 = "Engines = @('thumb'); State = 'drained'" }
        Write-TestInventory $nodes $more
    }
    It 'is told what would be done with -WhatIf, and left as it is' {
        $plan = @(Sync-CadreCluster $file -WhatIf)
        $plan.Node | Should -Be 's1', 's1', 's2', 's2', 's2'
        $plan.Step | Should -Be 'Node', 'Engine', 'Node', 'Engine', 'State'
        $plan[1].After | Should -Match '^thumb 1\.0-[0-9a-f]{12}$'
        $plan[4].Before | Should -Be 'ready'
        $plan[4].After | Should -Be 'drained'
        @($plan | Where-Object Changed) | Should -HaveCount 0
        $plan[0].psobject.TypeNames | Should -Contain 'Cadre.SyncStep'
        $plan[0].psobject.Properties.Name | Should -Be 'Node', 'Step', 'Before', 'After', 'Changed'
        "$($fleet.Directory)/s1/node" | Should -Not -Exist
        (Get-CadreNode).Node | Should -Not -Contain 's1'
    }
    It 'becomes what the inventory says; a second time nothing is changed' {
        $told = @(Sync-TestCluster)
        $told.Step | Should -Be 'Node', 'Engine', 'Node', 'Engine', 'State'
        @($told | Where-Object { -not $_.Changed }) | Should -HaveCount 0
        (Get-CadreNode -Name 's1').State | Should -Be 'ready'
        (Get-CadreNode -Name 's2').State | Should -Be 'cordoned'
        Get-TestOffer 's2' 'thumb' | Should -Be ($told[1].After -replace '^thumb ')
        Get-TestPackage 's2' | Should -Be '1.0'

        $again = @(Sync-CadreCluster $file -Verbose 4>&1)
        $steps = @($again | Where-Object { $_.psobject.TypeNames -contains 'Cadre.SyncStep' })
        $steps.Node | Should -Be 's1', 's2'
        $steps.Step | Should -Be 'None', 'None'
        $steps.Changed | Should -Be $false, $false
        "$again" | Should -BeLike '*Nothing was changed.*'
    }
    It 'has only those changed that -Limit names; a name that nobody has is an error' {
        Write-TestEngine 'thumb' 'two'
        $first = Get-TestOffer 's1' 'thumb'
        $told = @(Sync-TestCluster -With @{ Limit = 's[2]' })
        $told.Node | Should -Be 's2'
        $told.Before | Should -Be "thumb $first"
        Get-TestOffer 's1' 'thumb' | Should -Be $first
        { Sync-TestCluster -With @{ Limit = 's22' } } | Should -Throw '*-Limit s22: there is no such node in the inventory; did you mean s2*Nothing was changed*' -ErrorId 'CadreUsage,Sync-CadreCluster'
    }
    It 'stops at the first node that fails; mended, the same command goes on' {
        $null = New-TestPackage $TestDrive '1.1'
        Write-TestEngine 'thumb' 'three' '[ ! -e "$CADRE_ENGINE_DIR/../../broken" ] || exit 3'
        Set-Content -LiteralPath "$($fleet.Directory)/s2/node/engines/broken" -Value ''
        $nodes['s3'] = "Engines = @('thumb')"
        Write-TestInventory $nodes ($more -replace '1\.0', '1.1')
        $plan = @(Sync-CadreCluster $file -WhatIf)
        $plan.Step | Should -Be 'Packages', 'Engine', 'Packages', 'Engine', 'State', 'Node', 'Engine'
        $plan[0].Before | Should -Be 'fleet 1.0'
        $plan[0].After | Should -Be 'fleet 1.1'
        Get-TestPackage 's1' | Should -Be '1.0'

        $told = [Collections.Generic.List[psobject]]::new()
        $why = { Sync-TestCluster | ForEach-Object { $told.Add($_) } } | Should -Throw -ErrorId 'CadreBadData,Sync-CadreCluster' -PassThru
        "$why" | Should -BeLike "s2: *does not pass its test*`n  Done before: s1`n  Not begun: s3`n  When it is mended, the same command goes on from there"
        $told.Node | Should -Be 's1', 's1', 's2'
        Get-TestPackage 's1' | Should -Be '1.1'
        (Get-CadreNode).Node | Should -Not -Contain 's3'

        [IO.File]::Delete("$($fleet.Directory)/s2/node/engines/broken")
        $told = @(Sync-TestCluster)
        $told.Node | Should -Be 's1', 's2', 's2', 's3', 's3'
        $told.Step | Should -Be 'None', 'Engine', 'State', 'Node', 'Engine'
        $told.Changed | Should -Be $false, $true, $true, $true, $true
        (Get-CadreNode -Name 's2').State | Should -Be 'cordoned'
        Get-TestPackage 's3' | Should -Be '1.1'
        @((Get-CadreEngine -Name 'thumb').Differs) | Should -HaveCount 0
    }
    It 'gives nodes jobs again that the inventory does not say to be drained' {
        $null = Suspend-CadreNode 's1'
        $nodes['s2'] = "Engines = @('thumb')"
        Write-TestInventory $nodes ($more -replace '1\.0', '1.1')
        $told = @(Sync-TestCluster)
        $told.Step | Should -Be 'State', 'State', 'None'
        $told.Changed | Should -Be $true, $true, $false
        @(Get-CadreNode -Name 's*' | Where-Object State -EQ 'ready') | Should -HaveCount 3
    }
    It 'has a node whose worker has ended started again, as it was' {
        $null = Stop-CadreService -Role 'Worker' -Config "$($fleet.Directory)/s3/node/node.yaml" -Confirm:$false
        Wait-TestUntil { (Get-CadreNode -Name 's3').State -eq 'lost' }
        $told = @(Sync-TestCluster | Where-Object Step -NE 'None')
        $told.Node | Sort-Object -Unique | Should -Be 's3'
        $told.Step | Should -Be 'Node', 'Engine'
        $told[0].Before | Should -Be 'lost'
        $told.Changed | Should -Be $true, $false -Because 'it had the engine before'
        (Get-CadreNode -Name 's3').State | Should -Be 'ready'
        @(Sync-TestCluster).Step | Should -Be 'None', 'None', 'None'
    }
    It 'is not begun where ssh does not get to somebody on whom something is to be done' {
        $first = Get-TestOffer 's1' 'thumb'
        Write-TestEngine 'thumb' 'four'
        Write-TestInventory ($nodes + @{ s4 = "HostName = 'nowhere'" }) ($more -replace '1\.0', '1.1')
        { Sync-TestCluster } | Should -Throw '*s4: ssh does not get to nowhere*Nothing was changed*' -ErrorId 'CadreUnreachable,Sync-CadreCluster'
        Get-TestOffer 's1' 'thumb' | Should -Be $first
        Write-TestEngine 'thumb' 'three' '[ ! -e "$CADRE_ENGINE_DIR/../../broken" ] || exit 3'
    }
    It 'has what the inventory does not name taken away with -Prune alone, and never the master''s own node' {
        Write-TestEngine 'extra' 'x'
        $ssh = @{ SshOption = $fleet.SshOption }
        $null = Install-CadreEngine "$TestDrive/engines/extra" -Node 's1', 's2' @ssh -WarningAction SilentlyContinue
        # s2's engines are not said: they are not looked at. s3 is not named any more.
        Write-TestInventory ([ordered] @{ s1 = "Engines = @('thumb')"; s2 = "State = 'ready'" }) ($more -replace '1\.0', '1.1')
        @(Sync-TestCluster).Step | Should -Be 'None', 'None'
        $plan = @(Sync-CadreCluster $file -Prune -WhatIf)
        $plan.Node | Should -Be 's1', 's2', 's3'
        $plan.Step | Should -Be 'Engine', 'None', 'Node'
        $plan[0].Before | Should -BeLike 'extra 1.0-*'
        $plan[0].After | Should -Be ''
        Get-TestOffer 's1' 'extra' | Should -Not -BeNullOrEmpty

        # Nobody can be asked in a test: what would ask fails.
        { Sync-CadreCluster $file -Prune } | Should -Throw 's1: *interactive*' -ErrorId '*,Sync-CadreCluster'
        Get-TestOffer 's1' 'extra' | Should -Not -BeNullOrEmpty
        (Get-CadreNode).Node | Should -Contain 's3'

        $told = @(Sync-TestCluster -With @{ Prune = $true })
        $told.Changed | Should -Be $true, $false, $true
        Get-TestOffer 's1' 'extra' | Should -BeNullOrEmpty
        Get-TestOffer 's1' 'echo' | Should -Not -BeNullOrEmpty -Because 'nobody installed that one'
        Get-TestOffer 's2' 'extra' | Should -Not -BeNullOrEmpty
        (Get-CadreNode).Node | Sort-Object | Should -Be 's1', 's2', 'w1', 'w2'
        (Get-CadreKey -Name 's3' | Where-Object Role -EQ 'worker').Revoked | Should -BeTrue
        @(Sync-TestCluster -With @{ Prune = $true }).Step | Should -Be 'None', 'None'
    }
    It 'has the master''s own node drained and back, and its packages left to the master''s own update' {
        # ssh does not get to w1: whoever asked it for packages would fail.
        foreach ($state in 'drained', 'ready') {
            Write-TestInventory ([ordered] @{ w1 = "State = '$state'" }) ($more -replace '1\.0', '1.1')
            $told = @(Sync-TestCluster)
            $told.Step | Should -Be 'State'
            $told.After | Should -Be $state
            $told.Changed | Should -BeTrue
            (Get-CadreNode -Name 'w1').Cordoned | Should -Be ($state -eq 'drained')
        }
    }
    It 'is not taken for another where the inventory writes a name in other letters' {
        Write-TestInventory ([ordered] @{ S1 = "State = 'ready'" }) "Master = @('w1', 'w2')"
        { Sync-TestCluster -With @{ Prune = $true } } | Should -Throw '*S1: the cluster writes it s1*Nothing was changed*' -ErrorId 'CadreUsage,Sync-CadreCluster'
        (Get-CadreNode).Node | Should -Contain 's1'
    }
    It 'is not pruned where it is not known which node is the master''s; and that one is never added' {
        $cluster = Get-TestCluster
        try {
            $null = Connect-CadreCluster -Address $cluster.Address -ServerKeyFile $cluster.ServerKeyFile -KeyFile $cluster.ClientKeyFile -Tool $cluster.Tool
            Write-TestInventory ([ordered] @{ s1 = "State = 'ready'" }) "Master = @('w1', 'w3')"
            { Sync-TestCluster -With @{ Prune = $true } } | Should -Throw "*Master: the cluster has no node 'w3'; did you mean w?`?*Nothing was changed*" -ErrorId 'CadreUsage,Sync-CadreCluster'
            Write-TestInventory ([ordered] @{ s1 = "State = 'ready'" }) 'Master = @()'
            @(Sync-CadreCluster $file -Prune -WhatIf | Where-Object After -EQ '').Node | Should -Be 's2', 'w1', 'w2'
            Write-TestInventory ([ordered] @{ s1 = "State = 'ready'" }) ''
            { Sync-TestCluster -With @{ Prune = $true } } | Should -Throw "*Which node is the master's own*Master = 'NAME'*Nothing was changed*" -ErrorId 'CadreUsage,Sync-CadreCluster'
        }
        finally { $null = Connect-CadreCluster -Config $cluster.Config -Tool $cluster.Tool }
        # What the node's file here calls the master.
        Write-TestInventory ([ordered] @{ master = "HostName = 's3'" }) ''
        { Sync-TestCluster } | Should -Throw "*master is the master's own node, which is never added*" -ErrorId 'CadreUsage,Sync-CadreCluster'
        (Get-CadreNode).Node | Sort-Object | Should -Be 's1', 's2', 'w1', 'w2'
    }
}

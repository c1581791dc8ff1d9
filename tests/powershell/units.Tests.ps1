# What the module does where systemd looks after the daemons: with the real systemctl and the units of the build, on files of
# its own (with-units). Whether a unit is started with the machine is tried, for that is in the files. Whether it runs, its
# start and its end are not: without systemd as the first process systemctl ignores these words and ends with 0.

BeforeAll {
    Import-Module "$PSScriptRoot/../../scripts/Cadre/Cadre.psd1" -Force
    Import-Module "$PSScriptRoot/../../scripts/Cadre/Tests/TestCluster.psm1" -Force

    function Get-TestUnit {
        param([string] $Name)
        $word = & '/usr/bin/systemctl' 'is-enabled' $Name
        $place = "/etc/systemd/system/multi-user.target.wants/$Name.service"
        $link = (& '/usr/bin/readlink' $place) -replace '^/lib/', '/usr/lib/'
        "$word $link".Trim()
    }
    function Clear-TestUnit {
        $names = 'cadre-worker', 'cadre-broker', 'cadre-mariadb'
        & '/usr/bin/systemctl' 'unmask' '--quiet' $names
        & '/usr/bin/systemctl' 'disable' '--quiet' $names
        & '/usr/bin/systemctl' 'disable' '--quiet' '--runtime' $names
    }
}

Describe 'The daemon of a role' -Skip:(-not $env:CADRE_OWN_UNITS) -ForEach @(
    @{ role = 'Worker'; name = 'cadre-worker' }
    @{ role = 'Broker'; name = 'cadre-broker' }
    @{ role = 'Database'; name = 'cadre-mariadb' }) {

    BeforeAll { $registered = "enabled /usr/lib/systemd/system/$name.service" }
    BeforeEach { Clear-TestUnit }

    It 'is looked after by systemd with the usual file, and with no other' {
        $service = Get-CadreService -Role $role
        $service.Manager | Should -Be 'Systemd'
        $service.Name | Should -Be $name
        $service.PidFile | Should -BeNullOrEmpty
        $service.Running | Should -BeFalse -Because 'systemctl did not say that it runs'
        $other = "$TestDrive/node.yaml"
        (Get-CadreService -Role $role -Config $other).Manager | Should -Be 'Process'
        (Register-CadreService -Role $role -Config $other -ErrorAction SilentlyContinue -ErrorVariable told).Changed | Should -BeFalse
        $told[0].FullyQualifiedErrorId | Should -Be 'CadreNotSo,Register-CadreService'
        Get-TestUnit $name | Should -Be 'disabled'
    }
    It 'is registered; a second time changes nothing' {
        Register-CadreService -Role $role -WhatIf | Should -BeNullOrEmpty
        Get-TestUnit $name | Should -Be 'disabled'
        $done = Register-CadreService -Role $role
        $done.Changed | Should -BeTrue
        $done.Name | Should -Be $name
        Get-TestUnit $name | Should -Be $registered
        (Register-CadreService -Role $role).Changed | Should -BeFalse
        Get-TestUnit $name | Should -Be $registered
        @('cadre-worker', 'cadre-broker', 'cadre-mariadb' | Where-Object { (Get-TestUnit $_) -ne 'disabled' }) | Should -Be $name
    }
    It 'is registered no more; a second time changes nothing' {
        $null = Register-CadreService -Role $role
        Unregister-CadreService -Role $role -WhatIf | Should -BeNullOrEmpty
        Get-TestUnit $name | Should -Be $registered
        (Unregister-CadreService -Role $role).Changed | Should -BeTrue
        Get-TestUnit $name | Should -Be 'disabled'
        (Unregister-CadreService -Role $role).Changed | Should -BeFalse
        Get-TestUnit $name | Should -Be 'disabled'
    }
    It 'is not taken for registered when that ends with the next restart' {
        & '/usr/bin/systemctl' 'enable' '--quiet' '--runtime' $name
        Get-TestUnit $name | Should -Be 'enabled-runtime'
        (Unregister-CadreService -Role $role).Changed | Should -BeFalse
        (Register-CadreService -Role $role).Changed | Should -BeTrue
        Get-TestUnit $name | Should -Be $registered
        (Unregister-CadreService -Role $role).Changed | Should -BeTrue
        Get-TestUnit $name | Should -Be 'enabled-runtime'
    }
    It 'cannot be registered while it is masked' {
        & '/usr/bin/systemctl' 'mask' '--quiet' $name
        (Register-CadreService -Role $role -ErrorAction SilentlyContinue -ErrorVariable told).Changed | Should -BeFalse
        $told[0].FullyQualifiedErrorId | Should -Be 'CadreNotSo,Register-CadreService'
        "$told" | Should -BeLike "*enable $name left it as it was (masked)*is masked*"
        Get-TestUnit $name | Should -Be 'masked'
    }
    It 'cannot be registered where its unit never asks for a start, or is not there' {
        $unit = "/usr/lib/systemd/system/$name.service"
        $text = Get-Content -LiteralPath $unit -Raw
        try {
            Set-Content -LiteralPath $unit -Value ($text -replace '(?s)\[Install\].*', '') -NoNewline
            (Register-CadreService -Role $role -ErrorAction SilentlyContinue -ErrorVariable told).Changed | Should -BeFalse
            "$told" | Should -BeLike "*left it as it was (static)*no installation config*"
            [IO.File]::Delete($unit)
            (Register-CadreService -Role $role -ErrorAction SilentlyContinue -ErrorVariable told).Changed | Should -BeFalse
            "$told" | Should -BeLike '*left it as it was (not-found)*does not exist*'
            (Unregister-CadreService -Role $role).Changed | Should -BeFalse
        }
        finally { Set-Content -LiteralPath $unit -Value $text -NoNewline }
        (Register-CadreService -Role $role).Changed | Should -BeTrue
    }
}

Describe 'Daemons that are made and taken away' -Skip:(-not ($env:CADRE_OWN_UNITS -and $env:CADRE_BUILD)) {
    BeforeAll { if ($env:CADRE_OWN_UNITS -and $env:CADRE_BUILD) { $null = Enter-TestCluster } }
    AfterAll { if ($env:CADRE_OWN_UNITS -and $env:CADRE_BUILD) { Exit-TestCluster } }
    BeforeEach { Clear-TestUnit }

    It 'are registered together, as Install-CadreMaster does it, each that is not' {
        $null = Register-CadreService -Role Broker
        $services = & (Get-Module -Name 'Cadre') {
            [CmdletBinding()] param()
            $all = @(foreach ($role in 'Database', 'Broker', 'Worker') { Get-CadreServiceState -Cmdlet $PSCmdlet -Role $role -Config '/etc/cadre/node.yaml' })
            foreach ($one in $all) { Add-Member -InputObject $one -MemberType 'NoteProperty' -Name 'Changed' -Value $false }
            Set-CadreUnit -Cmdlet $PSCmdlet -Service $all -Action 'enable' -Confirm:$false
            $all
        }
        $services.Changed | Should -Be $true, $false, $true
        foreach ($name in $services.Name) { Get-TestUnit $name | Should -Be "enabled /usr/lib/systemd/system/$name.service" }
    }
    It 'are a worker that Install-CadreExtension -Start registers, and Uninstall-CadreExtension registers no more' {
        $spool = @{ SpoolPath = "$TestDrive/spool"; Owner = 'nobody'; WarningAction = 'SilentlyContinue' }
        $ticket = New-CadreJoinTicket -NodeName 'unit' -Address (Get-TestCluster).Address -WarningAction SilentlyContinue
        $made = $ticket | Install-CadreExtension @spool
        $made.Joined | Should -BeTrue
        $made.Config | Should -Be '/etc/cadre/node.yaml'
        Get-TestUnit 'cadre-worker' | Should -Be 'disabled' -Because 'without -Start nothing is registered'
        $ticket | Install-CadreExtension @spool -Start -WhatIf | Should -BeNullOrEmpty
        Get-TestUnit 'cadre-worker' | Should -Be 'disabled'
        $started = $ticket | Install-CadreExtension @spool -Start
        $started.Service.Manager | Should -Be 'Systemd'
        Get-TestUnit 'cadre-worker' | Should -Be 'enabled /usr/lib/systemd/system/cadre-worker.service'
        (Uninstall-CadreExtension -Confirm:$false).Changed | Should -BeTrue
        Get-TestUnit 'cadre-worker' | Should -Be 'disabled'
        '/etc/cadre/node.yaml' | Should -Not -Exist
    }
}

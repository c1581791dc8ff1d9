# Every command that the module and its tests use is one of PowerShell's, of Pester's or our own, and has the parameters
# that are given to it; and no stand-in has a parameter that the real cmdlet lacks. By the list of the commands of
# PowerShell 7.0 on Linux that comes with PSScriptAnalyzer (CADRE_ANALYZER names the directory of fetch-analyzer).

BeforeDiscovery {
    $root = [IO.Path]::GetFullPath("$PSScriptRoot/../..")
    $files = Get-ChildItem -Path "$root/scripts/Cadre" -Recurse -File | Where-Object { $_.Extension -in '.ps1', '.psm1' }
    $scripts = foreach ($file in $files) { @{ name = [IO.Path]::GetRelativePath($root, $file.FullName); path = $file.FullName } }
    $standins = @(if (Get-Module -Name 'StandIns') { (Get-Module -Name 'StandIns').ExportedFunctions.Keys } else { 'none' })
}

Describe 'Commands' -Skip:(-not [IO.File]::Exists("$env:CADRE_ANALYZER/commands.json")) {
    BeforeAll {
        $known = Get-Content -LiteralPath "$env:CADRE_ANALYZER/commands.json" -Raw | ConvertFrom-Json -AsHashtable
        # What came after 7.0, and was there in 7.2.
        $newer = @{ 'Get-Date' = @('AsUTC') }
        $pester = @('Describe', 'Context', 'It', 'BeforeAll', 'AfterAll', 'BeforeEach', 'AfterEach', 'BeforeDiscovery', 'Should', 'Set-ItResult')
        $common = @($known['common']) + 'WhatIf', 'Confirm', 'ErrorAction', 'ProgressAction'

        # Functions of ours, by what the files declare: nothing needs to be loaded for that.
        $declared = @{}
        $root = [IO.Path]::GetFullPath("$PSScriptRoot/../..")
        foreach ($file in Get-ChildItem -Path "$root/scripts/Cadre" -Recurse -File | Where-Object { $_.Extension -in '.ps1', '.psm1' }) {
            $tokens = $faults = $null
            $tree = [Management.Automation.Language.Parser]::ParseFile($file.FullName, [ref] $tokens, [ref] $faults)
            foreach ($function in $tree.FindAll({ $args[0] -is [Management.Automation.Language.FunctionDefinitionAst] }, $true)) {
                $declared[$function.Name] = @(
                    if ($null -ne $function.Body.ParamBlock) { $function.Body.ParamBlock.Parameters.Name.VariablePath.UserPath }
                )
            }
        }

        # What the module, its tests, the runner of tests and the tests of that one call.
        $places = "$root/scripts/Cadre", "$root/tests/powershell"
        $callers = foreach ($place in $places) { Get-ChildItem -Path $place -Recurse -File | Where-Object { $_.Extension -in '.ps1', '.psm1' } }
        $callers = $callers | Where-Object { $_.FullName -notlike '*/standins/*' -and $_.Name -ne 'standins.Tests.ps1' }
        $used = @(
            foreach ($file in $callers) {
                $tokens = $faults = $null
                $tree = [Management.Automation.Language.Parser]::ParseFile($file.FullName, [ref] $tokens, [ref] $faults)
                $tree.FindAll({ $args[0] -is [Management.Automation.Language.CommandAst] }, $true) | ForEach-Object { $_.GetCommandName() }
            }
            # Called where this does not look: by PSScriptAnalyzer itself, and by texts that the runner's tests make files of.
            'New-Object', 'Write-Error'
        )

        # What is wrong with a command: nothing, or a sentence.
        function Get-Fault {
            param([Management.Automation.Language.CommandAst] $Command)
            $name = $Command.GetCommandName()
            if (-not $name -or $name -in $pester -or [IO.Path]::IsPathRooted($name)) { return }
            $place = "line $($Command.Extent.StartLineNumber): $name"
            $parameters = if ($declared.ContainsKey($name)) { $declared[$name] } elseif ($known.Contains($name)) { $known[$name] } else { return "$place is no command of PowerShell" }
            $all = @($parameters) + $common + @($newer[$name])
            foreach ($element in $Command.CommandElements) {
                if ($element -isnot [Management.Automation.Language.CommandParameterAst]) { continue }
                if ($element.ParameterName -notin $all) { "$place has no -$($element.ParameterName)" }
            }
        }
    }

    It 'are there, with their parameters: <name>' -TestCases $scripts {
        $tokens = $faults = $null
        $tree = [Management.Automation.Language.Parser]::ParseFile($path, [ref] $tokens, [ref] $faults)
        $faults | Should -BeNullOrEmpty
        $commands = $tree.FindAll({ $args[0] -is [Management.Automation.Language.CommandAst] }, $true)
        @($commands | ForEach-Object { Get-Fault $_ }) -join "`n" | Should -BeNullOrEmpty
    }

    It 'are missed, when they are not there' {
        $text = 'Get-Servce; Get-Item -Pth x; Get-CadreJob -Idd 1; Get-Date -AsUTC; Get-CadreJob -Id 1 -Verbose'
        $tokens = $faults = $null
        $tree = [Management.Automation.Language.Parser]::ParseInput($text, [ref] $tokens, [ref] $faults)
        $commands = $tree.FindAll({ $args[0] -is [Management.Automation.Language.CommandAst] }, $true)
        @($commands | ForEach-Object { Get-Fault $_ }) | Should -HaveCount 3
    }

    It 'have no parameter in the stand-in that they have not: <_>' -Skip:($standins[0] -eq 'none') -ForEach $standins {
        $real = @($known[$_]) + $common + @($newer[$_])
        $known.Contains($_) | Should -BeTrue
        @((Get-Command -Name $_).Parameters.Keys | Where-Object { $_ -notin $real }) | Should -BeNullOrEmpty
        $aliases = @((Get-Command -Name $_).Parameters.Values | ForEach-Object { $_.Aliases })
        @($aliases | Where-Object { $_ -notin $real -and $_ -notin 'vb', 'db', 'ea', 'wa', 'infa', 'ev', 'wv', 'iv', 'ov', 'ob', 'pv', 'proga', 'wi', 'cf' }) | Should -BeNullOrEmpty
    }

    It 'are stood in for only where something but the test of stand-ins uses them: <_>' -Skip:($standins[0] -eq 'none') -ForEach $standins {
        $used | Should -Contain $_
    }
}

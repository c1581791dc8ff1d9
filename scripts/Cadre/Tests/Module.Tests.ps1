# The module as a whole: what it exports, that each cmdlet explains itself, and the rules that every cmdlet keeps.

BeforeDiscovery {
    function Get-CmdletCase {
        foreach ($file in [IO.Directory]::GetFiles([IO.Path]::GetFullPath("$PSScriptRoot/../Public"), '*.ps1')) {
            @{ name = [IO.Path]::GetFileNameWithoutExtension($file); path = $file }
        }
    }
    function Get-SourceCase {
        foreach ($file in [IO.Directory]::GetFiles([IO.Path]::GetFullPath("$PSScriptRoot/.."), '*.ps*1', 'AllDirectories')) {
            if ($file -notlike '*/Tests/*' -and $file -notlike '*xml') { @{ name = [IO.Path]::GetFileName($file); path = $file } }
        }
    }
}

BeforeAll {
    $manifest = [IO.Path]::GetFullPath("$PSScriptRoot/../Cadre.psd1")
    Import-Module $manifest -Force
    function Get-Tree {
        param([string] $Path)
        $tokens = $faults = $null
        $tree = [Management.Automation.Language.Parser]::ParseFile($Path, [ref] $tokens, [ref] $faults)
        if ($faults.Count -gt 0) { throw "$Path does not parse: $($faults[0])" }
        $tree
    }
    function Find-Part {
        param($Tree, [type] $Type)
        $wanted = $Type
        $Tree.FindAll({ $args[0] -is $wanted }.GetNewClosure(), $true)
    }
}

Describe 'The module' {
    It 'is valid, for PowerShell 7.2 and later, wherever it runs' {
        $told = Test-ModuleManifest -Path $manifest
        $told.PowerShellVersion | Should -Be ([version] '7.2')
        $told.CompatiblePSEditions | Should -Be 'Core'
    }
    It 'exports each file of Public, by name, and nothing else' -TestCases @{ cmdlets = @(Get-CmdletCase) } {
        $wanted = $cmdlets.name | Sort-Object
        (Import-PowerShellDataFile -Path $manifest).FunctionsToExport | Sort-Object | Should -Be $wanted
        (Get-Module -Name 'Cadre').ExportedCommands.Keys | Sort-Object | Should -Be $wanted
    }
    It 'has one function in <name>, named as the file' -TestCases (Get-CmdletCase) {
        $functions = @(Find-Part (Get-Tree $path) ([Management.Automation.Language.FunctionDefinitionAst]))
        $functions.Name | Should -Be $name
    }
    It 'explains <name>: what it does, an example, and every parameter' -TestCases (Get-CmdletCase) {
        $function = @(Find-Part (Get-Tree $path) ([Management.Automation.Language.FunctionDefinitionAst]))[0]
        $help = $function.GetHelpContent()
        $help.Synopsis | Should -Not -BeNullOrEmpty
        @($help.Examples).Count | Should -BeGreaterThan 0
        $declared = @(if ($null -ne $function.Body.ParamBlock) { $function.Body.ParamBlock.Parameters | ForEach-Object { $_.Name.VariablePath.UserPath } })
        @($help.Parameters.Keys) | Sort-Object | Should -Be @($declared | ForEach-Object { $_.ToUpperInvariant() } | Sort-Object)
        @($help.Parameters.Values | Where-Object { -not "$_".Trim() }) | Should -BeNullOrEmpty
        (Get-Help -Name $name).Synopsis | Should -Not -BeNullOrEmpty
    }
    It 'asks before it changes something: <name>' -TestCases (Get-CmdletCase) {
        $function = @(Find-Part (Get-Tree $path) ([Management.Automation.Language.FunctionDefinitionAst]))[0]
        $supports = (Get-Command -Name $name).Parameters.ContainsKey('WhatIf')
        $asks = $function.Extent.Text -match '\$PSCmdlet\.ShouldProcess\('
        $verb = $name.Split('-')[0]
        # Connect changes only what this session knows.
        $supports | Should -Be ($verb -notin 'Get', 'Test', 'Wait', 'Connect')
        $asks | Should -Be $supports -Because 'one without the other is a promise that is not kept'
    }
    It 'says what <name> gives back' -TestCases (Get-CmdletCase) { (Get-Command -Name $name).OutputType | Should -Not -BeNullOrEmpty }

    It 'keeps the rules of the house in <name>' -TestCases (Get-SourceCase) {
        $tree = Get-Tree $path
        $commands = @(Find-Part $tree ([Management.Automation.Language.CommandAst]) | ForEach-Object { $_.GetCommandName() } | Where-Object { $_ })
        $commands | Where-Object { $_ -in 'Invoke-Expression', 'Write-Host', 'Start-Process', 'Read-Host' } | Should -BeNullOrEmpty
        @($commands | Where-Object { $_ -notmatch '^[A-Z]\w*-[A-Z]\w*$' }) | Should -BeNullOrEmpty -Because 'no aliases, and no program by `&` (quotes get lost)'
        @(Find-Part $tree ([Management.Automation.Language.TernaryExpressionAst])) | Should -BeNullOrEmpty
        @(Find-Part $tree ([Management.Automation.Language.PipelineChainAst])) | Should -BeNullOrEmpty
        $text = [IO.File]::ReadAllText($path)
        $text | Should -Not -Match "`r" -Because 'lines end with LF'
        $text | Should -Not -Match '\?\?|\?\.|ConvertTo-SecureString|\[string\] \$Password'
        $text -match '[^\x00-\x7F]' | Should -BeFalse -Because 'text without a BOM is ASCII'
    }
    It 'is strict inside, and leaves the session as it is' {
        & (Get-Module -Name 'Cadre') { $nothing = [pscustomobject] @{ A = 1 }; { $nothing.B } | Should -Throw }
        $nothing = [pscustomobject] @{ A = 1 }
        $nothing.B | Should -BeNullOrEmpty
    }
}

Describe 'Inside' {
    It 'names properties as PowerShell does, also deep inside' {
        $made = & (Get-Module -Name 'Cadre') {
            $json = '{"seen_seconds": 1.5, "end": {"peak_memory": 7}, "files": [{"bytes": 1}], "none": [], "null": null}'
            ConvertTo-CadreObject -InputObject ($json | ConvertFrom-Json) -TypeName 'Cadre.Try'
        }
        $made.SeenSeconds | Should -Be 1.5
        $made.End.PeakMemory | Should -Be 7
        $made.Files | Should -HaveCount 1
        $made.Files[0].Bytes | Should -Be 1
        $made.None.Count | Should -Be 0
        $made.Null | Should -BeNullOrEmpty
        $made.psobject.TypeNames[0] | Should -Be 'Cadre.Try'
        $made.psobject.Properties.Name | Should -BeExactly 'SeenSeconds', 'End', 'Files', 'None', 'Null'
    }
    It 'gives exit code <code> the id <id> and the category <category>' -TestCases @(
        @{ code = 1; id = 'CadreNotSo'; category = 'InvalidResult' }
        @{ code = 69; id = 'CadreUnreachable'; category = 'ConnectionError' }
        @{ code = 77; id = 'CadreNotAllowed'; category = 'PermissionDenied' }
        @{ code = 99; id = 'CadreToolFailed'; category = 'NotSpecified' }
    ) {
        $record = & (Get-Module -Name 'Cadre') { param($Code) ConvertTo-CadreError -ExitCode $Code -Message "cadre: it is so`n  do that`n" } $code
        $record.FullyQualifiedErrorId | Should -Be $id
        $record.CategoryInfo.Category | Should -Be $category
        $record.Exception.Message | Should -Be "it is so`n  do that"
    }
    It 'explains every kind of error, by its id and by the error itself' {
        $all = @(Get-CadreErrorHelp)
        $all.Code | Should -Contain 'CadreTryAgain'
        @($all | Where-Object { -not $_.Meaning -or -not $_.Cure }) | Should -HaveCount 0
        $help = [IO.File]::ReadAllText("$PSScriptRoot/../en-US/about_Cadre.help.txt")
        @($all.Code | Where-Object { $help -cnotmatch $_ }) | Should -BeNullOrEmpty
        (Get-CadreErrorHelp 'CadreNo*').Code | Should -Be 'CadreNotSo', 'CadreNoInput', 'CadreNoOutput', 'CadreNotAllowed'
        $record = & (Get-Module -Name 'Cadre') { ConvertTo-CadreError -ExitCode 69 -Message 'x' }
        ($record | Get-CadreErrorHelp).Code | Should -Be 'CadreUnreachable'
        { Get-CadreErrorHelp 'CadreWhatever' -ErrorAction Stop } | Should -Throw -ErrorId 'CadreNotSo,Get-CadreErrorHelp'
    }
    It 'hands every argument over as it is' {
        $odd = '', ' ', 'a b', '"', "it's", 'a"b"c', '$HOME', '*', '\', '\"', '--json', "two`nlines"
        $ran = & (Get-Module -Name 'Cadre') { param($Odd) Invoke-CadreProcess -Path '/usr/bin/printf' -Argument (@('<%s>') + $Odd) } $odd
        $ran.ExitCode | Should -Be 0
        $ran.Output | Should -BeExactly (-join @($odd | ForEach-Object { "<$_>" }))
    }
    It 'reads both outputs to their ends, however long they are' {
        $ran = & (Get-Module -Name 'Cadre') {
            Invoke-CadreProcess -Path '/bin/sh' -Argument '-c', 'head -c 300000 /dev/zero | tr "\0" e >&2; head -c 300000 /dev/zero | tr "\0" o; exit 3'
        }
        $ran.ExitCode | Should -Be 3
        $ran.Output.Length | Should -Be 300000
        $ran.Errors.Length | Should -Be 300000
    }
    It 'gives a secret to the standard input, as it is' {
        $ran = & (Get-Module -Name 'Cadre') {
            Invoke-CadreProcess -Path '/bin/cat' -Secret (ConvertTo-CadreSecret -Text "Gr`u{FC}`u{DF}e `"x`" ")
        }
        $ran.Output | Should -BeExactly "Gr`u{FC}`u{DF}e `"x`" `n"
    }
    It 'tells how a program ended that did not read its secret' {
        $ran = & (Get-Module -Name 'Cadre') {
            Invoke-CadreProcess -Path '/bin/sh' -Argument '-c', 'exec 0<&-; echo why >&2; exit 3' -Secret (ConvertTo-CadreSecret -Text ('x' * 65536))
        }
        $ran.ExitCode | Should -Be 3
        $ran.Errors | Should -Be "why`n"
    }
    It 'shows no answer that holds a secret, also where it is broken' {
        $tool = Join-Path $TestDrive 'leaky'
        Set-Content -LiteralPath $tool -Value "#!/bin/sh`necho '{ticket: hush'"
        & '/bin/chmod' '+x' $tool
        & (Get-Module -Name 'Cadre') { param($Tool) $script:Connection = @{ Tool = $Tool; Arguments = @() } } $tool
        { New-CadreJoinTicket -NodeName 'n' } | Should -Throw '*is not JSON: it holds a secret*' -ErrorId 'CadreBug,New-CadreJoinTicket'
        "$Error" | Should -Not -BeLike '*hush*'
    }
    It 'ends with a sentence where the tool is no program' {
        $tool = Join-Path $TestDrive 'broken'
        Set-Content -LiteralPath $tool -Value 'no program' -NoNewline
        & '/bin/chmod' '+x' $tool
        { Connect-CadreCluster -Config 'any.yaml' -Tool $tool } | Should -Throw '*cannot be run*' -ErrorId 'CadreToolFailed,Connect-CadreCluster'
    }
    It 'ends with a sentence where the answer is no JSON' {
        $tool = Join-Path $TestDrive 'cadre'
        Set-Content -LiteralPath $tool -Value "#!/bin/sh`necho nonsense"
        & '/bin/chmod' '+x' $tool
        { Connect-CadreCluster -Config 'any.yaml' -Tool $tool } | Should -Throw '*is not JSON: nonsense*' -ErrorId 'CadreBug,Connect-CadreCluster'
    }
}

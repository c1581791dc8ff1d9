# The cmdlets that the module and its tests use, as the module uses them. Plain Pester 5: under pwsh it tries the real
# cmdlets, elsewhere the stand-ins, and what both promise is written once.

Describe 'Streams' {
    BeforeAll {
        function Get-Written { [CmdletBinding()] param() 'data'; Write-Error 'bad' -ErrorId 'Odd' -Category InvalidData -TargetObject 7 }
        $there = New-Module -Name 'Cadre.Try' -ScriptBlock {
            $ErrorActionPreference = 'Stop'
            function Get-Strict { [CmdletBinding()] param($Path) Get-Content -LiteralPath $Path; 'went on' }
            function Get-Lenient { [CmdletBinding()] param($Path) Get-Content -LiteralPath $Path -ErrorAction SilentlyContinue; 'went on' }
            function Set-Planned { [CmdletBinding(SupportsShouldProcess)] param($Path) Set-Content -LiteralPath $Path -Value 'y' }
            Export-ModuleMember -Function 'Get-Strict', 'Get-Lenient', 'Set-Planned'
        }
        Import-Module $there
    }
    AfterAll { Remove-Module 'Cadre.Try' }

    It 'writes errors to their own stream' {
        Get-Written -ErrorAction SilentlyContinue | Should -Be 'data'
    }
    It 'writes an error with its id, category and target' {
        $null = Get-Written -ErrorAction SilentlyContinue -ErrorVariable caught
        $caught[-1].FullyQualifiedErrorId | Should -BeLike 'Odd*'
        $caught[-1].CategoryInfo.Category | Should -Be 'InvalidData'
        $caught[-1].TargetObject | Should -Be 7
        $caught[-1].Exception.Message | Should -Be 'bad'
    }
    It 'obeys -ErrorAction Stop' { { Get-Written -ErrorAction Stop } | Should -Throw 'bad' }
    It 'uses the preferences of the module that calls' {
        { Get-Strict -Path "$TestDrive/none" } | Should -Throw -ErrorId 'PathNotFound*'
        Get-Lenient -Path "$TestDrive/none" | Should -Be 'went on'
    }
    It 'hears -WhatIf of the function that calls' {
        Set-Content -LiteralPath "$TestDrive/kept" -Value 'x'
        Set-Planned -Path "$TestDrive/kept" -WhatIf
        Get-Content -LiteralPath "$TestDrive/kept" | Should -Be 'x'
        Set-Planned -Path "$TestDrive/kept"
        Get-Content -LiteralPath "$TestDrive/kept" | Should -Be 'y'
    }
}

Describe 'Json' {
    It 'reads objects, lists and values' {
        $read = '{"a": 1, "b": [true, null, "x"], "c": {"d": 2.5}}' | ConvertFrom-Json
        $read.a | Should -Be 1
        $read.b | Should -HaveCount 3
        $read.b[0] | Should -BeTrue
        $read.c.d | Should -Be 2.5
        $read.psobject.Properties.Name | Should -Be 'a', 'b', 'c'
    }
    It 'reads lines that are one document' { ('{', '"a": 7', '}' | ConvertFrom-Json).a | Should -Be 7 }
    It 'enumerates a list, and not with -NoEnumerate' {
        @('[1, 2, 3]' | ConvertFrom-Json) | Should -HaveCount 3
        @('[1, 2, 3]' | ConvertFrom-Json -NoEnumerate).Count | Should -Be 1
        @('[]' | ConvertFrom-Json).Count | Should -Be 0
    }
    It 'keeps a list of one a list inside of an object' { ('{"a": [1]}' | ConvertFrom-Json).a.GetType().IsArray | Should -BeTrue }
    It 'makes hashtables that tell case' {
        $read = '{"a": 1, "A": 2}' | ConvertFrom-Json -AsHashtable
        $read['a'] | Should -Be 1
        $read['A'] | Should -Be 2
    }
    It 'makes a date of what looks like one' { ('{"at": "2026-11-24T08:30:00Z"}' | ConvertFrom-Json).at | Should -BeOfType [datetime] }
    It 'reads nothing from nothing' { '' | ConvertFrom-Json | Should -BeNullOrEmpty }
    It 'refuses <text>' -TestCases @(@{ text = '{"a": ' }, @{ text = 'nonsense' }, @{ text = '{"a": 1} x' }) {
        { $text | ConvertFrom-Json } | Should -Throw '*JSON*'
    }
    It 'writes what it reads: <text>' -TestCases @(
        @{ text = '{"a":1,"b":[true,null,"x"],"c":{"d":2.5}}' }, @{ text = '[1,2]' }, @{ text = '{"a":[]}' }, @{ text = '"x"' }, @{ text = '{"q":"a\"b\\c\nd"}' }) {
        $text | ConvertFrom-Json -NoEnumerate | ConvertTo-Json -Compress | Should -BeExactly $text
    }
    It 'writes a hashtable, a list by -AsArray, and indents' {
        ConvertTo-Json -InputObject @{ a = 1 } -Compress | Should -BeExactly '{"a":1}'
        1 | ConvertTo-Json -AsArray -Compress | Should -BeExactly '[1]'
        1, 2 | ConvertTo-Json -Compress | Should -BeExactly '[1,2]'
        (ConvertTo-Json @{ a = 1 }) -split "`r?`n" | Should -HaveCount 3
    }
    It 'warns when something lies deeper than -Depth' {
        $deep = @{ a = @{ b = @{ c = @{ d = 1 } } } }
        $null = ConvertTo-Json $deep -WarningVariable told -WarningAction SilentlyContinue
        $told | Should -HaveCount 1
        ConvertTo-Json $deep -Depth 5 -Compress | Should -BeExactly '{"a":{"b":{"c":{"d":1}}}}'
    }
}

Describe 'Collections' {
    BeforeAll {
        $people = foreach ($one in @('b', 2), @('a', 2), @('c', 1)) { [pscustomobject] @{ Name = $one[0]; Age = $one[1]; More = "$($one[0])!" } }
    }
    It 'selects properties, computed ones and all but some' {
        $chosen = $people | Select-Object -Property Name, @{ Name = 'Double'; Expression = { $_.Age * 2 } }
        $chosen[0].psobject.Properties.Name | Should -Be 'Name', 'Double'
        $chosen[0].Double | Should -Be 4
        ($people | Select-Object -Property * -ExcludeProperty More)[0].psobject.Properties.Name | Should -Be 'Name', 'Age'
    }
    It 'selects by place' {
        1..5 | Select-Object -First 2 | Should -Be 1, 2
        1..5 | Select-Object -Last 2 | Should -Be 4, 5
        1..5 | Select-Object -Skip 3 | Should -Be 4, 5
        1..5 | Select-Object -Skip 1 -First 1 | Should -Be 2
        1..5 | Select-Object -Index 0, 4 | Should -Be 1, 5
        1, 2, 1 | Select-Object -Unique | Should -Be 1, 2
    }
    It 'expands a property' {
        $people | Select-Object -ExpandProperty Name | Should -Be 'b', 'a', 'c'
        { $people | Select-Object -ExpandProperty None -ErrorAction Stop } | Should -Throw '*None*'
    }
    It 'sorts' {
        3, 1, 2 | Sort-Object | Should -Be 1, 2, 3
        3, 1, 2 | Sort-Object -Descending | Should -Be 3, 2, 1
        'b', 'A', 'a' | Sort-Object -Unique | Should -HaveCount 2
        ($people | Sort-Object -Property Age, Name).Name -join '' | Should -Be 'cab'
        ($people | Sort-Object { - $_.Age }, Name).Name -join '' | Should -Be 'abc'
        10, 9 | Sort-Object | Should -Be 9, 10
    }
    It 'makes objects and adds members' {
        $made = New-Object -TypeName PSObject -Property @{ A = 1 }
        $made | Add-Member -NotePropertyName B -NotePropertyValue 2
        $made.A + $made.B | Should -Be 3
        (New-Object Text.StringBuilder 'x').ToString() | Should -Be 'x'
        (New-Object 'Collections.Generic.List[int]').GetType().Name | Should -Be 'List`1'
        { New-Object No.Such.Type } | Should -Throw '*No.Such.Type*'
        { $made | Add-Member -NotePropertyName B -NotePropertyValue 3 -ErrorAction Stop } | Should -Throw
        ($made | Add-Member -NotePropertyName B -NotePropertyValue 3 -Force -PassThru).B | Should -Be 3
        ($made | Add-Member -MemberType ScriptProperty -Name C -Value { $this.B + 1 } -PassThru).C | Should -Be 4
    }
}

Describe 'Paths' {
    It 'joins and splits' {
        Join-Path 'a' 'b' | Should -Be ('a', 'b' -join [IO.Path]::DirectorySeparatorChar)
        Join-Path 'a' 'b' 'c' 'd' | Should -Be ('a', 'b', 'c', 'd' -join [IO.Path]::DirectorySeparatorChar)
        Split-Path "$TestDrive/x.txt" | Should -Be $TestDrive
        Split-Path "$TestDrive/x.txt" -Parent | Should -Be $TestDrive
        Split-Path 'a/x.txt' -Leaf | Should -Be 'x.txt'
        Split-Path 'a/x.txt' -LeafBase | Should -Be 'x'
        Split-Path 'a/x.txt' -Extension | Should -Be '.txt'
        Split-Path $TestDrive -IsAbsolute | Should -BeTrue
        'a/1', 'a/2' | Split-Path -Leaf | Should -Be '1', '2'
    }
    It 'goes somewhere and comes back' {
        $before = (Get-Location).Path
        Push-Location $TestDrive
        try { (Get-Location).ProviderPath | Should -Be $TestDrive }
        finally { Pop-Location }
        (Get-Location).Path | Should -Be $before
    }
}

Describe 'Items and content' {
    It 'makes, finds and lists' {
        (New-Item -ItemType Directory "$TestDrive/i/sub" -Force).FullName | Should -Be "$TestDrive/i/sub"
        $null = New-Item -ItemType File -Path "$TestDrive/i" -Name 'one.txt' -Value 'text'
        Get-Content "$TestDrive/i/one.txt" | Should -Be 'text'
        { New-Item -ItemType File -Path "$TestDrive/i/one.txt" -ErrorAction Stop } | Should -Throw
        Set-Content -LiteralPath "$TestDrive/i/sub/two.txt" -Value ''
        (Get-ChildItem "$TestDrive/i").Name | Sort-Object | Should -Be 'one.txt', 'sub'
        (Get-ChildItem "$TestDrive/i" -Recurse -File).Name | Sort-Object | Should -Be 'one.txt', 'two.txt'
        (Get-ChildItem "$TestDrive/i" -Directory).Name | Should -Be 'sub'
        Get-ChildItem "$TestDrive/i" -Filter '*.txt' -Name | Should -Be 'one.txt'
        (Get-Item "$TestDrive/i/one.txt").Length | Should -Be 4
        { Get-Item "$TestDrive/none" -ErrorAction Stop } | Should -Throw -ErrorId 'PathNotFound*'
    }
    It 'changes nothing with -WhatIf' {
        Set-Content "$TestDrive/w" 'before'
        Set-Content "$TestDrive/w" 'after' -WhatIf
        $null = New-Item "$TestDrive/u" -ItemType File -WhatIf
        Get-Content "$TestDrive/w" | Should -Be 'before'
        "$TestDrive/u" | Should -Not -Exist
    }
    It 'writes and reads lines, whole texts and bytes' {
        'a', '', 'b' | Set-Content "$TestDrive/c"
        Get-Content "$TestDrive/c" | Should -Be 'a', '', 'b'
        Get-Content "$TestDrive/c" -Raw | Should -BeExactly ('a', '', 'b', '' -join [Environment]::NewLine)
        Get-Content "$TestDrive/c" -TotalCount 1 | Should -Be 'a'
        Get-Content "$TestDrive/c" -Tail 1 | Should -Be 'b'
        Set-Content "$TestDrive/c" 'x' -NoNewline
        (Get-Item "$TestDrive/c").Length | Should -Be 1
        Set-Content "$TestDrive/c" "`u{E9}" -NoNewline -Encoding utf8NoBOM
        Get-Content "$TestDrive/c" -AsByteStream | Should -Be 0xC3, 0xA9
        Set-Content "$TestDrive/c" "`u{E9}" -NoNewline -Encoding utf8BOM
        (Get-Item "$TestDrive/c").Length | Should -Be 5
        Get-Content "$TestDrive/c" | Should -BeExactly "`u{E9}"
        Set-Content "$TestDrive/c" -Value ([byte[]] (0, 255)) -AsByteStream
        Get-Content "$TestDrive/c" -AsByteStream | Should -Be 0, 255
        { Set-Content "$TestDrive/[n]one" 'x' -ErrorAction Stop } | Should -Throw
        "$TestDrive/none" | Should -Not -Exist
        { Get-Content "$TestDrive/none" -ErrorAction Stop } | Should -Throw -ErrorId 'PathNotFound*'
    }
    It 'reads a data file, and nothing that would run' {
        Set-Content "$TestDrive/d.psd1" "@{ A = 1; B = 'x', 'y' }"
        (Import-PowerShellDataFile "$TestDrive/d.psd1").B | Should -Be 'x', 'y'
        Set-Content "$TestDrive/d.psd1" '@{ A = (1 + }'
        { Import-PowerShellDataFile "$TestDrive/d.psd1" -ErrorAction Stop } | Should -Throw
    }
}

Describe 'Time and secrets' {
    It 'sleeps' {
        $watch = [Diagnostics.Stopwatch]::StartNew()
        Start-Sleep -Milliseconds 20
        $watch.ElapsedMilliseconds | Should -BeGreaterOrEqual 19
    }
    It 'keeps a secret' {
        $secret = [securestring]::new()
        'pass'.ToCharArray() | ForEach-Object { $secret.AppendChar($_) }
        "$secret" | Should -Not -BeLike '*pass*'
        ConvertFrom-SecureString -SecureString $secret -AsPlainText | Should -BeExactly 'pass'
    }
}

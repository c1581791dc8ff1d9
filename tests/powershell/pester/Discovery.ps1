# The discovery phase: a test file is run once, and Describe, Context, It and the rest write down what there is to run.
# Only the bodies of Describe, Context and BeforeDiscovery run here. Everything of the runner's is named Pester*: these
# functions live beside the tests, so that `.` puts the variables of a BeforeAll where the tests see them.

function New-PesterBlock {
    param([string] $Name, [hashtable] $Parent, [hashtable] $More = @{})
    $block = @{
        Kind = 'Block'; Name = $Name; Parent = $Parent; Word = 'Describing'; Tag = @(); Skip = $false; Data = $null
        Children = [Collections.Generic.List[object]]::new()
        BeforeAll = $null; AfterAll = $null; BeforeEach = $null; AfterEach = $null
    }
    foreach ($key in $More.Keys) { $block[$key] = $More[$key] }
    if ($null -ne $Parent) { $Parent.Children.Add($block) }
    $block
}

# <name>, <_> and <name.property> in the name of a test, from its case.
function Expand-PesterName {
    param([string] $Name, $Data)
    if ($null -eq $Data) { return $Name }
    [regex]::Replace($Name, '<([_\w][\w.]*)>', {
            param($found)
            $words = $found.Groups[1].Value -split '\.'
            $value = $Data
            if ($words[0] -ne '_') {
                if ($Data -isnot [Collections.IDictionary] -or -not $Data.Contains($words[0])) { return $found.Value }
                $value = $Data[$words[0]]
            }
            foreach ($word in @($words | Where-Object { $_ -ne $words[0] })) { $value = $value.$word }
            if ($null -eq $value) { '$null' } else { "$value" }
        })
}

# The keys of a case as variables of the scope in which this is dot-sourced. $_ each function sets for itself: it is of its
# own in every script block.
$PesterSetData = {
    param($PesterData)
    if ($PesterData -is [Collections.IDictionary]) {
        foreach ($PesterKey in $PesterData.Keys) { $ExecutionContext.SessionState.PSVariable.Set($PesterKey, $PesterData[$PesterKey]) }
    }
}

function Add-PesterBlock {
    param([string] $PesterWord, [string] $PesterName, [scriptblock] $PesterBody, $PesterTag, [bool] $PesterSkip, $PesterCases, [bool] $PesterHasCases)
    if ($null -eq $PesterBody) { throw "$PesterWord '$PesterName' has no script block: is the brace on the same line?" }
    $PesterOuter = $PesterRunner.Block
    if ($PesterHasCases) { Assert-PesterCase $PesterName $PesterCases } else { $PesterCases = , $null }
    foreach ($PesterCase in $PesterCases) {
        $PesterRunner.Block = New-PesterBlock (Expand-PesterName $PesterName $PesterCase) $PesterOuter @{
            Word = $PesterWord; Tag = @($PesterTag); Skip = $PesterSkip; Data = $PesterCase; HasData = $PesterHasCases
        }
        try {
            & {
                if ($PesterHasCases) { . $PesterSetData $PesterCase; $_ = $PesterCase }
                . $PesterBody
            }
        }
        finally { $PesterRunner.Block = $PesterOuter }
    }
}

# From a module, `.` runs the body in the scope of the file that calls: what it sets, the file sees.
$null = New-Module -Name 'PesterDiscovery' -ScriptBlock {
    function BeforeDiscovery { param([Parameter(Mandatory, Position = 0)] [scriptblock] $ScriptBlock) . $ScriptBlock }
} | Import-Module -Global

# Cases that are none would be tests that nobody misses.
function Assert-PesterCase { param([string] $Name, $Cases) if (@($Cases).Count -eq 0 -or $null -eq $Cases) { throw "'$Name': -ForEach was given nothing" } }

function Describe {
    param([Parameter(Mandatory, Position = 0)] [string] $Name, [Parameter(Position = 1)] [scriptblock] $Fixture,
        [string[]] $Tag = @(), [switch] $Skip, [Alias('TestCases')] $ForEach)
    Add-PesterBlock 'Describing' $Name $Fixture $Tag $Skip $ForEach $PSBoundParameters.ContainsKey('ForEach')
}

function Context {
    param([Parameter(Mandatory, Position = 0)] [string] $Name, [Parameter(Position = 1)] [scriptblock] $Fixture,
        [string[]] $Tag = @(), [switch] $Skip, [Alias('TestCases')] $ForEach)
    Add-PesterBlock 'Context' $Name $Fixture $Tag $Skip $ForEach $PSBoundParameters.ContainsKey('ForEach')
}

function It {
    param([Parameter(Mandatory, Position = 0)] [string] $Name, [Parameter(Position = 1)] [scriptblock] $Test,
        [string[]] $Tag = @(), [switch] $Skip, [Alias('TestCases')] $ForEach)
    if ($null -eq $Test) { throw "It '$Name' has no script block: is the brace on the same line?" }
    if ($null -eq $PesterRunner.Block.Parent) { throw "It '$Name' stands outside of a Describe" }
    $hasCases = $PSBoundParameters.ContainsKey('ForEach')
    if ($hasCases) { Assert-PesterCase $Name $ForEach } else { $ForEach = , $null }
    foreach ($case in $ForEach) {
        $PesterRunner.Block.Children.Add(@{
                Kind = 'Test'; Name = Expand-PesterName $Name $case; Parent = $PesterRunner.Block; Body = $Test; Tag = @($Tag)
                Skip = [bool] $Skip; Data = $case; HasData = $hasCases
            })
    }
}

function Set-PesterBody {
    param([string] $Which, [scriptblock] $Body)
    if ($null -ne $PesterRunner.Block[$Which]) { throw "$Which stands twice in '$($PesterRunner.Block.Name)'" }
    $PesterRunner.Block[$Which] = $Body
}
function BeforeAll { param([Parameter(Mandatory, Position = 0)] [scriptblock] $Scriptblock) Set-PesterBody 'BeforeAll' $Scriptblock }
function AfterAll { param([Parameter(Mandatory, Position = 0)] [scriptblock] $Scriptblock) Set-PesterBody 'AfterAll' $Scriptblock }
function BeforeEach { param([Parameter(Mandatory, Position = 0)] [scriptblock] $Scriptblock) Set-PesterBody 'BeforeEach' $Scriptblock }
function AfterEach { param([Parameter(Mandatory, Position = 0)] [scriptblock] $Scriptblock) Set-PesterBody 'AfterEach' $Scriptblock }

# A real cluster for the tests of this module: cadre_powershell_cluster of the build directory that CADRE_BUILD names. It
# lives as long as its standard input is open: not longer than this process, however that ends.

Set-StrictMode -Version 3.0

$script:Cluster = $null
$script:Facts = $null
$script:OldPath = $null

# Starts the program of the tests, and gives back what it said of itself.
function Start-TestProgram {
    [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'a test')]
    [CmdletBinding()]
    [OutputType([psobject])]
    param([string[]] $Argument = @())

    $program = Join-Path -Path $env:CADRE_BUILD -ChildPath 'tests/powershell/cadre_powershell_cluster'
    $start = [Diagnostics.ProcessStartInfo]::new($program)
    foreach ($one in $Argument) { $start.ArgumentList.Add($one) }
    $start.UseShellExecute = $false
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $script:Cluster = [Diagnostics.Process]::Start($start)
    $told = $script:Cluster.StandardOutput.ReadLine()
    if (-not $told) { throw 'the cluster of the tests did not start; what it said stands above' }
    ConvertFrom-Json -InputObject $told
}

# Programs are looked for there first, until Exit-TestCluster.
function Add-TestPath {
    [CmdletBinding()]
    param([Parameter(Mandatory, Position = 0)] [string] $Directory)

    $script:OldPath = $env:PATH
    $env:PATH = "${Directory}:$env:PATH"
}

# Starts it, and connects the module to it. Gives back Config, Directory, Address, ServerKeyFile, ClientKeyFile, Socket
# (MariaDB's) and Tool.
function Enter-TestCluster {
    [CmdletBinding()]
    [OutputType([psobject])]
    param()

    $said = Start-TestProgram
    $null = Connect-CadreCluster -Config $said.config -Tool $said.tool
    $script:Facts = [pscustomobject] @{
        Config        = $said.config
        Directory     = $said.directory
        Address       = $said.address
        ServerKeyFile = $said.server_key_file
        ClientKeyFile = $said.client_key_file
        Socket        = $said.socket
        Tool          = $said.tool
    }
    $script:Facts
}

# A MariaDB without anything of ours, and the tool in the PATH. Gives back Socket and Tool; Exit-TestCluster ends it.
function Enter-TestDatabase {
    [CmdletBinding()]
    [OutputType([psobject])]
    param()

    $said = Start-TestProgram -Argument 'database'
    Add-TestPath (Split-Path -Path $said.tool -Parent)
    $script:Facts = [pscustomobject] @{ Socket = $said.socket; Tool = $said.tool }
    $script:Facts
}

# A MariaDB with an option file, which is nobody's child; the tool in the PATH. Gives back Socket, OptionFile, Port and Tool;
# Send-TestCluster takes 'start ARGUMENTS', 'end', 'occupy ADDRESS' and 'free'; Exit-TestCluster ends it.
function Enter-TestServer {
    [CmdletBinding()]
    [OutputType([psobject])]
    param()

    $said = Start-TestProgram -Argument 'server'
    Add-TestPath (Split-Path -Path $said.tool -Parent)
    $script:Facts = [pscustomobject] @{ Socket = $said.socket; OptionFile = $said.option_file; Port = $said.port; Tool = $said.tool }
    $script:Facts
}

# What Enter-TestCluster told.
function Get-TestCluster {
    [CmdletBinding()]
    [OutputType([psobject])]
    param()

    $script:Facts
}

# 'stop broker' or 'start broker'; 'start node DIRECTORY' and 'stop node DIRECTORY' for the worker of a node that joined.
function Send-TestCluster {
    [CmdletBinding()]
    param([Parameter(Mandatory, Position = 0)] [string] $Line)

    $script:Cluster.StandardInput.WriteLine($Line)
    $told = $script:Cluster.StandardOutput.ReadLine()
    if ($told -ne 'done') { throw "the cluster of the tests was told '$Line' and answered '$told'" }
}

function Exit-TestCluster {
    [CmdletBinding()]
    param()

    if ($null -eq $script:Cluster) { return }
    $script:Cluster.StandardInput.Close()
    if (-not $script:Cluster.WaitForExit(30000)) { throw 'the cluster of the tests did not end within 30 s' }
    $script:Cluster = $null
    $script:Facts = $null
    if ($null -ne $script:OldPath) { $env:PATH = $script:OldPath }
    $script:OldPath = $null
}

# The mode of a file: "600".
function Get-TestMode {
    [CmdletBinding()]
    [OutputType([string])]
    param([Parameter(Mandatory, Position = 0)] [string] $Path)

    & '/usr/bin/stat' '-c' '%a' $Path
}

# Looks until something holds; what cannot be waited for otherwise.
function Wait-TestUntil {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, Position = 0)] [scriptblock] $Condition,
        [int] $TimeoutSec = 20)

    $watch = [Diagnostics.Stopwatch]::StartNew()
    while (-not (& $Condition)) {
        if ($watch.Elapsed.TotalSeconds -gt $TimeoutSec) { throw "it did not come to hold within $TimeoutSec s: $Condition" }
        Start-Sleep -Milliseconds 20
    }
}

# A real package of one file, called fleet. -More: lines for its control file.
function New-TestPackage {
    [CmdletBinding()]
    [OutputType([string])]
    [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'a test')]
    param(
        [Parameter(Mandatory, Position = 0)] [string] $Directory,
        [Parameter(Mandatory, Position = 1)] [string] $Version,
        [Parameter(Position = 2)] [string] $More = '')

    $place = Join-Path -Path $Directory -ChildPath "package-$Version"
    $null = New-Item -ItemType Directory -Path "$place/DEBIAN" -Force
    $null = New-Item -ItemType Directory -Path "$place/usr/share/fleet" -Force
    Set-Content -LiteralPath "$place/usr/share/fleet/version" -Value $Version
    $control = "Package: fleet`nVersion: $Version`nArchitecture: all`nMaintainer: Nobody <nobody@localhost>`n${More}Description: for a test`n"
    Set-Content -LiteralPath "$place/DEBIAN/control" -Value $control -NoNewline
    $null = & '/usr/bin/dpkg-deb' '--root-owner-group' '--build' $place "$place.deb"
    "$place.deb"
}

# An empty root for dpkg.
function New-TestDpkgRoot {
    [CmdletBinding()]
    [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'a test')]
    param([Parameter(Mandatory, Position = 0)] [string] $Root)

    foreach ($part in 'updates', 'info') { $null = New-Item -ItemType Directory -Path "$Root/var/lib/dpkg/$part" -Force }
    foreach ($file in 'status', 'available') { Set-Content -LiteralPath "$Root/var/lib/dpkg/$file" -Value '' -NoNewline }
}

Export-ModuleMember -Function 'New-TestPackage', 'New-TestDpkgRoot', 'Wait-TestUntil', 'Get-TestMode', 'Get-TestCluster', 'Enter-TestCluster', 'Enter-TestDatabase', 'Enter-TestServer', 'Send-TestCluster', 'Exit-TestCluster'

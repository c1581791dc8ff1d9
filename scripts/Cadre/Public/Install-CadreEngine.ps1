function Install-CadreEngine {
    <#
    .SYNOPSIS
    Brings a version of an engine to nodes, over SSH, one after the other; or goes back.
    .DESCRIPTION
    For an administrator, on a machine from which ssh reaches the nodes. On each node `cadre engine install` copies the directory
    beside the versions that are there, tests it and switches to it by one rename; the worker is not restarted, and what runs ends
    on the old version. Then it is waited for that the node offers it. The first failure ends it: nodes before that one have the
    new version, those behind have the old one. Run again, it goes on; a node that offers this content already is not touched, and
    Changed is then false. Get-CadreEngine shows in Differs which nodes have another one.

    The account on the node must be able to write worker.engines of the node's file: root, or one with -Sudo that needs no
    password for it. Nothing is asked for; ssh's own configuration says which keys are used.
    .PARAMETER Path
    The engine's directory, with engine.yaml; test/input and test/params.json in it are its test.
    .PARAMETER Node
    The nodes.
    .PARAMETER All
    Every node that is connected.
    .PARAMETER Rollback
    Back to the version that the current one took the place of. A second time changes nothing.
    .PARAMETER Name
    With -Rollback: which engine.
    .PARAMETER From
    With -Rollback: only where this version is current, so that a node which never had it stays as it is.
    .PARAMETER HostName
    How ssh reaches a node, where that is not the node's name: @{ ext-02 = '10.1.0.12' }.
    .PARAMETER UserName
    Who one is on the nodes, where ssh's configuration does not say it.
    .PARAMETER SshOption
    More options of ssh, each word by itself: '-F', './fleet.conf'.
    .PARAMETER Sudo
    Be root there, by sudo without a password.
    .PARAMETER Owner
    As whom the engine is tested there; else as engines run there.
    .PARAMETER TimeoutSec
    For how many seconds it is waited that a node offers it.
    .EXAMPLE
    Install-CadreEngine ./thumb -All -UserName admin -Sudo
    .EXAMPLE
    Install-CadreEngine ./thumb -Node ext-02 -HostName @{ 'ext-02' = '10.1.0.12' } -WhatIf
    .EXAMPLE
    Install-CadreEngine -Rollback -Name thumb -All -From 1.1-2bcf667500f9
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Medium', DefaultParameterSetName = 'Node')]
    [OutputType('Cadre.EngineChange')]
    param(
        [Parameter(Mandatory, Position = 0, ParameterSetName = 'Node')]
        [Parameter(Mandatory, Position = 0, ParameterSetName = 'All')]
        [ValidateNotNullOrEmpty()] [string] $Path,
        [Parameter(Mandatory, ParameterSetName = 'Node')]
        [Parameter(Mandatory, ParameterSetName = 'RollbackNode')]
        [ValidateNotNullOrEmpty()] [string[]] $Node,
        [Parameter(Mandatory, ParameterSetName = 'All')]
        [Parameter(Mandatory, ParameterSetName = 'RollbackAll')]
        [switch] $All,
        [Parameter(Mandatory, ParameterSetName = 'RollbackNode')]
        [Parameter(Mandatory, ParameterSetName = 'RollbackAll')]
        [switch] $Rollback,
        [Parameter(Mandatory, ParameterSetName = 'RollbackNode')]
        [Parameter(Mandatory, ParameterSetName = 'RollbackAll')]
        [ValidateNotNullOrEmpty()] [string] $Name,
        [Parameter(ParameterSetName = 'RollbackNode')]
        [Parameter(ParameterSetName = 'RollbackAll')]
        [ValidateNotNullOrEmpty()] [string] $From,
        [ValidateNotNull()] [hashtable] $HostName = @{},
        [ValidateNotNullOrEmpty()] [string] $UserName,
        [string[]] $SshOption = @(),
        [switch] $Sudo,
        [ValidateNotNullOrEmpty()] [string] $Owner,
        [ValidateRange(1, 2147483)] [int] $TimeoutSec = 60)

    end {
        $way = @{ HostName = $HostName; UserName = $UserName; SshOption = $SshOption; Sudo = $Sudo }
        $remotes = @(Get-CadreRemote -Cmdlet $PSCmdlet -Node $Node -All:$All @way)
        $version, $directory, $title = '', '', 'Go back to the version before'
        if (-not $Rollback) {
            $directory = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($Path)
            # What it is called, is decided here: a node on which it comes to something else did not get it whole.
            $asked = 'engine', 'install', '--dry-run', '--engines', '/nonexistent', '--', $directory
            $planned = Invoke-CadreTool -Cmdlet $PSCmdlet -Argument $asked -Target $directory
            $Name, $version = $planned.Engine, $planned.Version
            $title = "Install $version and switch to it"
        }
        $done = [Collections.Generic.List[string]]::new()
        foreach ($remote in $remotes) {
            $offered = @()
            if ($null -ne $remote.Known -and $remote.Known.State -ne 'lost') {
                $offered = @($remote.Known.Engines | Where-Object { $_.Engine -ceq $Name } | ForEach-Object { $_.Version })
            }
            if ($Rollback -and $All -and $offered.Count -eq 0) {
                $PSCmdlet.WriteVerbose("$($remote.Node) has no $Name.")
                continue
            }
            $answer = [pscustomobject] @{ Version = $version; Before = $version; Changed = @(); Tested = 'not again' }
            if ($version -cin $offered) { $PSCmdlet.WriteVerbose("$($remote.Node) offers $Name $version already; nothing was changed.") }
            elseif (-not $PSCmdlet.ShouldProcess("node $($remote.Node), engine $Name", $title)) { continue }
            else {
                try {
                    $work = @{ Directory = $directory; Version = $version; From = $From; Owner = $Owner; TimeoutSec = $TimeoutSec }
                    $answer = Install-CadreRemoteEngine -Remote $remote -Engine $Name @work
                }
                catch {
                    $left = @($remotes.Node | Where-Object { $_ -cnotin $done -and $_ -cne $remote.Node })
                    $PSCmdlet.ThrowTerminatingError((ConvertTo-CadreFleetError -ErrorRecord $_ -Node $remote.Node -Done $done -Left $left))
                }
            }
            $done.Add($remote.Node)
            [pscustomobject] @{
                PSTypeName = 'Cadre.EngineChange'
                Node       = $remote.Node
                Engine     = $Name
                Version    = $answer.Version
                Before     = $answer.Before
                Tested     = $answer.Tested
                Changed    = @($answer.Changed).Count -gt 0
            }
        }
    }
}

function Update-CadreNode {
    <#
    .SYNOPSIS
    Brings Cadre's packages, or what a script installs, to nodes over SSH, one node after the other, without losing a job.
    .DESCRIPTION
    For an administrator, on a machine from which ssh reaches the nodes. Each node is drained and waited for until it holds no job;
    then what is new is installed there; then it is checked: the packages have their versions, the node is back with the program that
    lies there, `cadre doctor` finds nothing wrong; then it gets jobs again. The first failure ends it: that node stays drained, and
    the error says so; those behind it were not touched. Run again, it goes on; a node that has everything already is not drained,
    only given jobs again where an earlier run left it drained, and Changed is then false.

    Packages are installed by `dpkg --install`: what they depend on must be there. Under systemd they restart the worker themselves;
    where it is run otherwise, use -ScriptPath, which has to restart it. The broker is not looked after: on the master its package belongs to
    the master's own update.
    .PARAMETER Node
    The nodes.
    .PARAMETER All
    Every node that is connected.
    .PARAMETER Package
    Files of Debian packages, for each node the same ones.
    .PARAMETER ScriptPath
    Instead of packages: a script for sh. It is run on the node with the word check, also with -WhatIf (exit code 0: nothing is to be
    done; 1: something is), and where something is, once the node is drained, with the word install.
    .PARAMETER HostName
    How ssh reaches a node, where that is not the node's name: @{ ext-02 = '10.1.0.12' }.
    .PARAMETER UserName
    Who one is on the nodes, where ssh's configuration does not say it.
    .PARAMETER SshOption
    More options of ssh, each word by itself: '-F', './fleet.conf'.
    .PARAMETER Sudo
    Be root there, by sudo without a password.
    .PARAMETER TimeoutSec
    For how many seconds each node's jobs are waited for.
    .PARAMETER ReturnSec
    For how many seconds it is waited that a node is back.
    .EXAMPLE
    Update-CadreNode -All -Package (Get-ChildItem ./packages/*.deb) -UserName admin -Sudo
    .EXAMPLE
    Update-CadreNode -Node ext-02 -ScriptPath ./update.sh -TimeoutSec 3600
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Medium', DefaultParameterSetName = 'NodePackage')]
    [OutputType('Cadre.NodeUpdate')]
    param(
        [Parameter(Mandatory, Position = 0, ParameterSetName = 'NodePackage')]
        [Parameter(Mandatory, Position = 0, ParameterSetName = 'NodeScript')]
        [ValidateNotNullOrEmpty()] [string[]] $Node,
        [Parameter(Mandatory, ParameterSetName = 'AllPackage')]
        [Parameter(Mandatory, ParameterSetName = 'AllScript')]
        [switch] $All,
        [Parameter(Mandatory, ParameterSetName = 'NodePackage')]
        [Parameter(Mandatory, ParameterSetName = 'AllPackage')]
        [ValidateNotNullOrEmpty()] [string[]] $Package,
        [Parameter(Mandatory, ParameterSetName = 'NodeScript')]
        [Parameter(Mandatory, ParameterSetName = 'AllScript')]
        [ValidateNotNullOrEmpty()] [string] $ScriptPath,
        [ValidateNotNull()] [hashtable] $HostName = @{},
        [ValidateNotNullOrEmpty()] [string] $UserName,
        [string[]] $SshOption = @(),
        [switch] $Sudo,
        [ValidateRange(1, 2147483)] [int] $TimeoutSec = 3600,
        [ValidateRange(1, 2147483)] [int] $ReturnSec = 120)

    end {
        $way = @{ HostName = $HostName; UserName = $UserName; SshOption = $SshOption; Sudo = $Sudo }
        $update = Get-CadreUpdate -Cmdlet $PSCmdlet -Package $Package -ScriptPath $ScriptPath
        $remotes = @(Get-CadreRemote -Cmdlet $PSCmdlet -Node $Node -All:$All @way)
        $done = [Collections.Generic.List[string]]::new()
        foreach ($remote in $remotes) {
            $drained = $remote.Known.State -eq 'cordoned'
            $now = $remote.Known
            try {
                $changed = -not (Test-CadreUpdate -Remote $remote -Update $update)
                $title = 'Check it, and give it jobs again'
                if ($changed) { $title = "Drain it, install $($update.Title), check it, give it jobs again" }
                if (-not $changed -and $now.State -eq 'ready') { $PSCmdlet.WriteVerbose("$($remote.Node) has it already; nothing was changed.") }
                elseif (-not $PSCmdlet.ShouldProcess("node $($remote.Node)", $title)) { continue }
                else {
                    if ($changed) {
                        $drained = $true
                        $null = Suspend-CadreNode -Name $remote.Node -Wait -TimeoutSec $TimeoutSec -Confirm:$false -ErrorAction 'Stop'
                        Install-CadreUpdate -Remote $remote -Update $update
                    }
                    $null = Confirm-CadreReturn -Remote $remote -TimeoutSec $ReturnSec
                    $null = Resume-CadreNode -Name $remote.Node -Confirm:$false -ErrorAction 'Stop'
                    $drained = $false
                    $now = Confirm-CadreReturn -Remote $remote -TimeoutSec $ReturnSec -Ready
                }
            }
            catch {
                $left = @($remotes.Node | Where-Object { $_ -cnotin $done -and $_ -cne $remote.Node })
                $state = 'It gets jobs as before'
                if ($drained) { $state = "It stays drained; Resume-CadreNode $($remote.Node) gives it jobs again" }
                $PSCmdlet.ThrowTerminatingError((ConvertTo-CadreFleetError -ErrorRecord $_ -Node $remote.Node -Done $done -Left $left -State $state))
            }
            $done.Add($remote.Node)
            [pscustomobject] @{
                PSTypeName = 'Cadre.NodeUpdate'
                Node       = $remote.Node
                State      = $now.State
                Version    = $now.Version
                Before     = $remote.Known.Version
                Changed    = $changed
            }
        }
    }
}

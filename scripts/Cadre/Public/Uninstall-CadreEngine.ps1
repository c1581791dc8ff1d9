function Uninstall-CadreEngine {
    <#
    .SYNOPSIS
    Takes an engine, or its old versions, from nodes, over SSH, one after the other.
    .DESCRIPTION
    For an administrator, on a machine from which ssh reaches the nodes, as Install-CadreEngine. On each node `cadre engine uninstall` stops
    offering the engine and removes its versions; what runs ends on its files, and a version in which something runs stays: Left names it, a
    warning says so, and the same command removes it later. Then it is waited for that the node does not offer the engine. The first
    failure ends it; run again, it goes on. A node on which nothing was left to do is not changed, and Changed is then false. Jobs for
    the engine wait until a node offers it again.
    .PARAMETER Name
    The engine.
    .PARAMETER Node
    The nodes.
    .PARAMETER All
    Every node that is connected; those that never had the engine are passed over.
    .PARAMETER Old
    Only the versions that are neither current nor where a rollback leads; the engine goes on being offered.
    .PARAMETER Version
    Only this version, which is not current.
    .PARAMETER HostName
    How ssh reaches a node, where that is not the node's name: @{ ext-02 = '10.1.0.12' }.
    .PARAMETER UserName
    Who one is on the nodes, where ssh's configuration does not say it.
    .PARAMETER SshOption
    More options of ssh, each word by itself: '-F', './fleet.conf'.
    .PARAMETER Sudo
    Be root there, by sudo without a password.
    .PARAMETER WaitSec
    For how many seconds a node waits for what runs in the versions to end.
    .PARAMETER TimeoutSec
    For how many seconds it is waited that a node does not offer the engine any more.
    .EXAMPLE
    Uninstall-CadreEngine thumb -All -UserName admin -Sudo
    .EXAMPLE
    Uninstall-CadreEngine thumb -Old -All -Sudo -Confirm:$false | Where-Object { $_.Left }
    .EXAMPLE
    Uninstall-CadreEngine thumb -Version 1.1-2bcf667500f9 -Node ext-02 -WhatIf
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High', DefaultParameterSetName = 'Node')]
    [OutputType('Cadre.EngineRemoval')]
    param(
        [Parameter(Mandatory, Position = 0)] [ValidateNotNullOrEmpty()] [string] $Name,
        [Parameter(Mandatory, ParameterSetName = 'Node')]
        [Parameter(Mandatory, ParameterSetName = 'OldNode')]
        [Parameter(Mandatory, ParameterSetName = 'VersionNode')]
        [ValidateNotNullOrEmpty()] [string[]] $Node,
        [Parameter(Mandatory, ParameterSetName = 'All')]
        [Parameter(Mandatory, ParameterSetName = 'OldAll')]
        [Parameter(Mandatory, ParameterSetName = 'VersionAll')]
        [switch] $All,
        [Parameter(Mandatory, ParameterSetName = 'OldNode')]
        [Parameter(Mandatory, ParameterSetName = 'OldAll')]
        [switch] $Old,
        [Parameter(Mandatory, ParameterSetName = 'VersionNode')]
        [Parameter(Mandatory, ParameterSetName = 'VersionAll')]
        [ValidateNotNullOrEmpty()] [string] $Version,
        [ValidateNotNull()] [hashtable] $HostName = @{},
        [ValidateNotNullOrEmpty()] [string] $UserName,
        [string[]] $SshOption = @(),
        [switch] $Sudo,
        [ValidateRange(0, 2147483)] [int] $WaitSec = 5,
        [ValidateRange(1, 2147483)] [int] $TimeoutSec = 60)

    end {
        $way = @{ HostName = $HostName; UserName = $UserName; SshOption = $SshOption; Sudo = $Sudo }
        $remotes = @(Get-CadreRemote -Cmdlet $PSCmdlet -Node $Node -All:$All @way)
        $title = 'Stop offering it, and remove its versions'
        if ($Old) { $title = 'Remove the versions that are neither current nor where a rollback leads' }
        if ($Version) { $title = "Remove the version $Version" }
        $done = [Collections.Generic.List[string]]::new()
        $without = 0
        foreach ($remote in $remotes) {
            if (-not $PSCmdlet.ShouldProcess("node $($remote.Node), engine $Name", $title)) { continue }
            try {
                $work = @{ Version = $Version; Old = $Old; MayLack = $All; WaitSec = $WaitSec; TimeoutSec = $TimeoutSec }
                $answer = Uninstall-CadreRemoteEngine -Remote $remote -Engine $Name @work
            }
            catch {
                $left = @($remotes.Node | Where-Object { $_ -cnotin $done -and $_ -cne $remote.Node })
                $PSCmdlet.ThrowTerminatingError((ConvertTo-CadreFleetError -ErrorRecord $_ -Node $remote.Node -Done $done -Left $left))
            }
            $done.Add($remote.Node)
            if ($null -eq $answer) {
                $PSCmdlet.WriteVerbose("$($remote.Node) has no $Name; nothing was changed.")
                ++$without
                continue
            }
            if (@($answer.Changed).Count -eq 0) { $PSCmdlet.WriteVerbose("$($remote.Node): nothing was changed.") }
            [pscustomobject] @{
                PSTypeName = 'Cadre.EngineRemoval'
                Node       = $remote.Node
                Engine     = $Name
                Before     = $answer.Before
                Version    = $answer.Current
                Removed    = @($answer.Removed)
                Left       = @($answer.Left)
                Changed    = @($answer.Changed).Count -gt 0
            }
        }
        if ($without -gt 0 -and $without -eq $remotes.Count) {
            $message = "No node has an engine '$Name'; Get-CadreEngine shows those that are offered. Nothing was changed"
            $PSCmdlet.ThrowTerminatingError((ConvertTo-CadreError -ExitCode 66 -Message $message -Target $Name))
        }
    }
}

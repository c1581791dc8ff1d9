function Add-CadreNode {
    <#
    .SYNOPSIS
    Makes another machine a node of this cluster, over SSH: packages, ticket, configuration, start.
    .DESCRIPTION
    For an administrator, on the master. Installs the packages where the machine has not got them, makes a ticket, has
    `cadre node join` made of it there what Install-CadreExtension would make, starts the worker, and waits until the cluster shows the
    node. The machine needs no PowerShell. The ticket goes through ssh's standard input: it is in no argument, environment or file
    here. Run again, it goes on where it was interrupted; where everything is there, nothing is changed, and Changed is false. A
    ticket that an interrupted run made and did not use ends by itself within the hour. Where another machine has the name, that
    is an error.

    The account there must be able to write Directory and SpoolPath, and with -Package to install: root, or one with -Sudo that needs
    no password for it. Nothing is asked for: keys and known hosts must be there before.
    .PARAMETER Node
    What the cluster is to call the machine.
    .PARAMETER HostName
    How ssh reaches it; else by the node's name.
    .PARAMETER Package
    Files of Debian packages to install first, where they are not there in these versions.
    .PARAMETER Address
    Where the machine reaches the broker, tcp://HOST:PORT; else the one address in broker.listen that others reach.
    .PARAMETER Directory
    Where configuration and keys are to be on the machine.
    .PARAMETER SpoolPath
    Where the worker keeps attempts and reports on the machine.
    .PARAMETER Owner
    The user whom the worker runs as there; with Cadre's packages: cadre.
    .PARAMETER UserName
    Who one is on the machine, where ssh's configuration does not say it.
    .PARAMETER SshOption
    More options of ssh, each word by itself: '-F', './fleet.conf'.
    .PARAMETER Sudo
    Be root there, by sudo without a password.
    .PARAMETER TimeoutSec
    For how many seconds it is waited that the node is connected.
    .EXAMPLE
    Add-CadreNode -Node ext-03 -HostName 10.1.0.13 -UserName admin -Sudo -Owner cadre -Package (Get-ChildItem ./packages/*.deb)
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Medium')]
    [OutputType('Cadre.AddedNode')]
    param(
        [Parameter(Mandatory, Position = 0)] [ValidateNotNullOrEmpty()] [string] $Node,
        [ValidateNotNullOrEmpty()] [string] $HostName,
        [ValidateNotNullOrEmpty()] [string[]] $Package,
        [ValidateNotNullOrEmpty()] [string] $Address,
        [ValidatePattern('^/.')] [string] $Directory = '/etc/cadre',
        [ValidatePattern('^/.')] [string] $SpoolPath = '/var/lib/cadre/spool',
        [ValidateNotNullOrEmpty()] [string] $Owner,
        [ValidateNotNullOrEmpty()] [string] $UserName,
        [string[]] $SshOption = @(),
        [switch] $Sudo,
        [ValidateRange(1, 2147483)] [int] $TimeoutSec = 60)

    end {
        $names = @{}
        if ($HostName) { $names[$Node] = $HostName }
        $way = @{ HostName = $names; UserName = $UserName; SshOption = $SshOption; Sudo = $Sudo }
        $remote = Get-CadreRemote -Cmdlet $PSCmdlet -Node $Node -New @way
        $update = Get-CadreUpdate -Cmdlet $PSCmdlet -Package $Package
        $now = $remote.Known
        $made = [Collections.Generic.List[string]]::new()
        try {
            $installed = Test-CadreUpdate -Remote $remote -Update $update
            $joined = Test-CadreRemoteKey -Remote $remote -Directory $Directory
            if ($null -ne $now -and $now.State -ne 'lost' -and $joined -and $installed) {
                $PSCmdlet.WriteVerbose("$Node is a node of this cluster already; nothing was changed.")
            }
            elseif (-not $PSCmdlet.ShouldProcess($remote.HostName, "Make it the node $Node of this cluster, and start its worker")) { return }
            else {
                if (-not $installed) {
                    Install-CadreUpdate -Remote $remote -Update $update
                    $made.Add($update.Title)
                }
                if (-not $joined) {
                    $place = @{ Address = $Address; Directory = $Directory; SpoolPath = $SpoolPath; Owner = $Owner }
                    foreach ($one in Join-CadreRemoteNode -Remote $remote @place) { $made.Add($one) }
                }
                if (Start-CadreRemoteWorker -Remote $remote -Directory $Directory -Confirm:$false) { $made.Add('the worker runs') }
                $now = Wait-CadreNodeFact -Cmdlet $PSCmdlet -Name $Node -TimeoutSec $TimeoutSec
            }
        }
        catch {
            $PSCmdlet.ThrowTerminatingError((ConvertTo-CadreFleetError -ErrorRecord $_ -Node $Node))
        }
        if ($null -eq $now) {
            $message = "The worker of $Node was started on $($remote.HostName), and is not connected after $TimeoutSec s`: its log there says " +
            'why. The same command goes on from there'
            $PSCmdlet.ThrowTerminatingError((ConvertTo-CadreError -ExitCode 75 -Message $message -Target $Node))
        }
        [pscustomobject] @{
            PSTypeName = 'Cadre.AddedNode'
            Node       = $Node
            HostName   = $remote.HostName
            State      = $now.State
            Version    = $now.Version
            Made       = $made.ToArray()
            Changed    = $made.Count -gt 0
        }
    }
}

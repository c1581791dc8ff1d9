function Install-CadreExtension {
    <#
    .SYNOPSIS
    Makes this machine a node of the cluster that a ticket is from.
    .DESCRIPTION
    On the new machine, as root where the directories are the usual ones. Makes directories, configuration and a key of its
    own, which never leaves the machine, and exchanges the ticket for it. Where the broker is not there yet, or with -Later,
    Joined is false: the worker does it when it starts. Run again, it changes nothing, and Changed is false; what is there
    is never overwritten. Compare Fingerprint with Get-CadreKey on the master. The worker is started with -Start, or later by
    Start-CadreService.
    .PARAMETER Ticket
    From New-CadreJoinTicket. It is handed to the tool through its standard input.
    .PARAMETER TicketPath
    The ticket in a file (0600).
    .PARAMETER Directory
    Where configuration and keys are to be.
    .PARAMETER SpoolPath
    Where the worker keeps attempts and reports.
    .PARAMETER Owner
    The user whom the worker runs as, where it is not who runs this.
    .PARAMETER Package
    Files of Debian packages (cadre, cadre-worker) to be installed first, with what they depend on.
    .PARAMETER Later
    Ask nobody now: the worker redeems the ticket when it starts.
    .PARAMETER Start
    Start the worker too, now and with the machine, and wait until it is ready; Service tells how. Not where the ticket was refused.
    .PARAMETER TimeoutSec
    For how many seconds the broker is waited for.
    .EXAMPLE
    Install-CadreExtension -TicketPath ./ext-02.ticket -Owner cadre
    .EXAMPLE
    Install-CadreExtension -Ticket $ticket.Ticket -Directory ~/cadre -SpoolPath ~/cadre/spool
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Medium', DefaultParameterSetName = 'TicketPath')]
    [OutputType('Cadre.Extension')]
    param(
        [Parameter(Mandatory, ParameterSetName = 'Ticket', ValueFromPipelineByPropertyName)] [ValidateNotNull()] [securestring] $Ticket,
        [Parameter(Mandatory, Position = 0, ParameterSetName = 'TicketPath', ValueFromPipelineByPropertyName)]
        [Alias('Path')] [ValidateNotNullOrEmpty()] [string] $TicketPath,
        [ValidateNotNullOrEmpty()] [string] $Directory = '/etc/cadre',
        [ValidateNotNullOrEmpty()] [string] $SpoolPath = '/var/lib/cadre/spool',
        [ValidateNotNullOrEmpty()] [string] $Owner,
        [string[]] $Package = @(),
        [switch] $Later,
        [switch] $Start,
        [ValidateRange(1, 2147483)] [int] $TimeoutSec = 30)

    process {
        $root = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($Directory)
        $spool = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($SpoolPath)
        if (-not $PSCmdlet.ShouldProcess("this machine, in $root and $spool", 'Make it a node of a cluster')) { return }
        $worker = Get-CadreServiceState -Cmdlet $PSCmdlet -Role 'Worker' -Config (Join-Path -Path $root -ChildPath 'node.yaml')
        # Root starts it as the user whom the node's file belongs to.
        $asOthers = [Environment]::UserName -ceq 'root' -or $worker.Manager -eq 'Systemd'
        if ($Start -and $Owner -and $Owner -ne [Environment]::UserName -and -not $asOthers) {
            $message = "-Start with -Owner $Owner`: without systemd the worker would run as $([Environment]::UserName). " +
            "Leave -Start out, and start it as $Owner"
            $PSCmdlet.ThrowTerminatingError((ConvertTo-CadreError -ExitCode 64 -Message $message -Target $Owner))
        }
        $packages = @(Install-CadrePackage -Cmdlet $PSCmdlet -Package $Package)
        $arguments = @('node', 'join', '--dir', $root, '--spool', $spool, '--wait', "${TimeoutSec}s")
        if ($Owner) { $arguments += '--owner', $Owner }
        if ($Later) { $arguments += '--later' }
        $secret = $null
        if ($PSCmdlet.ParameterSetName -eq 'Ticket') {
            $secret = $Ticket
            $arguments += '-'
        }
        else { $arguments += '--', $PSCmdlet.GetUnresolvedProviderPathFromPSPath($TicketPath) }
        Invoke-CadreTool -Cmdlet $PSCmdlet -Argument $arguments -TypeName 'Cadre.Extension' -Target $root -Secret $secret |
            ConvertTo-CadreChange -Cmdlet $PSCmdlet | ForEach-Object {
                if ($packages.Count -gt 0) { $_.Changed = $true }
                Add-Member -InputObject $_ -MemberType 'NoteProperty' -Name 'Packages' -Value $packages
                $service = $null
                # Where it was not refused, it is in, or its ticket lies there for the worker.
                if ($Start -and ($_.Joined -or [IO.File]::Exists((Join-Path -Path $root -ChildPath 'keys/join.ticket')))) {
                    $service = Start-CadreService -Role 'Worker' -Config $_.Config -TimeoutSec $TimeoutSec -Confirm:$false
                    Set-CadreUnit -Cmdlet $PSCmdlet -Service $service -Action 'enable' -Confirm:$false
                }
                Add-Member -InputObject $_ -MemberType 'NoteProperty' -Name 'Service' -Value $service -PassThru
            }
    }
}

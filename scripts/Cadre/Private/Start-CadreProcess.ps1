# Starts a daemon and its keeper, which outlive this session, with a pid file (the keeper's) and a log (both 0600), and waits
# until the daemon says -Word, as it says it to systemd. Started by root they run as the user whom the node's file belongs to.
# Gives back whether it was ready; it may still run where it was not.
function Start-CadreProcess {
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType([bool])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory)] [psobject] $Service,
        [Parameter(Mandatory)] [string] $Program,
        [Parameter(Mandatory)] [string] $Word,
        [Parameter(Mandatory)] [int] $TimeoutSec)

    if (-not $PSCmdlet.ShouldProcess($Program, 'Start')) { return $false }
    # A name in no directory: nothing of it is left behind.
    $name = "cadre-$([guid]::NewGuid())"
    $ear = [Net.Sockets.Socket]::new([Net.Sockets.AddressFamily]::Unix, [Net.Sockets.SocketType]::Dgram, [Net.Sockets.ProtocolType]::Unspecified)
    try {
        $ear.Bind([Net.Sockets.UnixDomainSocketEndPoint]::new("$([char] 0)$name"))
        $command = @(Get-CadreKeeper) + @($Program) + $Service.Argument
        $owner = (Invoke-CadreProcess -Path '/usr/bin/stat' -Argument '-c', '%u %g', $Service.Config).Output.Trim() -split ' '
        $self = (Invoke-CadreProcess -Path '/usr/bin/id' -Argument '-u').Output.Trim()
        if ($self -eq '0' -and $owner[0] -ne '0') {
            $rights = '-all'
            if ($Service.Role -eq 'Worker') { $rights = Get-CadreWorkerRight }
            $kept = foreach ($set in '--inh-caps', '--ambient-caps', '--bounding-set') { $set; $rights }
            $command = @('setpriv', '--reuid', $owner[0], '--regid', $owner[1], '--init-groups', '--no-new-privs') + $kept + $command
        }
        # $0: the socket, then pid file and log, then the command.
        $script = 'pid=$1 log=$2; shift 2; (umask 077; : >"$pid"; : >>"$log") && ' +
        '{ NOTIFY_SOCKET="@$0" setsid "$@" </dev/null >>"$log" 2>&1 & echo $! >"$pid"; }'
        $arguments = @('-c', $script, $name, $Service.PidFile, $Service.Log) + $command
        $begun = Invoke-CadreProcess -Path '/bin/sh' -Argument $arguments
        if ($begun.ExitCode -ne 0) {
            $Cmdlet.ThrowTerminatingError((ConvertTo-CadreError -ExitCode 73 -Message $begun.Errors -Target $Service.Config))
        }
        $heard = [byte[]]::new(4096)
        $watch = [Diagnostics.Stopwatch]::StartNew()
        do {
            # In turns: one that ended will say nothing any more.
            if ($ear.Poll(200000, [Net.Sockets.SelectMode]::SelectRead)) {
                $count = $ear.Receive($heard)
                if ([Text.Encoding]::UTF8.GetString($heard, 0, $count) -split "`n" -contains $Word) { return $true }
            }
            $now = Get-CadreServiceState -Cmdlet $Cmdlet -Role $Service.Role -Config $Service.Config
        } while ($now.Running -and $watch.Elapsed.TotalSeconds -lt $TimeoutSec)
        return $false
    }
    finally { $ear.Dispose() }
}

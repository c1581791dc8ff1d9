# Starts a daemon that outlives this session, with a pid file and a log (both 0600), and waits until it says -Word, as it
# says it to systemd. Gives back whether it did; it may still run where it did not.
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
        $script = '(umask 077; : >"$4"; : >>"$5") && { NOTIFY_SOCKET="@$1" setsid "$2" --config "$3" </dev/null >>"$5" 2>&1 & echo $! >"$4"; }'
        $begun = Invoke-CadreProcess -Path '/bin/sh' -Argument '-c', $script, 'sh', $name, $Program, $Service.Config, $Service.PidFile, $Service.Log
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

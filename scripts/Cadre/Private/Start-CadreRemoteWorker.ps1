# Starts the worker of a node by ssh, as Start-CadreService would there: by systemd where it runs and the directory is the usual
# one, else as a process with a keeper and a pid file, as the user whom the node's file belongs to. Gives back whether it had to be started.
function Start-CadreRemoteWorker {
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType([bool])]
    param(
        [Parameter(Mandatory)] [psobject] $Remote,
        [Parameter(Mandatory)] [string] $Directory)

    if (-not $PSCmdlet.ShouldProcess($Remote.Node, 'Start the worker')) { return $false }
    $script = @'
set -e
file=$1/node.yaml pid=$1/cadre-worker.pid log=$1/cadre-worker.log
if [ -d /run/systemd/system ] && [ "$1" = /etc/cadre ]; then
  if systemctl is-active --quiet cadre-worker && systemctl is-enabled --quiet cadre-worker; then echo runs; exit; fi
  systemctl enable --quiet --now cadre-worker
  echo started; exit
fi
if [ -s "$pid" ] && tr '\0' '\n' 2>/dev/null <"/proc/$(cat "$pid")/cmdline" | grep -qxF -e "$file"; then echo runs; exit; fi
keeper=$2 rights=$3
set --
user=$(stat -c %u "$file")
if [ "$(id -u)" = 0 ] && [ "$user" != 0 ]; then
  set -- setpriv --reuid "$user" --regid "$(stat -c %g "$file")" --init-groups --no-new-privs \
    --inh-caps "$rights" --ambient-caps "$rights" --bounding-set "$rights"
fi
program=$(command -v cadre-worker) || { echo 'cadre-worker is not in the PATH' >&2; exit 127; }
(umask 077; : >"$pid"; : >>"$log")
setsid "$@" sh -c "$keeper" cadre-keeper "$program" --config "$file" </dev/null >>"$log" 2>&1 &
echo $! >"$pid"
echo process
'@
    $words = @('sh', '-c', $script, 'cadre', $Directory, @(Get-CadreKeeper)[2], (Get-CadreWorkerRight))
    $told = (Invoke-CadreRemote -Cmdlet $PSCmdlet -Remote $Remote -Command $words).Output.Trim()
    if ($told -eq 'process') {
        $PSCmdlet.WriteWarning("$($Remote.Node): without systemd the worker is a process, kept running; after a restart of the machine " +
            'it has to be started anew')
    }
    $told -ne 'runs'
}

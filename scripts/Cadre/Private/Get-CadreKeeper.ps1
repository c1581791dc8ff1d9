# What keeps a daemon running where systemd does not: a command that becomes the keeper of the one behind it. As the units say it
# (Restart=on-failure, RestartSec=1, RestartPreventExitStatus=64 78): what ends by itself or by a polite signal stays ended, as what
# cannot work with its configuration; what crashed is started again. One that does not live for five seconds at its first start is
# not: who started it is waiting for it, and is to be told. The keeper passes SIGTERM on and ends with its daemon, and the daemon
# with the keeper.
function Get-CadreKeeper {
    [CmdletBinding()]
    [OutputType([string[]])]
    param()

    $script = @'
stop= child= lived=
trap 'stop=1; [ -z "$child" ] || kill -TERM "$child" 2>/dev/null' TERM INT
while [ -z "$stop" ]; do
  begun=$(date +%s)
  setpriv --pdeathsig TERM "$@" & child=$!
  [ -z "$stop" ] || kill -TERM "$child" 2>/dev/null
  wait "$child"; code=$?
  while kill -0 "$child" 2>/dev/null; do wait "$child"; code=$?; done
  child=
  case $code in 0|64|78|129|130|143) exit "$code" ;; esac
  [ $(($(date +%s) - begun)) -lt 5 ] || lived=1
  [ -n "$lived" ] || exit "$code"
  echo "cadre-keeper: $1 has ended with code $code; it is started again in a second"
  sleep 1
done
'@
    return [string[]] @('sh', '-c', $script, 'cadre-keeper')
}

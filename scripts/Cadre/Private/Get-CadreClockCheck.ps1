# Whether something keeps this machine's clock right. -Daemon: which of those that do run here. -Synchronised: what systemd says of the kernel's
# clock, yes or no; empty where it cannot be asked.
function Get-CadreClockCheck {
    [CmdletBinding()]
    [OutputType('Cadre.Check')]
    param(
        [Parameter(Mandatory)] [AllowEmptyCollection()] [string[]] $Daemon,
        [Parameter(Mandatory)] [AllowEmptyString()] [string] $Synchronised)

    $runs = 'no daemon for it runs here (systemd-timesyncd, chronyd, ntpd)'
    if ($Daemon.Count -gt 0) { $runs = "$($Daemon -join ' and ') runs" }
    if ($Synchronised -eq 'yes') { return ConvertTo-CadreCheck 'clock' 'ok' "synchronised; $runs" }
    if ($Synchronised -eq 'no' -and $Daemon.Count -gt 0) {
        return ConvertTo-CadreCheck 'clock' 'warning' "$runs, and the clock is not synchronised" (
            'it takes a few minutes after a start; then timedatectl, chronyc tracking or ntpq -p say why')
    }
    if ($Daemon.Count -gt 0) {
        return ConvertTo-CadreCheck 'clock' 'warning' "$runs; without systemd it is not told whether the clock is synchronised" 'chronyc tracking, or ntpq -p'
    }
    ConvertTo-CadreCheck 'clock' 'warning' "$runs, and nothing says that the clock is right" (
        'apt-get install systemd-timesyncd, or chrony; in a container the host''s clock counts: look there. Cadre loses no job by a wrong ' +
        'clock, but times in lists are wrong by as much')
}

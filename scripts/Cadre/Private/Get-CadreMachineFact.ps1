# What this machine has: room on the volume of a directory and memory, in bytes; which daemons keep its clock, and whether it is synchronised.
function Get-CadreMachineFact {
    [CmdletBinding()]
    [OutputType([hashtable])]
    param([Parameter(Mandatory)] [string] $Path)

    $memory = @{ MemTotal = 0; MemAvailable = 0 }
    foreach ($line in [IO.File]::ReadAllLines('/proc/meminfo')) {
        if ($line -match '^(?<key>MemTotal|MemAvailable):\s+(?<kib>\d+) kB$') { $memory[$Matches['key']] = 1024 * [long] $Matches['kib'] }
    }
    # By df: .NET knows a volume by its mount point alone.
    $free = (Invoke-CadreProcess -Path '/usr/bin/df' -Argument '--block-size=1', '--output=avail', '--', (Get-CadreStandingDirectory -Path $Path)).Output
    # The kernel keeps 15 characters of a name.
    $names = @{ 'systemd-timesyn' = 'systemd-timesyncd'; 'chronyd' = 'chronyd'; 'ntpd' = 'ntpd' }
    $daemons = foreach ($directory in [IO.Directory]::GetDirectories('/proc')) {
        if ($directory -notmatch '/\d+$') { continue }
        # Whoever ends just now has none any more.
        try { $name = [IO.File]::ReadAllText("$directory/comm").Trim() } catch [IO.IOException] { $name = '' }
        if ($names.ContainsKey($name)) { $names[$name] }
    }
    $synchronised = ''
    if ([IO.Directory]::Exists('/run/systemd/system')) {
        $told = Invoke-CadreProcess -Path 'timedatectl' -Argument 'show', '--property', 'NTPSynchronized', '--value'
        if ($told.ExitCode -eq 0) { $synchronised = $told.Output.Trim() }
    }
    @{
        Free         = [long] ($free -split "`n")[1].Trim()
        Memory       = $memory['MemTotal']
        Available    = $memory['MemAvailable']
        Daemon       = @($daemons | Sort-Object -Unique)
        Synchronised = $synchronised
    }
}

function Uninstall-CadreMaster {
    <#
    .SYNOPSIS
    Makes this machine a master no more: stops its services and removes what Install-CadreMaster made.
    .DESCRIPTION
    Without -KeepData all jobs in a MariaDB of Cadre's own, and the keys without which no node gets in, are gone for good.
    While jobs have not ended it is refused, unless with -Force. With -KeepData, keys, passwords, spool and MariaDB's data
    stay, and Install-CadreMaster makes the same master of them again. In a MariaDB that is not Cadre's own nothing is
    changed: a warning names what is left there. Engines and other files that somebody put there stay, and a warning names
    them. Run again, it goes on where it was interrupted; where nothing is left to remove, Changed is false.
    .PARAMETER Directory
    Where configuration and keys are.
    .PARAMETER KeepData
    Keep keys, passwords, spool and MariaDB's data.
    .PARAMETER Force
    Do not ask, and do not mind jobs that have not ended.
    .PARAMETER TimeoutSec
    For how many seconds the end of each service is waited for.
    .EXAMPLE
    Uninstall-CadreMaster -KeepData
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]
    [OutputType('Cadre.Removal')]
    param(
        [Parameter(Position = 0)] [ValidateNotNullOrEmpty()] [string] $Directory = '/etc/cadre',
        [switch] $KeepData,
        [switch] $Force,
        [ValidateRange(1, 2147483)] [int] $TimeoutSec = 60)

    if ($Force -and -not $PSBoundParameters.ContainsKey('Confirm')) { $ConfirmPreference = 'None' }
    $removal = Get-CadreRemoval -Cmdlet $PSCmdlet -Directory $Directory -Role 'master|server' -Of 'a master''s' -Maker 'Install-CadreMaster'
    $root, $file, $spool, $text, $told = $removal.Root, $removal.File, $removal.Spool, $removal.Text, $removal.Told
    if (-not $spool) { return $told }
    $options = Join-Path -Path $root -ChildPath 'mariadb.cnf'
    $own = $null
    if ([IO.File]::Exists($options) -and [IO.File]::ReadAllText($options) -cmatch '(?m)^datadir = (?<home>/.*/mariadb)/data$') { $own = $Matches['home'] }
    $what = 'Stop all services, and remove configuration, keys, spool and all jobs'
    if ($KeepData) { $what = 'Stop all services, and remove the configuration; keep keys, spool and jobs' }
    if (-not $PSCmdlet.ShouldProcess("$root, $spool, $own", $what)) { return }

    $broker = Get-CadreServiceState -Cmdlet $PSCmdlet -Role 'Broker' -Config $file
    if ($broker.Running -and -not $KeepData -and -not $Force) {
        $status = Invoke-CadreTool -Cmdlet $PSCmdlet -Argument 'status' -Config $file
        $left = $status.Waiting + $status.Delayed + $status.Running
        if ($left -gt 0) {
            $message = "$left jobs have not ended, and would be lost; nothing was changed. Wait for them, or -KeepData, or -Force"
            $PSCmdlet.ThrowTerminatingError((ConvertTo-CadreError -ExitCode 75 -Message $message -Target $root))
        }
    }
    $services = @(foreach ($role in 'Worker', 'Broker', 'Database') { Stop-CadreService -Role $role -Config $file -TimeoutSec $TimeoutSec -Confirm:$false })
    if (@($services | Where-Object Running).Count -gt 0) { return }
    Set-CadreUnit -Cmdlet $PSCmdlet -Service $services -Action 'disable' -Confirm:$false
    if ($null -ne $own -and [IO.File]::Exists("$own/mariadb.pid")) {
        $pidOf = [IO.File]::ReadAllText("$own/mariadb.pid").Trim()
        if ($pidOf -and [IO.File]::Exists("/proc/$pidOf/comm") -and [IO.File]::ReadAllText("/proc/$pidOf/comm").Trim() -eq 'mariadbd') {
            $message = "MariaDB ($pidOf) still runs in $own, and was started otherwise: stop it first"
            $PSCmdlet.ThrowTerminatingError((ConvertTo-CadreError -ExitCode 75 -Message $message -Target $own))
        }
    }

    $keys = Join-Path -Path $root -ChildPath 'keys'
    $parts = @{ Root = $root; File = @($services | ForEach-Object { $_.PidFile; $_.Log } | Where-Object { $_ }) + $options + $file }
    $parts.Directory = @($keys, (Join-Path -Path $root -ChildPath 'engines'), (Split-Path -Path $spool -Parent), $root)
    $parts.Quiet = @($root, '/var/lib/cadre')
    if ($KeepData) { $parts.Quiet += $keys, (Split-Path -Path $spool -Parent) }
    else {
        $parts.Spool = $spool
        if ($null -ne $own) { $parts.Tree = @($own) }
        $names = @('server.key', 'server.pub', 'admin.key', 'admin.pub', 'worker.key', 'worker.pub', 'members.key', 'members.pub')
        $names += 'cadre_app.password', 'cadre_purge.password', 'cadre_owner.password', 'cadre_ro.password'
        $parts.File = @($names | ForEach-Object { Join-Path -Path $keys -ChildPath $_ }) + $parts.File
    }
    if ($null -eq $own) {
        $schema = 'cadre'
        if ($text -cmatch '(?m)^ +schema: *(?<schema>\S+)') { $schema = $Matches['schema'] }
        $message = "The database '$schema' stays on its server, with the accounts cadre_app, cadre_purge, cadre_owner and cadre_ro: " +
        'what was accepted is not removed from here'
        $PSCmdlet.WriteWarning($message)
    }
    $told.Removed = @(Remove-CadreFile -Cmdlet $PSCmdlet @parts -Confirm:$false)
    $told.Changed = $true
    $told
}

# Whether systemd starts those of the services that are its own whenever the machine starts. What is so already is not changed;
# what was changed has Changed true. Only "enabled" holds over a restart of the machine: what is "enabled-runtime" is forgotten
# then, and a "static" unit never asked for it; systemctl ends with 0 for all three.
function Set-CadreUnit {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [AllowEmptyCollection()] [object[]] $Service = @(),
        [Parameter(Mandatory)] [ValidateSet('enable', 'disable')] [string] $Action)

    $wanted = $Action -eq 'enable'
    foreach ($one in $Service | Where-Object { $_.Manager -eq 'Systemd' }) {
        $asked = @{ Path = 'systemctl'; Argument = 'is-enabled', $one.Name }
        if (((Invoke-CadreProcess @asked).Output.Trim() -ceq 'enabled') -eq $wanted) { continue }
        if (-not $PSCmdlet.ShouldProcess($one.Name, $Action)) { continue }
        $ran = Invoke-CadreProcess -Path 'systemctl' -Argument $Action, $one.Name
        $found = (Invoke-CadreProcess @asked).Output.Trim()
        if (($found -ceq 'enabled') -eq $wanted) {
            $one.Changed = $true
            continue
        }
        # Where root may not either, it is the unit that cannot: it is masked, static, or not there.
        $code = if ([Environment]::UserName -ceq 'root') { 1 } else { 77 }
        if (-not $found) { $found = 'not-found' }
        $message = "systemctl $Action $($one.Name) left it as it was ($found). Its unit comes with the package cadre-broker or " +
        "cadre-worker; what this machine has: systemctl cat $($one.Name)`n$($ran.Errors)"
        $Cmdlet.WriteError((ConvertTo-CadreError -ExitCode $code -Message $message -Target $one.Name))
    }
}

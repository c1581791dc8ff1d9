# Whether systemd starts those of the services that are its own whenever the machine starts. What is so already is not changed;
# what was changed has Changed true.
function Set-CadreUnit {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [AllowEmptyCollection()] [object[]] $Service = @(),
        [Parameter(Mandatory)] [ValidateSet('enable', 'disable')] [string] $Action)

    foreach ($one in $Service | Where-Object { $_.Manager -eq 'Systemd' }) {
        $enabled = (Invoke-CadreProcess -Path 'systemctl' -Argument 'is-enabled', '--quiet', $one.Name).ExitCode -eq 0
        if ($enabled -eq ($Action -eq 'enable')) { continue }
        if (-not $PSCmdlet.ShouldProcess($one.Name, $Action)) { continue }
        $ran = Invoke-CadreProcess -Path 'systemctl' -Argument $Action, $one.Name
        if ($ran.ExitCode -ne 0) { $Cmdlet.WriteError((ConvertTo-CadreError -ExitCode 77 -Message $ran.Errors -Target $one.Name)) }
        else { $one.Changed = $true }
    }
}

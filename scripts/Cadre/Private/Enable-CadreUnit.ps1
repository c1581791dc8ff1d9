# Has systemd start those of the services that are its own whenever the machine starts. Where it does already, nothing is changed.
function Enable-CadreUnit {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [AllowEmptyCollection()] [object[]] $Service = @())

    foreach ($one in $Service | Where-Object { $_.Manager -eq 'Systemd' }) {
        if ((Invoke-CadreProcess -Path 'systemctl' -Argument 'is-enabled', '--quiet', $one.Name).ExitCode -eq 0) { continue }
        if (-not $PSCmdlet.ShouldProcess($one.Name, 'Enable')) { continue }
        $ran = Invoke-CadreProcess -Path 'systemctl' -Argument 'enable', $one.Name
        if ($ran.ExitCode -ne 0) { $Cmdlet.WriteError((ConvertTo-CadreError -ExitCode 77 -Message $ran.Errors -Target $one.Name)) }
        else { $one.Changed = $true }
    }
}

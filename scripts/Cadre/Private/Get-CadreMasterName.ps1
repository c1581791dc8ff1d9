# Which nodes are the master's own, as far as it is known here: by the inventory (-Said), and by the node's file where that is the master's.
# Nothing where neither says it.
function Get-CadreMasterName {
    [CmdletBinding()]
    [OutputType([string])]
    param([AllowNull()] [string[]] $Said)

    $Said | Where-Object { $_ }
    try { $settings = @(Get-CadreConfig -Key 'role', 'name' -ErrorAction 'Stop') }
    catch {
        # On a machine that is no node.
        $PSCmdlet.WriteVerbose("$_")
        return
    }
    if (@($settings | Where-Object { $_.Key -eq 'role' -and $_.Value -eq 'master' }).Count -eq 0) { return }
    $name = "$(($settings | Where-Object { $_.Key -eq 'name' }).Value)"
    # As the tool shows that the host's name counts.
    if ($name -in '', '""') { $name = [Net.Dns]::GetHostName() -replace '[^A-Za-z0-9._-]+', '-' }
    $name
}

# Which program is the tool: the one that was named, else the one of the connection, else the one of the PATH. An error that
# says what to do where there is none.
function Resolve-CadreTool {
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [string] $Tool)

    if (-not $Tool -and $null -ne $script:Connection) { $Tool = $script:Connection.Tool }
    if (-not $Tool) { $Tool = 'cadre' }
    $found = Get-Command -Name $Tool -CommandType 'Application' -TotalCount 1 -ErrorAction 'SilentlyContinue'
    if ($null -ne $found) { return $found.Source }

    $message = "The tool '$Tool' was not found: install the package with it, or name it: Connect-CadreCluster -Tool PATH"
    $why = [Management.Automation.ItemNotFoundException]::new($message)
    $Cmdlet.ThrowTerminatingError([Management.Automation.ErrorRecord]::new($why, 'CadreToolMissing', 'ObjectNotFound', $Tool))
}

function Export-CadreSupportBundle {
    <#
    .SYNOPSIS
    One file for whoever is to help: findings, settings, states and logs of this node.
    .DESCRIPTION
    What Test-CadreNode finds, what the node's file says, what the cluster says of itself, the machine, and the ends of the logs.
    No payload and no result of a job; keys and passwords that are readable here are taken out wherever they stand. It names hosts,
    nodes, engines and queues: look it through before you give it away. Also where nothing works.
    .PARAMETER Path
    A new file, such as ./support.tar.gz; nothing is overwritten.
    .PARAMETER Since
    How far back systemd's journal is read.
    .PARAMETER LogPath
    Logs that are to be in it too, where they lie elsewhere.
    .PARAMETER Config
    The node's file; else what Connect-CadreCluster said, CADRE_CONFIG or /etc/cadre/node.yaml.
    .EXAMPLE
    Export-CadreSupportBundle ./support.tar.gz -Since (New-TimeSpan -Days 3)
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Low')]
    [OutputType('Cadre.SupportBundle')]
    param(
        [Parameter(Mandatory, Position = 0)] [ValidateNotNullOrEmpty()] [string] $Path,
        [timespan] $Since = [timespan]::FromDays(1),
        [ValidateNotNullOrEmpty()] [string[]] $LogPath = @(),
        [ValidateNotNullOrEmpty()] [string] $Config)

    $file = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($Path)
    if (-not $PSCmdlet.ShouldProcess($file, 'Write what this node is like into it')) { return }
    $arguments = @('support-bundle', '--since', "$([long] [Math]::Ceiling($Since.TotalSeconds))s")
    foreach ($log in $LogPath) { $arguments += '--log', $PSCmdlet.GetUnresolvedProviderPathFromPSPath($log) }
    $arguments += '--', $file
    Invoke-CadreTool -Cmdlet $PSCmdlet -Argument $arguments -Config $Config -Target $file -TypeName 'Cadre.SupportBundle'
}

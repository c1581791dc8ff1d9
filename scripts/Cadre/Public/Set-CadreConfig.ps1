function Set-CadreConfig {
    <#
    .SYNOPSIS
    Changes values of a node's file; its comments and its order stay.
    .DESCRIPTION
    All of them or none: the file is read with the new values before it is written, and the old text stays beside it (Backup).
    What is so already is left alone, and Changed is false. Restart names the services that read it when they start, Reload
    those that read it again by a signal: Restart-CadreService does the first.
    .PARAMETER Setting
    Keys with dots, and their values: @{ 'policy.lease_ttl' = '30s' }. A list is written as a list, a hashtable as a mapping,
    true and false as YAML has them.
    .PARAMETER Unset
    Keys that are to be as by default again.
    .PARAMETER Config
    The node's file; else what Connect-CadreCluster said, CADRE_CONFIG or /etc/cadre/node.yaml.
    .EXAMPLE
    Set-CadreConfig @{ 'cleanup.keep_done' = '14d'; 'limits.engines' = @{ ocr = 4 } }
    .EXAMPLE
    (Set-CadreConfig @{ 'worker.slots' = 8 }).Restart | ForEach-Object { Restart-CadreService -Role $_ }
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Medium')]
    [OutputType('Cadre.ConfigChange')]
    param(
        [Parameter(Position = 0)] [ValidateNotNull()] [Collections.IDictionary] $Setting = @{},
        [ValidateNotNullOrEmpty()] [string[]] $Unset = @(),
        [ValidateNotNullOrEmpty()] [string] $Config)

    $arguments = @('config', 'set') + @($Unset | ForEach-Object { '--unset', $_ })
    $settings = @(ConvertTo-CadreSetting -InputObject $Setting)
    $told = Invoke-CadreTool -Cmdlet $PSCmdlet -Argument ($arguments + '--dry-run' + '--' + $settings) -Config $Config -TypeName 'Cadre.ConfigChange'
    $would = @($told.Would)
    $change = $would.Count -gt 0
    if (-not $change) { $PSCmdlet.WriteVerbose("$($told.File) says so already; nothing was changed.") }
    elseif (-not $PSCmdlet.ShouldProcess($told.File, "Change $($would -join ', ')")) { return }
    else { $told = Invoke-CadreTool -Cmdlet $PSCmdlet -Argument ($arguments + '--' + $settings) -Config $Config -TypeName 'Cadre.ConfigChange' }
    $told.psobject.Properties.Remove('Would')
    ConvertTo-CadreChange -Cmdlet $PSCmdlet -InputObject $told
}

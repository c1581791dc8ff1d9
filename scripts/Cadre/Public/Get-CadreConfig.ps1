function Get-CadreConfig {
    <#
    .SYNOPSIS
    What holds on a node: each key of its file with its value, or the default.
    .DESCRIPTION
    Line is where the file says it, 0 where the default holds. A file with faults is an error that names all of them
    (Test-CadreConfig).
    .PARAMETER Key
    Only these; wildcards may be used: cleanup.*
    .PARAMETER Changed
    Only what is not as by default.
    .PARAMETER Config
    The node's file; else what Connect-CadreCluster said, CADRE_CONFIG or /etc/cadre/node.yaml.
    .EXAMPLE
    Get-CadreConfig -Changed
    .EXAMPLE
    (Get-CadreConfig policy.lease_ttl).Value
    #>
    [CmdletBinding()]
    [OutputType('Cadre.Setting')]
    param(
        [Parameter(Position = 0)] [SupportsWildcards()] [string[]] $Key = '*',
        [switch] $Changed,
        [ValidateNotNullOrEmpty()] [string] $Config)

    $arguments = @('config', 'show')
    if ($Changed) { $arguments += '--changed' }
    $all = @(Invoke-CadreTool -Cmdlet $PSCmdlet -Argument $arguments -Config $Config -TypeName 'Cadre.Setting')
    foreach ($one in $Key) {
        $found = @($all | Where-Object { $_.Key -like $one })
        if ($found.Count -eq 0 -and -not $Changed -and -not [Management.Automation.WildcardPattern]::ContainsWildcardCharacters($one)) {
            $message = "There is no key '$one'; Get-CadreConfig shows those that are"
            $PSCmdlet.WriteError((ConvertTo-CadreError -ExitCode 1 -Message $message -Target $one))
        }
        foreach ($setting in $found) { $setting }
    }
}

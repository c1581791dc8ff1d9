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
    $message = "There is no key '{0}'; Get-CadreConfig shows those that are"
    Select-CadreNamed -Cmdlet $PSCmdlet -InputObject $all -Property 'Key' -Name $Key -Message $message -MayLack:$Changed
}

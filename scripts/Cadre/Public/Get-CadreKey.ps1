function Get-CadreKey {
    <#
    .SYNOPSIS
    The keys that may connect, that might, and that may no more.
    .DESCRIPTION
    For administrators. Role is client, worker or admin, and join for a ticket. LastHeard tells when its holder last spoke.
    .PARAMETER Name
    Only keys of these names; wildcards may be used. A name without wildcards that no key has is an error.
    .PARAMETER Admitted
    Only those that may connect now: neither revoked nor expired.
    .EXAMPLE
    Get-CadreKey -Admitted | Sort-Object LastHeard
    #>
    [CmdletBinding()]
    [OutputType('Cadre.Key')]
    param(
        [Parameter(Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)] [Alias('Node')] [SupportsWildcards()] [string[]] $Name = '*',
        [switch] $Admitted)

    begin {
        $keys = @(Invoke-CadreTool -Cmdlet $PSCmdlet -Argument 'key', 'list' -TypeName 'Cadre.Key')
        if ($Admitted) { $keys = @($keys | Where-Object { -not $_.Revoked -and -not $_.Expired }) }
    }
    process {
        $message = "There is no key of the name '{0}'; Get-CadreKey shows those that are"
        Select-CadreNamed -Cmdlet $PSCmdlet -InputObject $keys -Property 'Name' -Name $Name -Message $message
    }
}

function Update-CadreKey {
    <#
    .SYNOPSIS
    On a node: exchanges its key for a new one, while its worker works.
    .DESCRIPTION
    As who owns the node's key, or root. The node makes the new key itself; the broker takes it and shuts the old one out in one
    step, and a worker that runs takes it up within seconds: no job is lost, and nothing is started anew. Fingerprint is what
    Get-CadreKey shows for the node on the master then. A run that was interrupted is gone on with by the next one, with the same
    new key; one that had come to its end makes another. -WhatIf changes nothing.
    .PARAMETER Config
    The node's file.
    .EXAMPLE
    Update-CadreKey
    .EXAMPLE
    Update-CadreKey -Config ~/cadre/node.yaml
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Medium')]
    [OutputType('Cadre.NewKey')]
    param([Parameter(Position = 0, ValueFromPipelineByPropertyName)] [ValidateNotNullOrEmpty()] [string] $Config = '/etc/cadre/node.yaml')

    process {
        $file = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($Config)
        if (-not $PSCmdlet.ShouldProcess("the key of the node with $file", 'Exchange it for a new one')) { return }
        Invoke-CadreTool -Cmdlet $PSCmdlet -Argument 'key', 'rotate' -Config $file -TypeName 'Cadre.NewKey' -Target $file | ForEach-Object {
            Add-Member -InputObject $_ -MemberType 'NoteProperty' -Name 'Changed' -Value $true -PassThru
        }
    }
}

# One thing that was looked at, as Test-CadreNode tells them. Where it is ok or was skipped there is nothing to cure.
function ConvertTo-CadreCheck {
    [CmdletBinding()]
    [OutputType('Cadre.Check')]
    param(
        [Parameter(Mandatory, Position = 0)] [string] $Check,
        [Parameter(Mandatory, Position = 1)] [ValidateSet('ok', 'warning', 'failed', 'skipped')] [string] $State,
        [Parameter(Mandatory, Position = 2)] [string] $Found,
        [Parameter(Position = 3)] [string] $Cure = '')

    [pscustomobject] @{ PSTypeName = 'Cadre.Check'; Check = $Check; State = $State; Found = $Found; Cure = $Cure }
}

function Get-CadreGrantHost {
    <#
    .SYNOPSIS
    What MariaDB makes of an address, network or wildcard in an account, before there is one.
    .DESCRIPTION
    One object for each: Host as MariaDB matches it, First and Last and Count of the addresses that it covers, Warnings about
    wide and public ranges. What MariaDB would match with nobody, such as 10.1.0.5/16, is an error that says what is meant.
    .PARAMETER From
    Addresses, 10.1.0.0/16, 10.1.0.0/255.255.0.0, 10.1.%, or names.
    .EXAMPLE
    Get-CadreGrantHost -From 10.1.0.0/28
    #>
    [CmdletBinding()]
    [OutputType('Cadre.GrantHost')]
    param([Parameter(Mandatory, Position = 0, ValueFromPipeline)] [ValidateNotNullOrEmpty()] [string[]] $From)

    process {
        Invoke-CadreTool -Cmdlet $PSCmdlet -Argument (@('db', 'hosts', '--') + $From) -TypeName 'Cadre.GrantHost' -Target $From
    }
}

function Test-CadreNode {
    <#
    .SYNOPSIS
    What is wrong with this node, and what to do about it.
    .DESCRIPTION
    Looks at the node's file, its keys and directories, on the master at the database, and at the broker. One object for
    each check, in the order in which they depend on each other: State is ok, warning, failed or skipped, Cure says what to
    do. Where one failed, an error CadreNotSo names the first, which is to be mended first.
    .PARAMETER Config
    The node's file; else the one of Connect-CadreCluster, CADRE_CONFIG or /etc/cadre/node.yaml.
    .EXAMPLE
    Test-CadreNode | Where-Object State -NE 'ok' | Format-List
    #>
    [CmdletBinding()]
    [OutputType('Cadre.Check')]
    param([Parameter(Position = 0)] [ValidateNotNullOrEmpty()] [string] $Config)

    Invoke-CadreTool -Cmdlet $PSCmdlet -Argument 'doctor' -Config $Config | ForEach-Object {
        foreach ($check in $_.Checks) {
            $check.psobject.TypeNames.Insert(0, 'Cadre.Check')
            $check
        }
    }
}

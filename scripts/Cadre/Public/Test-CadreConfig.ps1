function Test-CadreConfig {
    <#
    .SYNOPSIS
    What is wrong with a node's file: all of it at once.
    .DESCRIPTION
    Gives back whether it is Right, its Role, and its Faults with Line, Column and Message; an error CadreConfiguration, where
    there are some, says the same for people. It need not be this node's file. Whether what it names is there, Test-CadreNode
    looks.
    .PARAMETER Path
    The file; else what Connect-CadreCluster said, CADRE_CONFIG or /etc/cadre/node.yaml.
    .EXAMPLE
    Test-CadreConfig ./node.yaml -ErrorAction SilentlyContinue | ForEach-Object Faults
    #>
    [CmdletBinding()]
    [OutputType('Cadre.ConfigTest')]
    param([Parameter(Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)] [Alias('Config', 'FullName')] [ValidateNotNullOrEmpty()] [string] $Path)

    process {
        Invoke-CadreTool -Cmdlet $PSCmdlet -Argument 'config', 'check' -Config $Path -Target $Path -TypeName 'Cadre.ConfigTest'
    }
}

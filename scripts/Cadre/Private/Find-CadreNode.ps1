# The node of exactly this name; where there is none, the public cmdlet writes an error and the pipeline goes on.
function Find-CadreNode {
    [CmdletBinding()]
    [OutputType([psobject])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory)] [string] $Name)

    $node = Invoke-CadreTool -Cmdlet $Cmdlet -Argument 'node', 'list' -TypeName 'Cadre.Node' | Where-Object { $_.Node -eq $Name }
    if ($null -ne $node) { return $node }
    $message = "There is no node '$Name'; Get-CadreNode shows those that are"
    $Cmdlet.WriteError((ConvertTo-CadreError -ExitCode 1 -Message $message -Target $Name))
}

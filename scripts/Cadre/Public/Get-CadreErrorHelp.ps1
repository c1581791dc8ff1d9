function Get-CadreErrorHelp {
    <#
    .SYNOPSIS
    What an error of this module means, and what to do next.
    .DESCRIPTION
    Each error's own sentence says what was wanted and found; this says what kind of trouble its id stands for, and which exit
    code of the tool.
    .PARAMETER Code
    The id, as in FullyQualifiedErrorId before the comma; wildcards may be used. Without it: all of them.
    .PARAMETER ErrorRecord
    The error itself, from $Error or from the pipeline.
    .EXAMPLE
    Get-CadreErrorHelp CadreTryAgain
    .EXAMPLE
    $Error[0] | Get-CadreErrorHelp
    #>
    [CmdletBinding(DefaultParameterSetName = 'Code')]
    [OutputType('Cadre.ErrorHelp')]
    param(
        [Parameter(Position = 0, ParameterSetName = 'Code')] [SupportsWildcards()] [string[]] $Code = '*',
        [Parameter(Mandatory, ParameterSetName = 'Record', ValueFromPipeline)] [Management.Automation.ErrorRecord] $ErrorRecord)

    process {
        $wanted = $Code
        if ($null -ne $ErrorRecord) { $wanted = @($ErrorRecord.FullyQualifiedErrorId -split ',')[0] }
        $all = Get-CadreErrorKind
        foreach ($one in $wanted) {
            $found = @($all | Where-Object { $_.Code -like $one })
            if ($found.Count -eq 0) {
                $message = "'$one' is no error of this module; Get-CadreErrorHelp shows those that are"
                $PSCmdlet.WriteError((ConvertTo-CadreError -ExitCode 1 -Message $message -Target $one))
            }
            foreach ($kind in $found) { $kind }
        }
    }
}

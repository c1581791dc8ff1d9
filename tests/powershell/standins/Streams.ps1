# Write-Error; what goes to the other streams goes there by $PSCmdlet, in the module as in its tests.

function Write-Error {
    [CmdletBinding(DefaultParameterSetName = 'NoException')]
    param(
        [Parameter(ParameterSetName = 'NoException', Mandatory, Position = 0, ValueFromPipeline)]
        [Parameter(ParameterSetName = 'WithException')]
        [Alias('Msg')] [AllowNull()] [AllowEmptyString()] [string] $Message,
        [Parameter(ParameterSetName = 'WithException', Mandatory, Position = 0)] [Exception] $Exception,
        [Parameter(ParameterSetName = 'ErrorRecord', Mandatory, Position = 0)] [Management.Automation.ErrorRecord] $ErrorRecord,
        [Parameter(ParameterSetName = 'NoException')]
        [Parameter(ParameterSetName = 'WithException')]
        [Management.Automation.ErrorCategory] $Category = 'NotSpecified',
        [Parameter(ParameterSetName = 'NoException')]
        [Parameter(ParameterSetName = 'WithException')]
        [string] $ErrorId = 'Microsoft.PowerShell.Commands.WriteErrorException',
        [Parameter(ParameterSetName = 'NoException')]
        [Parameter(ParameterSetName = 'WithException')]
        [object] $TargetObject,
        [string] $RecommendedAction)
    process {
        . $CallersPreferences $PSCmdlet
        if ($null -ne $ErrorRecord) { $PSCmdlet.WriteError($ErrorRecord); return }
        $what = $Exception
        if ($null -eq $what) { $what = [InvalidOperationException]::new($Message) }
        $record = [Management.Automation.ErrorRecord]::new($what, $ErrorId, $Category, $TargetObject)
        if ($Message -and $null -ne $Exception) { $record.ErrorDetails = $Message }
        if ($RecommendedAction) {
            if ($null -eq $record.ErrorDetails) { $record.ErrorDetails = $Message }
            $record.ErrorDetails.RecommendedAction = $RecommendedAction
        }
        $PSCmdlet.WriteError($record)
    }
}

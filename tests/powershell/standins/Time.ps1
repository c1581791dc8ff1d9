# Start-Sleep.

function Start-Sleep {
    [CmdletBinding(DefaultParameterSetName = 'Seconds')]
    param(
        [Parameter(ParameterSetName = 'Seconds', Mandatory, Position = 0, ValueFromPipeline)] [ValidateRange(0, 2147483)] [double] $Seconds,
        [Parameter(ParameterSetName = 'Milliseconds', Mandatory)] [Alias('ms')] [ValidateRange(0, 2147483647)] [int] $Milliseconds)
    process {
        if ($PSCmdlet.ParameterSetName -eq 'Seconds') { $Milliseconds = [int] ($Seconds * 1000) }
        [Threading.Thread]::Sleep($Milliseconds)
    }
}

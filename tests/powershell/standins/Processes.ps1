# Get-Process and Stop-Process, by id, name or object.

function Get-Process {
    [CmdletBinding(DefaultParameterSetName = 'Name')]
    param(
        [Parameter(ParameterSetName = 'Name', Position = 0)] [Alias('ProcessName')] [string[]] $Name,
        [Parameter(ParameterSetName = 'Id', Mandatory)] [Alias('PID')] [int[]] $Id)
    . $CallersPreferences $PSCmdlet
    if ($PSCmdlet.ParameterSetName -eq 'Id') {
        foreach ($one in $Id) {
            try { [Diagnostics.Process]::GetProcessById($one) }
            catch {
                $why = [InvalidOperationException]::new("Cannot find a process with the process identifier $one.")
                $PSCmdlet.WriteError([Management.Automation.ErrorRecord]::new($why, 'NoProcessFoundForGivenId', 'ObjectNotFound', $one))
            }
        }
        return
    }
    $all = [Diagnostics.Process]::GetProcesses()
    if (-not $Name) { return $all }
    foreach ($pattern in $Name) {
        $found = @($all | Where-Object { $_.ProcessName -like $pattern })
        if ($found.Count -eq 0 -and -not [Management.Automation.WildcardPattern]::ContainsWildcardCharacters($pattern)) {
            $why = [InvalidOperationException]::new("Cannot find a process with the name ""$pattern"". Verify the process name and call the cmdlet again.")
            $PSCmdlet.WriteError([Management.Automation.ErrorRecord]::new($why, 'NoProcessFoundForGivenName', 'ObjectNotFound', $pattern))
        }
        $found
    }
}

function Stop-Process {
    [CmdletBinding(DefaultParameterSetName = 'Id', SupportsShouldProcess, ConfirmImpact = 'Medium')]
    param(
        [Parameter(ParameterSetName = 'Id', Mandatory, Position = 0)] [int[]] $Id,
        [Parameter(ParameterSetName = 'InputObject', Mandatory, Position = 0, ValueFromPipeline)] [Diagnostics.Process[]] $InputObject,
        [switch] $Force,
        [switch] $PassThru)
    process {
        . $CallersPreferences $PSCmdlet
        $processes = if ($PSCmdlet.ParameterSetName -eq 'Id') { Get-Process -Id $Id } else { $InputObject }
        foreach ($process in $processes) {
            if (-not $PSCmdlet.ShouldProcess("$($process.ProcessName) ($($process.Id))", 'Stop-Process')) { continue }
            try { $process.Kill() }
            catch { $PSCmdlet.WriteError((ConvertTo-StandInError $_ 'CouldNotStopProcess' 'CloseError' $process)) }
            if ($PassThru) { $process }
        }
    }
}

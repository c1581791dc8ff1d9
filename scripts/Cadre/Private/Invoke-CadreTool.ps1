# Runs the tool with --json for a public cmdlet, and gives back what it answered as objects.
# A failure is a terminating error of that cmdlet; but where the tool also answered, or where what was asked for is only not
# so (exit code 1), the error is written and the pipeline goes on. What the tool said beside its answer is verbose output,
# its notes are warnings.
function Invoke-CadreTool {
    [CmdletBinding()]
    [OutputType([psobject])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory)] [string[]] $Argument,
        [string] $TypeName,
        [object] $Target)

    $tool = Resolve-CadreTool -Cmdlet $Cmdlet
    $all = @('--json')
    if ($null -ne $script:Connection) { $all += $script:Connection.Arguments }
    $all += $Argument
    $Cmdlet.WriteVerbose("$tool $($all -join ' ')")
    try {
        $ran = Invoke-CadreProcess -Path $tool -Argument $all
    }
    catch [ComponentModel.Win32Exception] {
        $record = ConvertTo-CadreError -ExitCode 126 -Message "The tool $tool cannot be run: $($_.Exception.Message)" -Target $tool
        $Cmdlet.ThrowTerminatingError($record)
    }

    $answer = $null
    if ($ran.Output.Trim()) {
        try {
            $answer = @(ConvertFrom-Json -InputObject $ran.Output -ErrorAction 'Stop')
        }
        catch {
            $record = ConvertTo-CadreError -ExitCode 70 -Message "The answer of $tool is not JSON: $($ran.Output)" -Target $Target
            $Cmdlet.ThrowTerminatingError($record)
        }
    }
    if ($ran.ExitCode -ne 0) {
        $record = ConvertTo-CadreError -ExitCode $ran.ExitCode -Message $ran.Errors -Target $Target
        if ($null -eq $answer -and $ran.ExitCode -ne 1) { $Cmdlet.ThrowTerminatingError($record) }
    }
    else {
        foreach ($line in $ran.Errors -split "`n") {
            if ($line -match '^(cadre: )?note: (?<text>.*)') { $Cmdlet.WriteWarning($Matches['text']) }
            elseif ($line) { $Cmdlet.WriteVerbose($line) }
        }
    }
    foreach ($one in $answer) { ConvertTo-CadreObject -InputObject $one -TypeName $TypeName }
    # Behind the answer: with -ErrorAction Stop what was done would else be lost.
    if ($ran.ExitCode -ne 0) { $Cmdlet.WriteError($record) }
}

# Runs the tool with --json for a public cmdlet, and gives back what it answered as objects.
# A failure is a terminating error of that cmdlet; but where the tool also answered, or where what was asked for is only not
# so (exit code 1), the error is written and the pipeline goes on. What the tool said beside its answer is verbose output,
# its notes are warnings.
# -Config: the node's file, instead of what Connect-CadreCluster said. -Secret: what the tool reads from its standard input.
# -Confidential: the answer holds a secret, and is shown in no error.
function Invoke-CadreTool {
    [CmdletBinding()]
    [OutputType([psobject])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory)] [AllowEmptyString()] [string[]] $Argument,
        [string] $TypeName,
        [object] $Target,
        [string] $Config,
        [securestring] $Secret,
        [switch] $Confidential)

    $tool = Resolve-CadreTool -Cmdlet $Cmdlet
    $all = @('--json')
    if ($Config) { $all += '--config', $Cmdlet.GetUnresolvedProviderPathFromPSPath($Config) }
    elseif ($null -ne $script:Connection) { $all += $script:Connection.Arguments }
    $all += $Argument
    $Cmdlet.WriteVerbose("$tool $($all -join ' ')")
    try {
        $ran = Invoke-CadreProcess -Path $tool -Argument $all -Secret $Secret
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
            $said = $ran.Output
            if ($Confidential) { $said = 'it holds a secret, and is not shown' }
            $record = ConvertTo-CadreError -ExitCode 70 -Message "The answer of $tool is not JSON: $said" -Target $Target
            $Cmdlet.ThrowTerminatingError($record)
        }
    }
    if ($ran.ExitCode -ne 0) {
        # Before what it complains of stands what it had done until then.
        $done, $why = '', $ran.Errors
        if ($ran.Errors -cmatch '^(?<done>((?!cadre: ).*\n)+)(?<why>(?s)cadre: .*)$') { $done, $why = $Matches['done'], $Matches['why'] }
        Write-CadreNote -Cmdlet $Cmdlet -Text $done
        $record = ConvertTo-CadreError -ExitCode $ran.ExitCode -Message $why -Target $Target
        if ($null -eq $answer -and $ran.ExitCode -ne 1) { $Cmdlet.ThrowTerminatingError($record) }
    }
    else {
        Write-CadreNote -Cmdlet $Cmdlet -Text $ran.Errors
    }
    foreach ($one in $answer) { ConvertTo-CadreObject -InputObject $one -TypeName $TypeName }
    # Behind the answer: with -ErrorAction Stop what was done would else be lost.
    if ($ran.ExitCode -ne 0) { $Cmdlet.WriteError($record) }
}

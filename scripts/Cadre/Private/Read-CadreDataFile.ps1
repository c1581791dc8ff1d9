# A PowerShell data file that is only read, never executed: its values, and the line of each key. An error of the public cmdlet that names
# the line where something stands in it that is no data.
function Read-CadreDataFile {
    [CmdletBinding()]
    [OutputType([psobject])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory)] [string] $Path)

    $file = $Cmdlet.GetUnresolvedProviderPathFromPSPath($Path)
    if (-not [IO.File]::Exists($file)) {
        $message = "There is no file $file. Nothing was changed"
        $Cmdlet.ThrowTerminatingError((ConvertTo-CadreError -ExitCode 66 -Message $message -Target $Path))
    }
    $tokens = $faults = $null
    $tree = [Management.Automation.Language.Parser]::ParseFile($file, [ref] $tokens, [ref] $faults)
    $said = @($faults | ForEach-Object { "$file`:$($_.Extent.StartLineNumber): $($_.Message)" })
    if ($said.Count -eq 0) {
        $active = 'Command', 'SubExpression', 'MemberExpression', 'InvokeMemberExpression', 'ScriptBlockExpression', 'ExpandableStringExpression',
        'ConvertExpression', 'TypeExpression'
        $isForeign = {
            $kind = $args[0].GetType().Name -replace 'Ast$'
            ($kind -cin $active) -or ($kind -ceq 'VariableExpression' -and "$($args[0].VariablePath)" -notin 'true', 'false', 'null')
        }
        $isTable = { $args[0] -is [Management.Automation.Language.HashtableAst] }
        $foreign = $tree.Find($isForeign, $true)
        $table = $tree.Find($isTable, $false)
        if ($null -ne $foreign) {
            $said += "$file`:$($foreign.Extent.StartLineNumber): wanted data only (texts in '', numbers, `$true, `$false, lists, tables), " +
            "found $(($foreign.Extent.Text -split "`n")[0])"
        }
        elseif ($null -eq $table) { $said += "$file`: wanted one table, @{ ... }, and found none" }
    }
    if ($said.Count -eq 0) {
        try {
            $value = Import-PowerShellDataFile -LiteralPath $file -ErrorAction 'Stop'
            return [pscustomobject] @{ File = $file; Value = $value; Lines = (Get-CadreInventoryLine -Table $table) }
        }
        catch {
            # It says the whole file again; what else it refuses, is size (5000 values).
            $said += "$file`: PowerShell does not take it as a data file: $(($_.Exception.Message -split "`n")[0])`n  " +
            'Where it is a large one: say once, in Default, what most nodes have'
        }
    }
    $message = "$($said -join "`n")`n  Nothing was changed"
    $Cmdlet.ThrowTerminatingError((ConvertTo-CadreError -ExitCode 65 -Message $message -Target $Path))
}

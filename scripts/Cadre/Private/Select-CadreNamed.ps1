# Those of -InputObject whose -Property is like one of the names, name by name. A name without wildcards that none has is an error of the
# public cmdlet, and the pipeline goes on: -Message says it, with {0} for the name. -MayLack: it is none.
function Select-CadreNamed {
    [CmdletBinding()]
    [OutputType([psobject])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [AllowEmptyCollection()] [object[]] $InputObject = @(),
        [Parameter(Mandatory)] [string] $Property,
        [Parameter(Mandatory)] [string[]] $Name,
        [Parameter(Mandatory)] [string] $Message,
        [switch] $MayLack)

    foreach ($one in $Name) {
        $found = @(foreach ($item in $InputObject) { if ($item.$Property -like $one) { $item } })
        if ($found.Count -eq 0 -and -not $MayLack -and -not [Management.Automation.WildcardPattern]::ContainsWildcardCharacters($one)) {
            $Cmdlet.WriteError((ConvertTo-CadreError -ExitCode 1 -Message ($Message -f $one) -Target $one))
        }
        foreach ($item in $found) { $item }
    }
}

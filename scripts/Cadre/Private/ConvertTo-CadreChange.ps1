# What the tool answered about a set-up that may be run again: its list of what was made becomes Made, and Changed tells
# whether that is anything.
function ConvertTo-CadreChange {
    [CmdletBinding()]
    [OutputType([psobject])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory, ValueFromPipeline)] [psobject] $InputObject)

    process {
        $made = @($InputObject.Changed)
        $InputObject.Changed = $made.Count -gt 0
        if (-not $InputObject.Changed) { $Cmdlet.WriteVerbose('Everything was there already; nothing was changed.') }
        Add-Member -InputObject $InputObject -MemberType 'NoteProperty' -Name 'Made' -Value $made -PassThru
    }
}

function New-CadreKey {
    <#
    .SYNOPSIS
    Makes a pair of keys: for a client, or for a machine that joins without a ticket.
    .DESCRIPTION
    The secret key is a file that only its owner reads, and stays on this machine; the public one lies beside it, for
    Add-CadreKey. What is there is never overwritten: where both are, Changed is false.
    .PARAMETER Path
    The secret key's file, such as scanner.key; scanner.pub gets the public one.
    .EXAMPLE
    New-CadreKey -Path ~/.cadre/scanner.key
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Low')]
    [OutputType('Cadre.KeyPair')]
    param([Parameter(Mandatory, Position = 0)] [ValidateNotNullOrEmpty()] [string] $Path)

    $file = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($Path)
    $public = "$($file -creplace '\.key$').pub"
    if ([IO.File]::Exists($file) -and [IO.File]::Exists($public)) {
        $PSCmdlet.WriteVerbose("$file and $public are there already.")
        $key = [IO.File]::ReadAllText($public).Trim()
        return [pscustomobject] @{ PSTypeName = 'Cadre.KeyPair'; Key = $key; File = $file; PublicFile = $public; Changed = $false }
    }
    if (-not $PSCmdlet.ShouldProcess($file, 'Make a pair of keys')) { return }
    $made = Invoke-CadreTool -Cmdlet $PSCmdlet -Argument 'key', 'new', '--', $file -Target $file -TypeName 'Cadre.KeyPair'
    Add-Member -InputObject $made -MemberType 'NoteProperty' -Name 'Changed' -Value $true -PassThru
}

function Revoke-CadreKey {
    <#
    .SYNOPSIS
    Never lets a key in again; its connections count for nothing from then on.
    .DESCRIPTION
    For administrators. Gives back each key that is revoked now; where it was before, Changed is false. There is no way
    back: the holder needs a new key. A ticket is a key in the role join.
    .PARAMETER Name
    All keys of this name.
    .PARAMETER Key
    This key alone, as from Get-CadreKey.
    .EXAMPLE
    Revoke-CadreKey -Name ext-02
    .EXAMPLE
    Get-CadreKey -Admitted | Where-Object Role -EQ 'join' | Revoke-CadreKey
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High', DefaultParameterSetName = 'Name')]
    [OutputType('Cadre.Key')]
    param(
        [Parameter(Mandatory, Position = 0, ParameterSetName = 'Name', ValueFromPipeline)] [ValidateNotNullOrEmpty()] [string[]] $Name,
        [Parameter(Mandatory, ParameterSetName = 'Key', ValueFromPipelineByPropertyName)] [ValidateNotNullOrEmpty()] [string[]] $Key)

    begin {
        $all = @(Invoke-CadreTool -Cmdlet $PSCmdlet -Argument 'key', 'list' -TypeName 'Cadre.Key')
    }
    process {
        $byKey = $PSCmdlet.ParameterSetName -eq 'Key'
        $wanted = $Name
        if ($byKey) { $wanted = $Key }
        foreach ($one in $wanted) {
            $found = @($all | Where-Object { ($byKey -and $_.Key -ceq $one) -or (-not $byKey -and $_.Name -eq $one) })
            if ($found.Count -eq 0) {
                $PSCmdlet.WriteError((ConvertTo-CadreError -ExitCode 1 -Message "There is no key '$one'; Get-CadreKey shows those that are" -Target $one))
            }
            foreach ($known in $found) {
                if (-not $known.Revoked) {
                    $target = "key $($known.Key) of $($known.Name) ($($known.Role))"
                    if (-not $PSCmdlet.ShouldProcess($target, 'Revoke for ever')) { continue }
                    # Key by key: a name may have got another one since the list was asked for.
                    $done = Invoke-CadreTool -Cmdlet $PSCmdlet -Argument 'key', 'revoke', '--yes', '--', $known.Key -Target $one
                    if ($null -eq $done) { continue }
                }
                else { $PSCmdlet.WriteVerbose("The key $($known.Key) of $($known.Name) is revoked already.") }
                $gone = $known.psobject.Copy()
                Add-Member -InputObject $gone -MemberType 'NoteProperty' -Name 'Changed' -Value (-not $known.Revoked)
                $gone.Revoked = $known.Revoked = $true
                $gone
            }
        }
    }
}

function New-CadreConfig {
    <#
    .SYNOPSIS
    Makes a node's file: every key of its role, with what it means.
    .DESCRIPTION
    What would not be right is not written, and nothing is overwritten: where the same file is there already, Changed is false.
    Install-CadreMaster and Install-CadreExtension make it with all the rest; this is for files that are made elsewhere.
    .PARAMETER Role
    Master or Extension.
    .PARAMETER Path
    A new file.
    .PARAMETER Setting
    Keys with dots, and values other than by default, as of Set-CadreConfig.
    .PARAMETER Owner
    Whose file it is to be, where it is not who runs this.
    .EXAMPLE
    New-CadreConfig -Role Extension -Path ./ext-02.yaml -Setting @{ 'broker.address' = 'tcp://10.1.0.5:7171' }
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Low')]
    [OutputType('Cadre.ConfigChange')]
    param(
        [Parameter(Mandatory, Position = 0)] [ValidateSet('Master', 'Extension')] [string] $Role,
        [Parameter(Mandatory, Position = 1)] [ValidateNotNullOrEmpty()] [string] $Path,
        [ValidateNotNull()] [Collections.IDictionary] $Setting = @{},
        [ValidateNotNullOrEmpty()] [string] $Owner)

    $file = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($Path)
    if (-not $PSCmdlet.ShouldProcess($file, "Make the file of a node in the role $($Role.ToLowerInvariant())")) { return }
    $arguments = @('config', 'new')
    if ($Owner) { $arguments += '--owner', $Owner }
    $arguments += @('--', $Role.ToLowerInvariant(), $file) + @(ConvertTo-CadreSetting -InputObject $Setting)
    Invoke-CadreTool -Cmdlet $PSCmdlet -Argument $arguments -Target $file -TypeName 'Cadre.ConfigChange' | ConvertTo-CadreChange -Cmdlet $PSCmdlet
}

# What an update consists of: packages with the versions that their files say, or a script.
function Get-CadreUpdate {
    [CmdletBinding()]
    [OutputType([psobject])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [AllowNull()] [string[]] $Package,
        [AllowEmptyString()] [string] $ScriptPath)

    $update = [pscustomobject] @{ Title = $ScriptPath; Script = $null; Files = @(); Packages = @() }
    if ($ScriptPath) {
        $update.Script = $Cmdlet.GetUnresolvedProviderPathFromPSPath($ScriptPath)
        if (-not [IO.File]::Exists($update.Script)) {
            $message = "There is no file $($update.Script). Nothing was changed"
            $Cmdlet.ThrowTerminatingError((ConvertTo-CadreError -ExitCode 66 -Message $message -Target $ScriptPath))
        }
        return $update
    }
    foreach ($one in $Package | Where-Object { $_ }) {
        $file = $Cmdlet.GetUnresolvedProviderPathFromPSPath($one)
        $reader = Resolve-CadreTool -Cmdlet $Cmdlet -Tool 'dpkg-deb'
        $told = Invoke-CadreProcess -Path $reader -Argument '--show', '--showformat=${Package} ${Version}', '--', $file
        if ($told.ExitCode -ne 0) {
            $message = "$file is no package: $($told.Errors.Trim()). Nothing was changed"
            $Cmdlet.ThrowTerminatingError((ConvertTo-CadreError -ExitCode 66 -Message $message -Target $file))
        }
        $update.Files += $file
        $update.Packages += $told.Output.Trim()
    }
    $update.Title = $update.Packages -join ', '
    $update
}

# Installs Debian packages from files on this machine, with what they depend on, those that are not there in just that version;
# and looks whether they are there then. Gives back what was installed, "name version". Told by the public cmdlet's -WhatIf.
function Install-CadrePackage {
    [CmdletBinding()]
    [OutputType([string[]])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory)] [AllowEmptyCollection()] [string[]] $Package)

    if ($Package.Count -eq 0) { return }
    $wanted = Get-CadreUpdate -Cmdlet $Cmdlet -Package $Package -ScriptPath ''
    $query = Resolve-CadreTool -Cmdlet $Cmdlet -Tool 'dpkg-query'
    $ask = { (Invoke-CadreProcess -Path $query -Argument $args[0]).Output }
    $missing = @(Get-CadreMissingPackage -Update $wanted -Ask $ask)
    if ($missing.Count -eq 0) { return $Cmdlet.WriteVerbose("$($wanted.Title): installed already.") }

    $files = @(for ($i = 0; $i -lt $wanted.Files.Count; $i++) { if ($wanted.Packages[$i] -cin $missing) { $wanted.Files[$i] } })
    $apt = Resolve-CadreTool -Cmdlet $Cmdlet -Tool 'apt-get'
    $arguments = @('DEBIAN_FRONTEND=noninteractive', $apt, 'install', '--yes', '--no-install-recommends') + $files
    $ran = Invoke-CadreProcess -Path '/usr/bin/env' -Argument $arguments
    $Cmdlet.WriteVerbose($ran.Output + $ran.Errors)
    $left = @(Get-CadreMissingPackage -Update $wanted -Ask $ask)
    if ($ran.ExitCode -ne 0 -or $left.Count -gt 0) {
        $message = "$($missing -join ', ') cannot be installed: $($ran.Errors.Trim())`n  Nothing else was changed. By hand, as root: apt-get install $files"
        $Cmdlet.ThrowTerminatingError((ConvertTo-CadreError -ExitCode 73 -Message $message -Target $wanted.Title))
    }
    return [string[]] $missing
}

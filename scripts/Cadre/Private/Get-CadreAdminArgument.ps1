# The tool's options for who looks after MariaDB, of what a public cmdlet was given by these names.
function Get-CadreAdminArgument {
    [CmdletBinding()]
    [OutputType([string[]])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory)] [Collections.Generic.Dictionary[string, object]] $Given)

    $all = [Collections.Generic.List[string]]::new()
    $texts = @{ '--schema' = 'Schema'; '--admin-user' = 'AdminUser' }
    foreach ($name in $texts.Keys) {
        if ($Given.ContainsKey($texts[$name])) { $all.AddRange([string[]] @($name, $Given[$texts[$name]])) }
    }
    $files = @{ '--admin-socket' = 'Socket'; '--admin-password-file' = 'AdminSecretFile' }
    foreach ($name in $files.Keys) {
        if ($Given.ContainsKey($files[$name])) { $all.AddRange([string[]] @($name, $Cmdlet.GetUnresolvedProviderPathFromPSPath($Given[$files[$name]]))) }
    }
    return $all.ToArray()
}

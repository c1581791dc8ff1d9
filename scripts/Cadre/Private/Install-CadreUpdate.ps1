# Installs an update on a node, packages by dpkg, or by the script; and looks whether it is there then.
function Install-CadreUpdate {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [psobject] $Remote,
        [Parameter(Mandatory)] [psobject] $Update)

    if ($Update.Script) {
        $ran = Invoke-CadreRemote -Cmdlet $PSCmdlet -Remote $Remote -Command 'sh', '-s', '--', 'install' -Content $Update.Script
    }
    else {
        $script = 'set -e; d=$(mktemp -d "${TMPDIR:-/tmp}/cadre-packages.XXXXXX"); trap ''rm -rf "$d"'' EXIT; trap ''exit 1'' HUP INT TERM; ' +
        'tar -xf - --no-same-owner -C "$d"; DEBIAN_FRONTEND=noninteractive dpkg --install "$d"/*.deb </dev/null'
        $archive = @($Update.Files | ForEach-Object { '-C', (Split-Path -Path $_ -Parent), "./$(Split-Path -Path $_ -Leaf)" })
        $ran = Invoke-CadreRemote -Cmdlet $PSCmdlet -Remote $Remote -Command 'sh', '-c', $script -Archive $archive
    }
    $PSCmdlet.WriteVerbose($ran.Output + $ran.Errors)
    if (Test-CadreUpdate -Remote $Remote -Update $Update) { return }
    $message = "$($Update.Title) was installed without an error, and is not there all the same"
    $PSCmdlet.ThrowTerminatingError((ConvertTo-CadreError -ExitCode 70 -Message $message -Target $Remote.Node))
}

# What the Uninstall- cmdlets go by: the node's file, which goes last, and the spool that it names. Told is what they give back;
# Spool is empty where there is no such file, and then nothing is to be done. A file that is not of -Role, as -Maker makes it, is an
# error of the cmdlet.
function Get-CadreRemoval {
    [CmdletBinding()]
    [OutputType([psobject])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory)] [string] $Directory,
        [Parameter(Mandatory)] [string] $Role,
        [Parameter(Mandatory)] [string] $Of,
        [Parameter(Mandatory)] [string] $Maker)

    $root = $Cmdlet.GetUnresolvedProviderPathFromPSPath($Directory)
    $file = Join-Path -Path $root -ChildPath 'node.yaml'
    $told = [pscustomobject] @{ PSTypeName = 'Cadre.Removal'; Directory = $root; Changed = $false; Removed = @() }
    $spool, $text = '', ''
    if ([IO.File]::Exists($file)) {
        $text = [IO.File]::ReadAllText($file)
        if ($text -cnotmatch "(?m)^role: *($Role) *(#.*)?`$" -or $text -cnotmatch '(?m)^ +spool: *(?<spool>[^#\s][^#\n]*)') {
            $message = "$file is not $Of, as $Maker makes it; nothing was changed"
            $Cmdlet.ThrowTerminatingError((ConvertTo-CadreError -ExitCode 65 -Message $message -Target $file))
        }
        $spool = [IO.Path]::GetFullPath($Matches['spool'].Trim(' "'''), $root)
    }
    else { $Cmdlet.WriteVerbose("There is no $file; nothing was changed.") }
    [pscustomobject] @{ Root = $root; File = $file; Spool = $spool; Text = $text; Told = $told }
}

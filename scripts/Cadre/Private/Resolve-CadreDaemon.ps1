# The program of a daemon, after a look at its configuration: an error of the public cmdlet where it would end at once.
function Resolve-CadreDaemon {
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory)] [psobject] $Service)

    if ($Service.Role -eq 'Database') {
        $options = $Service.Argument[0] -replace '^--defaults-file='
        if (-not [IO.File]::Exists($options)) {
            $message = "There is no $options`: this node has no MariaDB of Cadre's own; Install-CadreMaster -WithMariaDB makes one"
            $Cmdlet.ThrowTerminatingError((ConvertTo-CadreError -ExitCode 66 -Message $message -Target $options))
        }
        # Where Debian has it; it is not in everybody's PATH.
        if ([IO.File]::Exists("/usr/sbin/$($Service.Program)")) { return "/usr/sbin/$($Service.Program)" }
        return Resolve-CadreTool -Cmdlet $Cmdlet -Tool $Service.Program
    }
    # The one that belongs to the tool, where they lie together.
    $program = Join-Path -Path (Split-Path -Path (Resolve-CadreTool -Cmdlet $Cmdlet) -Parent) -ChildPath $Service.Program
    if (-not [IO.File]::Exists($program)) { $program = Resolve-CadreTool -Cmdlet $Cmdlet -Tool $Service.Program }
    $checked = Invoke-CadreProcess -Path $program -Argument '--check-config', '--config', $Service.Config
    if ($checked.ExitCode -ne 0) {
        $Cmdlet.ThrowTerminatingError((ConvertTo-CadreError -ExitCode 78 -Message $checked.Errors -Target $Service.Config))
    }
    $program
}

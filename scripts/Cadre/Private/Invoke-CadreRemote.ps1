# Runs a command on a node by OpenSSH's own client: its exit code and what it wrote. Keys, ports and jumps are what ssh's
# configuration says; nothing is asked for, so that nobody waits for a person. Each word arrives as it is.
# -Remote: from Get-CadreRemote. To its standard input goes -Secret, one line, or -Archive, what tar makes of these arguments,
# or -Content, a file as it is.
# An error of the public cmdlet where ssh does not get there, or the command ends with another code than 0 and -Allow.
function Invoke-CadreRemote {
    [CmdletBinding()]
    [OutputType([hashtable])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory)] [psobject] $Remote,
        [Parameter(Mandatory)] [AllowEmptyString()] [string[]] $Command,
        [int[]] $Allow = @(),
        [string[]] $Archive = @(),
        [string] $Content,
        [securestring] $Secret)

    $words = $Command
    if ($Remote.Sudo) { $words = @('sudo', '-n', '--') + $Command }
    # For the shell that the account has there: within '' nothing has a meaning.
    $line = @($words | ForEach-Object { "'" + $_.Replace("'", "'\''") + "'" }) -join ' '
    # Whoever is cut off is not waited for; -SshOption goes before that.
    $patience = '-o', 'ConnectTimeout=15', '-o', 'ServerAliveInterval=15'
    $arguments = @('-o', 'BatchMode=yes', '-T') + $Remote.Argument + $patience + @('--', $Remote.HostName, $line)
    $ssh = Resolve-CadreTool -Cmdlet $Cmdlet -Tool 'ssh'
    $Cmdlet.WriteVerbose("$ssh $($arguments -join ' ')")

    $source = $null
    if ($Archive.Count -gt 0 -or $Content) {
        $reader, $given = '/bin/cat', @('--', $Content)
        if ($Archive.Count -gt 0) { $reader, $given = (Resolve-CadreTool -Cmdlet $Cmdlet -Tool 'tar'), (@('-cf', '-') + $Archive) }
        $start = [Diagnostics.ProcessStartInfo]::new($reader)
        foreach ($one in $given) { $start.ArgumentList.Add($one) }
        $start.UseShellExecute = $false
        $start.RedirectStandardOutput = $true
        $source = [Diagnostics.Process]::Start($start)
    }
    try {
        $ran = Invoke-CadreProcess -Path $ssh -Argument $arguments -Secret $Secret -Source $source
        if ($null -ne $source) {
            $source.StandardOutput.Dispose()
            $source.WaitForExit()
            if ($ran.ExitCode -eq 0 -and $source.ExitCode -ne 0) {
                $message = "$Archive$Content could not be read whole (exit code $($source.ExitCode); what was said stands above)"
                $Cmdlet.ThrowTerminatingError((ConvertTo-CadreError -ExitCode 66 -Message $message -Target $Remote.Node))
            }
        }
    }
    finally { if ($null -ne $source) { $source.Dispose() } }
    # By the same code 1 by which a command would say no.
    $refused = $Remote.Sudo -and $ran.ExitCode -eq 1 -and $ran.Errors -cmatch '(?m)^sudo: '
    if (-not $refused -and ($ran.ExitCode -eq 0 -or $ran.ExitCode -in $Allow)) { return $ran }
    $said = ($ran.Errors.Trim() -replace '(?m)^cadre: ', '')
    if ($ran.ExitCode -eq 255) {
        $message = "ssh does not get to $($Remote.HostName): $said`n  It asks for nothing: keys and known hosts must be there before; try: " +
        "ssh $($Remote.HostName) true"
        $Cmdlet.ThrowTerminatingError((ConvertTo-CadreError -ExitCode 69 -Message $message -Target $Remote.Node))
    }
    $message = "on $($Remote.HostName): $said"
    if ($ran.ExitCode -eq 127) { $message += "`n  Is Cadre's package installed there, and is the tool in the PATH of who comes by ssh?" }
    # 1 would be "only not so", and the pipeline would go on; 2 has no kind.
    $code = $ran.ExitCode
    if ($code -eq 1) { $code = 2 }
    if ($refused) { $code = 77 }
    $Cmdlet.ThrowTerminatingError((ConvertTo-CadreError -ExitCode $code -Message $message -Target $Remote.Node))
}

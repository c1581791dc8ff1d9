# Runs a program to its end: its exit code, and what it wrote to each of its outputs, in UTF-8 whatever the console speaks.
# Not by `&`: in PowerShell 7.2 that takes the quotes out of arguments, and drops empty ones.
# -Secret goes to its standard input, one line: arguments and environment are seen by others, and files stay. -Source: a
# process whose standard output goes there, byte by byte.
function Invoke-CadreProcess {
    [CmdletBinding()]
    [OutputType([hashtable])]
    param(
        [Parameter(Mandatory)] [string] $Path,
        [string[]] $Argument = @(),
        [securestring] $Secret,
        [Diagnostics.Process] $Source)

    $utf8 = [Text.UTF8Encoding]::new($false)
    $start = [Diagnostics.ProcessStartInfo]::new($Path)
    foreach ($one in $Argument) { $start.ArgumentList.Add($one) }
    $start.UseShellExecute = $false
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $start.StandardInputEncoding = $utf8
    $start.StandardOutputEncoding = $utf8
    $start.StandardErrorEncoding = $utf8
    # Not this process's directory, but where PowerShell stands: for relative paths.
    $here = (Get-Location -PSProvider 'FileSystem').ProviderPath
    if ([IO.Directory]::Exists($here)) { $start.WorkingDirectory = $here }

    $process = [Diagnostics.Process]::Start($start)
    try {
        # Both at once: a program that fills the one while we read the other would wait for ever.
        $output = $process.StandardOutput.ReadToEndAsync()
        $errors = $process.StandardError.ReadToEndAsync()
        try {
            if ($null -ne $Secret) { Write-CadreSecret -Secret $Secret -Writer $process.StandardInput }
            if ($null -ne $Source) { $Source.StandardOutput.BaseStream.CopyTo($process.StandardInput.BaseStream) }
            $process.StandardInput.Close()
        }
        catch [IO.IOException] {
            # It ended before it had read everything: its exit code and its own words tell more.
            $process.StandardInput.BaseStream.Dispose()
        }
        $process.WaitForExit()
        @{ ExitCode = $process.ExitCode; Output = $output.Result; Errors = $errors.Result }
    }
    finally {
        $process.Dispose()
    }
}

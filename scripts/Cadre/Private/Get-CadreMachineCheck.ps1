# What a machine is and who stands before it: system, processor, PowerShell, the right to write where Cadre is to be, systemd.
function Get-CadreMachineCheck {
    [CmdletBinding()]
    [OutputType('Cadre.Check')]
    param(
        [Parameter(Mandatory)] [string] $Role,
        [Parameter(Mandatory)] [string[]] $Path,
        [string] $ReleaseFile = '/etc/os-release')

    $names = @{ ID = 'unknown'; VERSION_ID = '' }
    if ([IO.File]::Exists($ReleaseFile)) {
        foreach ($line in [IO.File]::ReadAllLines($ReleaseFile)) {
            if ($line -match '^(?<key>[A-Z_]+)=["'']?(?<value>.*?)["'']?$') { $names[$Matches['key']] = $Matches['value'] }
        }
    }
    $system = "$($names.ID) $($names.VERSION_ID)".Trim()
    if (-not $IsLinux) {
        $state = 'failed'
        if ($Role -eq 'Client') { $state = 'warning' }
        $found = [Runtime.InteropServices.RuntimeInformation]::OSDescription
        ConvertTo-CadreCheck 'system' $state $found 'nodes are Linux; nothing of Cadre has been tried elsewhere'
    }
    elseif ($system -eq 'debian 12') { ConvertTo-CadreCheck 'system' 'ok' $system }
    else {
        ConvertTo-CadreCheck 'system' 'warning' $system (
            'Debian 12 is what has been tried; elsewhere build from the sources, and run scripts/test before you count on it')
    }

    $processor = "$([Runtime.InteropServices.RuntimeInformation]::OSArchitecture)"
    if ($processor -eq 'X64') { ConvertTo-CadreCheck 'processor' 'ok' $processor }
    else { ConvertTo-CadreCheck 'processor' 'warning' $processor 'x86-64 is what has been tried; build packages on such a machine, and run scripts/test there' }

    # Older ones do not load this module.
    ConvertTo-CadreCheck 'powershell' 'ok' "$($PSVersionTable.PSVersion), $($PSVersionTable.PSEdition)"

    if ($Role -eq 'Client' -or -not $IsLinux) { ConvertTo-CadreCheck 'account' 'skipped' 'a client writes nothing on this machine' }
    else {
        $who = (Invoke-CadreProcess -Path '/usr/bin/id' -Argument '-un').Output.Trim()
        $barred = @($Path | ForEach-Object { Get-CadreStandingDirectory -Path $_ } | Select-Object -Unique |
                Where-Object { (Invoke-CadreProcess -Path '/usr/bin/test' -Argument '-w', $_).ExitCode -ne 0 })
        if ($barred.Count -eq 0) { ConvertTo-CadreCheck 'account' 'ok' "$who may write $($Path -join ' and ')" }
        else {
            ConvertTo-CadreCheck 'account' 'failed' "$who may not write $($barred -join ' and '), where $($Path -join ' and ') are to be" (
                'as root (sudo pwsh); or other directories: -Path here, -Directory and -DataPath or -SpoolPath of the cmdlets that install')
        }
    }

    if ($Role -eq 'Client') { ConvertTo-CadreCheck 'systemd' 'skipped' 'a client runs no service' }
    elseif ([IO.Directory]::Exists('/run/systemd/system')) { ConvertTo-CadreCheck 'systemd' 'ok' 'it runs, and will run the services' }
    else {
        ConvertTo-CadreCheck 'systemd' 'warning' 'it does not run here' (
            'the services will be processes with a keeper, and nobody starts them after a restart of the machine: Start-CadreService, by ' +
            'hand or by what starts things here')
    }
}

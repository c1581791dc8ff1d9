# Whether there is a MariaDB server's program, of a version that Cadre works with. Where Debian has it, it is in nobody's PATH but root's.
function Get-CadreServerCheck {
    [CmdletBinding()]
    [OutputType('Cadre.Check')]
    param([string] $Program = '/usr/sbin/mariadbd')

    $oldest = [version] '10.11'
    $cure = 'apt-get install --no-install-recommends mariadb-server-core mariadb-client-core (mariadb-server would start a server of ' +
    'Debian''s); or one elsewhere: -Database HOST:PORT'
    if (-not [IO.File]::Exists($Program)) {
        $found = Get-Command -Name 'mariadbd' -CommandType 'Application' -TotalCount 1 -ErrorAction 'SilentlyContinue'
        if ($null -eq $found) { return ConvertTo-CadreCheck 'mariadb' 'failed' 'there is no mariadbd on this machine' $cure }
        $Program = $found.Source
    }
    $said = (Invoke-CadreProcess -Path $Program -Argument '--version').Output.Trim()
    if ($said -notmatch 'Ver (?<version>\d+\.\d+)\S*-MariaDB') {
        return ConvertTo-CadreCheck 'mariadb' 'failed' "$Program`: '$said', which is no MariaDB" $cure
    }
    if ([version] $Matches['version'] -lt $oldest) {
        return ConvertTo-CadreCheck 'mariadb' 'failed' "$Program`: MariaDB $($Matches['version'])" "Cadre is tried with $oldest and later; $cure"
    }
    ConvertTo-CadreCheck 'mariadb' 'ok' "$Program`: MariaDB $($Matches['version'])"
}

# What is installed of Cadre and of what it needs: the user, packages, the tool, and MariaDB where a master is to have its own. Nothing of
# Cadre has to be there yet: what is missing is a warning, what is broken a failure.
function Get-CadreSoftwareCheck {
    [CmdletBinding()]
    [OutputType('Cadre.Check')]
    param(
        [Parameter(Mandatory)] [string] $Role,
        [switch] $OwnDatabase)

    if ($Role -eq 'Client') { ConvertTo-CadreCheck 'user' 'skipped' 'a client runs as whoever calls it' }
    else { Get-CadreUserCheck -Entry (Invoke-CadreProcess -Path '/usr/bin/getent' -Argument 'passwd', 'cadre').Output.Trim() }

    $names = @{ Master = 'cadre', 'cadre-broker', 'cadre-worker'; Extension = 'cadre', 'cadre-worker'; Client = @('cadre') }[$Role]
    $query = Get-Command -Name 'dpkg-query' -CommandType 'Application' -TotalCount 1 -ErrorAction 'SilentlyContinue'
    $missing = @($names)
    if ($null -eq $query) { ConvertTo-CadreCheck 'packages' 'warning' 'there is no dpkg here' 'without Debian''s packages: cmake --install, from the sources' }
    else {
        $words = @('--show', '--showformat=${Package} ${Version} ${db:Status-Status}\n', '--') + $names
        $told = (Invoke-CadreProcess -Path $query.Source -Argument $words).Output
        $there = @($told -split "`n" | Where-Object { $_ -match ' installed$' } | ForEach-Object { $_ -replace ' installed$' })
        $missing = @($names | Where-Object { $_ -cnotin ($there -replace ' .*') })
        if ($missing.Count -eq 0) { ConvertTo-CadreCheck 'packages' 'ok' ($there -join ', ') }
        else {
            $files = @($missing | ForEach-Object { "./${_}_*.deb" }) -join ' '
            ConvertTo-CadreCheck 'packages' 'warning' "not installed: $($missing -join ', ')" "apt-get install --no-install-recommends $files"
        }
    }

    $name = 'cadre'
    if ($null -ne $script:Connection) { $name = $script:Connection.Tool }
    $tool = Get-Command -Name $name -CommandType 'Application' -TotalCount 1 -ErrorAction 'SilentlyContinue'
    if ($null -ne $tool) { Get-CadreToolCheck -Tool $tool.Source }
    elseif ('cadre' -cin $missing) { ConvertTo-CadreCheck 'tool' 'skipped' 'it is not here yet; it comes with the package cadre' }
    else {
        ConvertTo-CadreCheck 'tool' 'failed' 'the package cadre is installed, and there is no tool cadre in the PATH' (
            'apt-get install --reinstall cadre; is /usr/bin in the PATH?')
    }

    if (-not $OwnDatabase) { ConvertTo-CadreCheck 'mariadb' 'skipped' 'no MariaDB of Cadre''s own is wanted here' }
    else { Get-CadreServerCheck }
}

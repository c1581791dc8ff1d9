# Whether the user that the daemons run as is one of their own. -Entry: its line of getent passwd; empty where there is none.
function Get-CadreUserCheck {
    [CmdletBinding()]
    [OutputType('Cadre.Check')]
    param([Parameter(Mandatory)] [AllowEmptyString()] [string] $Entry)

    if (-not $Entry) { return ConvertTo-CadreCheck 'user' 'ok' 'there is no user cadre yet; the package cadre makes it' }
    $null, $null, $id, $null, $null, $place, $shell = $Entry -split ':'
    $found = "user cadre: uid $id, directory $place, shell $shell"
    if ([long] $id -eq 0) {
        return ConvertTo-CadreCheck 'user' 'failed' $found (
            'cadre must not be root under another name: give that account another name, then the package makes its own')
    }
    # Debian's ids of the system end at 999.
    if ([long] $id -gt 999 -or $shell -notmatch '/(nologin|false)$') {
        return ConvertTo-CadreCheck 'user' 'warning' $found (
            'somebody can log in as cadre, or is it already, and reads keys and jobs then; the package leaves a user that is there as it is. ' +
            'Where it is nobody''s: usermod --shell /usr/sbin/nologin cadre')
    }
    ConvertTo-CadreCheck 'user' 'ok' $found
}

function Set-CadreDatabaseOption {
    <#
    .SYNOPSIS
    Says where MariaDB's server on this machine listens, or sets other options in its option file; a second time changes nothing.
    .DESCRIPTION
    With -BindAddress, on the machine that hosts the database, as root: the option file that decides is found, edited in
    the server's own group with a backup beside it, the server is started anew where that is needed, and each address is
    tried by a real connection. What does not come up is taken back, and the server runs as before. A run that was
    interrupted is gone on with. With -WhatIf nothing is changed, and what would be is said. The server of another machine
    is never touched.

    With -Setting: several options are one edit of the file -Path, all of them or none; nothing is restarted.
    .PARAMETER Path
    The option file, such as /etc/mysql/mariadb.conf.d/50-server.cnf; with -BindAddress the one that decides, where nothing is said.
    .PARAMETER Setting
    Options by name.
    .PARAMETER BindAddress
    Where the server listens: the addresses of this machine that are meant. Loopback is added where it is missing.
    .PARAMETER LegacyBindAll
    Listen on every address of the machine, as other manuals have it; better not.
    .PARAMETER NoRestart
    Only edit the file. The same command without this starts the server anew later, and tries the addresses.
    .PARAMETER Socket
    MariaDB's socket; else the one of the node's file, or Debian's.
    .PARAMETER AdminUser
    The administrator's account in MariaDB; else the user who runs this.
    .PARAMETER AdminSecretFile
    The file with that account's password (0600); else none is needed (unix_socket).
    .PARAMETER Config
    The node's file; else the one of Connect-CadreCluster, CADRE_CONFIG or /etc/cadre/node.yaml.
    .EXAMPLE
    Set-CadreDatabaseOption -BindAddress 10.1.0.5
    .EXAMPLE
    Set-CadreDatabaseOption -BindAddress 10.1.0.5 -WhatIf
    .EXAMPLE
    Set-CadreDatabaseOption -Path ./50-server.cnf -Setting @{ max_allowed_packet = '64M' } -WhatIf
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Medium', DefaultParameterSetName = 'Setting')]
    [OutputType('Cadre.OptionChange')]
    param(
        [Parameter(Mandatory, Position = 0, ParameterSetName = 'Setting')]
        [Parameter(ParameterSetName = 'BindAddress')]
        [Parameter(ParameterSetName = 'LegacyBindAll')]
        [ValidateNotNullOrEmpty()] [string] $Path,
        [Parameter(Mandatory, Position = 1, ParameterSetName = 'Setting')] [Collections.IDictionary] $Setting,
        [Parameter(Mandatory, ParameterSetName = 'BindAddress')] [ValidateNotNullOrEmpty()] [string[]] $BindAddress,
        [Parameter(Mandatory, ParameterSetName = 'LegacyBindAll')] [switch] $LegacyBindAll,
        [Parameter(ParameterSetName = 'BindAddress')] [Parameter(ParameterSetName = 'LegacyBindAll')] [switch] $NoRestart,
        [Parameter(ParameterSetName = 'BindAddress')] [Parameter(ParameterSetName = 'LegacyBindAll')] [ValidateNotNullOrEmpty()] [string] $Socket,
        [Parameter(ParameterSetName = 'BindAddress')] [Parameter(ParameterSetName = 'LegacyBindAll')] [ValidateNotNullOrEmpty()] [string] $AdminUser,
        [Parameter(ParameterSetName = 'BindAddress')] [Parameter(ParameterSetName = 'LegacyBindAll')] [ValidateNotNullOrEmpty()] [string] $AdminSecretFile,
        [Parameter(ParameterSetName = 'BindAddress')] [Parameter(ParameterSetName = 'LegacyBindAll')] [ValidateNotNullOrEmpty()] [string] $Config)

    if ($PSCmdlet.ParameterSetName -ne 'Setting') {
        $arguments = @(Get-CadreAdminArgument -Cmdlet $PSCmdlet -Given $PSBoundParameters)
        if ($NoRestart) { $arguments += '--restart', 'never' }
        if ($Path) { $arguments += '--file', $PSCmdlet.GetUnresolvedProviderPathFromPSPath($Path) }
        if ($LegacyBindAll) { $arguments += '--all-addresses' }
        $arguments = @('db', 'bind') + $arguments + @($BindAddress | Where-Object { $_ })
        # First only looked at: so -WhatIf and -Confirm name the file and the values.
        $plan = Invoke-CadreTool -Cmdlet $PSCmdlet -Argument ($arguments + '--dry-run') -Config $Config -Target $Path
        $action = "Set bind-address to $($plan.BindAddress), which is '$($plan.Was)' now"
        if (-not $plan.Changed) { $action = "Try bind-address $($plan.BindAddress), which the file says already" }
        if ($plan.WouldRestart) { $action += '; start MariaDB anew' }
        if (-not $PSCmdlet.ShouldProcess($plan.File, $action)) { return }
        foreach ($answer in Invoke-CadreTool -Cmdlet $PSCmdlet -Argument $arguments -Config $Config -Target $plan.File) {
            if ($null -eq $answer.psobject.Properties['Backup']) { Add-Member -InputObject $answer -MemberType 'NoteProperty' -Name 'Backup' -Value $null }
            Add-Member -InputObject $answer -MemberType 'NoteProperty' -Name 'Path' -Value $answer.File
            $answer.psobject.TypeNames.Insert(0, 'Cadre.OptionChange')
            $answer
        }
        return
    }

    $arguments = foreach ($name in $Setting.Keys | Sort-Object) {
        $value = $Setting[$name]
        if ($value -is [bool]) { $value = @('OFF', 'ON')[[int] $value] }
        # What MariaDB takes for all addresses; the name as it reads it.
        $everywhere = @("$value" -split ',' | Where-Object { $_.Trim(' "''') -in '', '*', '0.0.0.0', '::' }).Count -gt 0
        if (("$name" -replace '_', '-' -replace '^loose-') -eq 'bind-address' -and $everywhere) {
            $message = "bind-address '$value' is every address of this machine: say which are meant, -BindAddress ADDRESS; or -LegacyBindAll"
            $PSCmdlet.ThrowTerminatingError((ConvertTo-CadreError -ExitCode 64 -Message $message -Target $Path))
        }
        "$name=$value"
    }
    $file = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($Path)
    if (-not $PSCmdlet.ShouldProcess($file, "Set $($arguments -join ', ')")) { return }
    $all = @('db', 'option', '--write', '--', $file) + @($arguments)
    $answer = Invoke-CadreTool -Cmdlet $PSCmdlet -Argument $all -Target $file
    $backup = $null
    if ($answer.Written) { $backup = $answer.Backup }
    [pscustomobject] @{ PSTypeName = 'Cadre.OptionChange'; Path = $answer.File; Changed = $answer.Changed; Backup = $backup; Notes = $answer.Notes }
}

function Set-CadreDatabaseOption {
    <#
    .SYNOPSIS
    Sets options of MariaDB's server in its option file, once, and leaves everything else as it was.
    .DESCRIPTION
    Several options are one edit: all of them or none, with a backup beside the file. Where the file says so already,
    nothing is changed and Changed is false. The server reads the file when it is started anew; nothing is restarted here.
    .PARAMETER Path
    The option file that the server reads, such as /etc/mysql/mariadb.conf.d/50-server.cnf.
    .PARAMETER Setting
    Options by name.
    .PARAMETER BindAddress
    Where the server listens: the addresses of this machine that are meant. Loopback is added where it is missing.
    .PARAMETER LegacyBindAll
    Listen on every address of the machine, as other manuals have it; better not.
    .EXAMPLE
    Set-CadreDatabaseOption -Path /etc/mysql/mariadb.conf.d/50-server.cnf -BindAddress 10.1.0.5
    .EXAMPLE
    Set-CadreDatabaseOption -Path ./50-server.cnf -Setting @{ max_allowed_packet = '64M' } -WhatIf
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Medium', DefaultParameterSetName = 'Setting')]
    [OutputType('Cadre.OptionChange')]
    param(
        [Parameter(Mandatory, Position = 0)] [ValidateNotNullOrEmpty()] [string] $Path,
        [Parameter(Mandatory, Position = 1, ParameterSetName = 'Setting')] [Collections.IDictionary] $Setting,
        [Parameter(Mandatory, ParameterSetName = 'BindAddress')] [ValidateNotNullOrEmpty()] [string[]] $BindAddress,
        [Parameter(Mandatory, ParameterSetName = 'LegacyBindAll')] [switch] $LegacyBindAll)

    $wanted = [ordered] @{}
    if ($PSCmdlet.ParameterSetName -eq 'BindAddress') {
        $loopback = @($BindAddress | Where-Object { $_ -match '^(127\.|::1$|localhost$)' })
        $wanted['bind-address'] = (@(if ($loopback.Count -eq 0) { '127.0.0.1' }) + $BindAddress) -join ','
    }
    if ($LegacyBindAll) {
        $wanted['bind-address'] = '*'
        $PSCmdlet.WriteWarning('MariaDB will listen on every address of this machine: a firewall must keep out who is not meant. Better: -BindAddress')
    }
    if ($null -ne $Setting) {
        foreach ($name in $Setting.Keys | Sort-Object) { $wanted["$name"] = $Setting[$name] }
    }

    $arguments = foreach ($name in $wanted.Keys) {
        $value = $wanted[$name]
        if ($value -is [bool]) { $value = @('OFF', 'ON')[[int] $value] }
        # What MariaDB takes for all addresses; the name as it reads it.
        $everywhere = @("$value" -split ',' | Where-Object { $_.Trim(' "''') -in '', '*', '0.0.0.0', '::' }).Count -gt 0
        if (-not $LegacyBindAll -and ($name -replace '_', '-' -replace '^loose-') -eq 'bind-address' -and $everywhere) {
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

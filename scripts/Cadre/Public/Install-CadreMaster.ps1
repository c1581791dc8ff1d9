function Install-CadreMaster {
    <#
    .SYNOPSIS
    Makes this machine the master of a cluster: files, keys, database, and with -Start the services.
    .DESCRIPTION
    As root where the directories are the usual ones. Makes directories, keys, passwords, the node's file and, with
    -WithMariaDB, a MariaDB of Cadre's own that nobody else reaches; then the schema, its accounts and the first keys. Each
    step looks at what it made; Steps tells of all of them, Made of those that changed something. What is there is never
    overwritten: run again it changes nothing and Changed is false, and where it was interrupted it goes on. With -Start
    the services are started in their order (Database, Broker, Worker) and the node is looked at as Test-CadreNode does it;
    Checks holds what that found. Fingerprint is the broker's key's: every node must see the same. ToDo names what
    somebody else has to do, such as the statements of -SqlPath.
    .PARAMETER WithMariaDB
    A MariaDB of Cadre's own, under -DataPath. No MariaDB that is there is touched.
    .PARAMETER Socket
    A MariaDB on this machine, by its socket.
    .PARAMETER Database
    A MariaDB elsewhere: HOST:PORT.
    .PARAMETER DatabaseCredential
    An account of that MariaDB that may make databases and accounts; else who runs this, by unix_socket. The password goes
    to the tool through its standard input.
    .PARAMETER TlsAuthorityPath
    With -Database: the file of the authority that signed that server's certificate.
    .PARAMETER From
    With -Database: this machine's address as that server sees it; else the one that it comes from.
    .PARAMETER PurgeHost
    With -Database: the address of the node that purges.
    .PARAMETER SqlPath
    With -Database: change nothing there, and write the statements for its administrator (0600, passwords are in it).
    .PARAMETER Name
    What this node is called; else the host's name.
    .PARAMETER Listen
    Where extensions are to reach the broker: ADDRESS:PORT. Else it listens on this machine alone.
    .PARAMETER Schema
    The database's name; else cadre.
    .PARAMETER Directory
    Where configuration and keys are to be.
    .PARAMETER DataPath
    Where the spool and MariaDB's data are to be.
    .PARAMETER Owner
    The user whom all of it runs as; else who runs this, and for root: cadre.
    .PARAMETER MonitorPort
    Of the pages for who watches; the worker's is the next one. 0: none.
    .PARAMETER Package
    Files of Debian packages (cadre, cadre-broker, cadre-worker) to be installed first, with what they depend on.
    .PARAMETER RemoteAddress
    Addresses and networks of the extensions: this machine's firewall lets only these come to the broker's port, as
    Set-CadreFirewallRule does.
    .PARAMETER Start
    Start the services too, wait until they are ready, and look whether it works. Not while something is to do.
    .PARAMETER TimeoutSec
    For how many seconds each service is waited for.
    .EXAMPLE
    Install-CadreMaster -WithMariaDB -Listen 10.1.0.5:7171 -Package (Get-ChildItem *.deb) -RemoteAddress 10.1.0.0/24 -Start
    .EXAMPLE
    Install-CadreMaster -Database db.example:3306 -TlsAuthorityPath ./ca.pem -DatabaseCredential (Get-Credential)
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Medium', DefaultParameterSetName = 'Again')]
    [OutputType('Cadre.Master')]
    param(
        [Parameter(Mandatory, ParameterSetName = 'Own')] [switch] $WithMariaDB,
        [Parameter(Mandatory, ParameterSetName = 'Socket')] [ValidateNotNullOrEmpty()] [string] $Socket,
        [Parameter(Mandatory, ParameterSetName = 'Elsewhere')] [ValidateNotNullOrEmpty()] [string] $Database,
        [Parameter(ParameterSetName = 'Socket')] [Parameter(ParameterSetName = 'Elsewhere')] [Parameter(ParameterSetName = 'Again')]
        [ValidateNotNull()] [pscredential] $DatabaseCredential,
        [Parameter(ParameterSetName = 'Elsewhere')] [ValidateNotNullOrEmpty()] [string] $TlsAuthorityPath,
        [Parameter(ParameterSetName = 'Elsewhere')] [string[]] $From,
        [Parameter(ParameterSetName = 'Elsewhere')] [string[]] $PurgeHost,
        [Parameter(ParameterSetName = 'Elsewhere')] [ValidateNotNullOrEmpty()] [string] $SqlPath,
        [ValidateNotNullOrEmpty()] [string] $Name,
        [ValidateNotNullOrEmpty()] [string] $Listen,
        [ValidateNotNullOrEmpty()] [string] $Schema,
        [ValidateNotNullOrEmpty()] [string] $Directory = '/etc/cadre',
        [ValidateNotNullOrEmpty()] [string] $DataPath = '/var/lib/cadre',
        [ValidateNotNullOrEmpty()] [string] $Owner,
        [ValidateRange(0, 65534)] [int] $MonitorPort,
        [string[]] $Package = @(),
        [string[]] $RemoteAddress = @(),
        [switch] $Start,
        [ValidateRange(1, 2147483)] [int] $TimeoutSec = 60)

    $root = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($Directory)
    $data = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($DataPath)
    if (-not $PSCmdlet.ShouldProcess("this machine, in $root and $data", 'Make it the master of a cluster')) { return }
    if ($RemoteAddress.Count -gt 0 -and -not $Listen) {
        $message = '-RemoteAddress says who may come to the port of -Listen, which was not named. Nothing was changed'
        $PSCmdlet.ThrowTerminatingError((ConvertTo-CadreError -ExitCode 64 -Message $message -Target $root))
    }
    $packages = @(Install-CadrePackage -Cmdlet $PSCmdlet -Package $Package)
    $arguments = @('node', 'setup', '--dir', $root, '--data', $data)
    if ($WithMariaDB) { $arguments += '--with-mariadb' }
    if ($PSBoundParameters.ContainsKey('MonitorPort')) { $arguments += '--monitor-port', "$MonitorPort" }
    $texts = [ordered] @{ '--database' = $Database; '--name' = $Name; '--listen' = $Listen; '--schema' = $Schema; '--owner' = $Owner }
    $files = [ordered] @{ '--socket' = $Socket; '--tls-ca' = $TlsAuthorityPath; '--sql' = $SqlPath }
    foreach ($option in $texts.Keys) { if ($texts[$option]) { $arguments += $option, $texts[$option] } }
    foreach ($option in $files.Keys) {
        if ($files[$option]) { $arguments += $option, $PSCmdlet.GetUnresolvedProviderPathFromPSPath($files[$option]) }
    }
    foreach ($one in $From) { $arguments += '--from', $one }
    foreach ($one in $PurgeHost) { $arguments += '--purge-host', $one }
    $secret = $null
    if ($null -ne $DatabaseCredential) {
        $secret = $DatabaseCredential.Password
        $arguments += '--admin-user', $DatabaseCredential.UserName, '--admin-password-file', '-'
    }
    $master = Invoke-CadreTool -Cmdlet $PSCmdlet -Argument $arguments -TypeName 'Cadre.Master' -Target $root -Secret $secret |
        ConvertTo-CadreChange -Cmdlet $PSCmdlet
    if ($packages.Count -gt 0) { $master.Changed = $true }
    # Before the broker is there: at no moment may others come to it.
    $firewall = $null
    if ($RemoteAddress.Count -gt 0) {
        $firewall = Set-CadreFirewallRule -RemoteAddress $RemoteAddress -Port ($Listen -replace '.*:') -Confirm:$false
        if ($firewall.Changed) { $master.Changed = $true }
    }
    $services, $checks = @(), @()
    if ($Start -and -not $master.Database.Ready) { $PSCmdlet.WriteWarning('Nothing was started: the database is not ready. ToDo says what is missing.') }
    elseif ($Start) {
        $roles = @('Broker', 'Worker')
        if ($master.Database.Own) { $roles = @('Database') + $roles }
        $services = @(foreach ($role in $roles) { Start-CadreService -Role $role -Config $master.Config -TimeoutSec $TimeoutSec -Confirm:$false })
        Set-CadreUnit -Cmdlet $PSCmdlet -Service $services -Action 'enable' -Confirm:$false
        $checks = @(Test-CadreNode -Config $master.Config)
        if (@($services | Where-Object Changed).Count -gt 0) { $master.Changed = $true }
    }
    Add-Member -InputObject $master -MemberType 'NoteProperty' -Name 'Packages' -Value $packages
    Add-Member -InputObject $master -MemberType 'NoteProperty' -Name 'Firewall' -Value $firewall
    Add-Member -InputObject $master -MemberType 'NoteProperty' -Name 'Services' -Value $services
    Add-Member -InputObject $master -MemberType 'NoteProperty' -Name 'Checks' -Value $checks -PassThru
}

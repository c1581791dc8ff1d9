# Whether a port of this machine is free on all its addresses: by taking it for a moment.
function Get-CadrePortCheck {
    [CmdletBinding()]
    [OutputType('Cadre.Check')]
    param([Parameter(Mandatory)] [int] $Port)

    $socket = [Net.Sockets.Socket]::new([Net.Sockets.AddressFamily]::InterNetwork, [Net.Sockets.SocketType]::Stream, [Net.Sockets.ProtocolType]::Tcp)
    try {
        $socket.Bind([Net.IPEndPoint]::new([Net.IPAddress]::Any, $Port))
        $socket.Listen(1)
        return ConvertTo-CadreCheck 'port' 'ok' "$Port is free"
    }
    catch [Net.Sockets.SocketException] { $why = $_.Exception }
    finally { $socket.Dispose() }

    if ("$($why.SocketErrorCode)" -ne 'AddressAlreadyInUse') {
        return ConvertTo-CadreCheck 'port' 'failed' "$Port cannot be taken: $($why.Message)" (
            'ports below 1024 are root''s; another one: -Port here, -Listen HOST:PORT of Install-CadreMaster')
    }
    $holder = 'somebody'
    $reader = Get-Command -Name 'ss' -CommandType 'Application' -TotalCount 1 -ErrorAction 'SilentlyContinue'
    if ($null -ne $reader) {
        $told = (Invoke-CadreProcess -Path $reader.Source -Argument '-Hltnp', "sport = :$Port").Output
        # Of another account's programs the name is not told.
        if ($told -match 'users:\(\("(?<name>[^"]+)",pid=(?<id>\d+)') { $holder = "$($Matches['name']) (process $($Matches['id']))" }
    }
    ConvertTo-CadreCheck 'port' 'failed' "$Port is taken, by $holder" (
        'where that is a cadre-broker, this machine is a master already (Get-CadreStatus); else end it, or choose another port: ' +
        '-Listen HOST:PORT of Install-CadreMaster')
}

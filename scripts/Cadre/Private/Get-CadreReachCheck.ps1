# Whether a server is reached from here: its name is resolved, and a real connection made to one of its addresses. Who answers there is not
# asked. -Place: HOST:PORT; nothing: it is skipped.
function Get-CadreReachCheck {
    [CmdletBinding()]
    [OutputType('Cadre.Check')]
    param(
        [Parameter(Mandatory)] [string] $Check,
        [Parameter(Mandatory)] [AllowEmptyString()] [string] $Place,
        [Parameter(Mandatory)] [int] $TimeoutSec)

    if ($Place -notmatch '^(tcp://)?(\[(?<name>[^\]]+)\]|(?<name>[^:]+)):(?<port>\d+)$') {
        return ConvertTo-CadreCheck $Check 'skipped' "-$([Globalization.CultureInfo]::InvariantCulture.TextInfo.ToTitleCase($Check)) HOST:PORT was not given"
    }
    $name, $port = $Matches['name'], [int] $Matches['port']
    try { $addresses = @([Net.Dns]::GetHostAddresses($name)) }
    catch {
        return ConvertTo-CadreCheck $Check 'failed' "the name $name is not resolved: $($_.Exception.GetBaseException().Message)" (
            "try: getent hosts $name; an address in place of the name does as well")
    }
    $said = @()
    foreach ($address in $addresses) {
        $client = [Net.Sockets.TcpClient]::new($address.AddressFamily)
        try {
            if ($client.ConnectAsync($address, $port).Wait(1000 * $TimeoutSec)) {
                return ConvertTo-CadreCheck $Check 'ok' "$name is $address, and takes connections at port $port"
            }
            $said += "$address`: no answer within $TimeoutSec s"
        }
        catch { $said += "$address`: $($_.Exception.GetBaseException().Message)" }
        finally { $client.Dispose() }
    }
    ConvertTo-CadreCheck $Check 'failed' "$name is resolved, and takes no connection at port ${port}: $($said -join '; ')" (
        'refused: does the service run there, and listen at this address (broker.listen, bind_address)? No answer: a firewall between, ' +
        'or there (Set-CadreFirewallRule)')
}

# An address, or a network with its prefix (10.1.0.0/24), as nft writes it back; an error where it is none, or has bits beyond
# its prefix, by which somebody else would be meant than one thinks.
function ConvertTo-CadreNetwork {
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory, ValueFromPipeline)] [string] $Text)

    process {
        $address, $length = $Text -split '/', 2
        $parsed, $bits = $null, 0
        $why = 'an address or a network was wanted, such as 10.1.0.5 or 10.1.0.0/24'
        $known = [Net.IPAddress]::TryParse($address, [ref] $parsed) -and ($parsed.AddressFamily -eq 'InterNetworkV6' -or $address -match '^\d+(\.\d+){3}$')
        if ($known) {
            $bytes = $parsed.GetAddressBytes()
            $all = 8 * $bytes.Count
            if ($null -eq $length) { return $parsed.ToString() }
            if ([int]::TryParse($length, [ref] $bits) -and $bits -ge 0 -and $bits -le $all) {
                $beyond = for ($i = $bits; $i -lt $all; ++$i) { $bytes[[Math]::Floor($i / 8)] -band (128 -shr ($i % 8)) }
                if (@($beyond | Where-Object { $_ -ne 0 }).Count -gt 0) { $why = "it has bits beyond its prefix of $bits" }
                elseif ($bits -eq 0) { $why = 'that is everybody' }
                elseif ($bits -eq $all) { return $parsed.ToString() }
                else { return "$parsed/$bits" }
            }
        }
        $Cmdlet.ThrowTerminatingError((ConvertTo-CadreError -ExitCode 64 -Message "'$Text': $why; nothing was changed" -Target $Text))
    }
}

function Set-CadreFirewallRule {
    <#
    .SYNOPSIS
    Lets only the addresses that are named come to the broker's port of this machine, or to its MariaDB's.
    .DESCRIPTION
    As root: on the master for extensions, and on a database's machine for the master (-Role Database). With nftables it makes a
    table of its own, `inet cadre` or `inet cadre_database`, which looks at that port alone and at nothing else of this machine: who
    is named and this machine itself may come, everybody else is dropped. Other tables stay as they are, and what they drop stays
    dropped. The rules are read back; the same again changes nothing, and Changed is false. They count until the machine is started
    anew, and a warning names the command that keeps them. Where ufw or firewalld filter, or nftables is not installed, nothing is
    changed: ToDo holds the commands that are to be given.
    .PARAMETER RemoteAddress
    Who may come: addresses, or networks with their prefix. All of them each time: others are not let in any more.
    .PARAMETER Role
    Broker, or Database: each has its rules, and one does not touch the other's.
    .PARAMETER Port
    The port, as in broker.listen or database.port; else 7171 or 3306.
    .EXAMPLE
    Set-CadreFirewallRule -RemoteAddress 10.1.0.0/24, 10.2.0.7
    .EXAMPLE
    Set-CadreFirewallRule -Role Database -RemoteAddress 10.1.0.5
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Medium')]
    [OutputType('Cadre.FirewallRule')]
    param(
        [Parameter(Mandatory, Position = 0)] [ValidateNotNullOrEmpty()] [string[]] $RemoteAddress,
        [ValidateSet('Broker', 'Database')] [string] $Role = 'Broker',
        [Alias('BrokerPort')] [ValidateRange(1, 65535)] [int] $Port)

    if (-not $PSBoundParameters.ContainsKey('Port')) { $Port = @{ Broker = 7171; Database = 3306 }[$Role] }
    $addresses = @($RemoteAddress | ConvertTo-CadreNetwork -Cmdlet $PSCmdlet | Sort-Object -Unique)
    $firewall = Get-CadreFirewall -Cmdlet $PSCmdlet -Role $Role
    $told = [pscustomobject] @{
        PSTypeName    = 'Cadre.FirewallRule'
        Manager       = $firewall.Manager
        Role          = $Role
        Port          = $Port
        RemoteAddress = $addresses
        Changed       = $false
        ToDo          = @()
    }
    if ($firewall.Manager -ne 'nftables') {
        $told.ToDo = @(
            foreach ($address in $addresses) {
                $family = @('ipv4', 'ipv6')[[int] $address.Contains(':')]
                $rule = "rule family=$family source address=$address port port=$Port protocol=tcp accept"
                if ($firewall.Manager -eq 'firewalld') { "firewall-cmd --permanent --add-rich-rule='$rule'" }
                elseif ($firewall.Manager -eq 'ufw') { "ufw allow proto tcp from $address to any port $Port" }
                else { "let TCP from $address to port $Port, and nobody else" }
            }
            if ($firewall.Manager -eq 'firewalld') { 'firewall-cmd --reload' }
        )
        $why = @{ none = 'There is no firewall that this knows (nftables, ufw, firewalld)' }[$firewall.Manager]
        if (-not $why) { $why = "$($firewall.Manager) filters on this machine" }
        $PSCmdlet.WriteWarning("$why, and nothing was changed. To do:`n  $($told.ToDo -join "`n  ")")
        return $told
    }

    $rules = @('iifname lo accept')
    $rules += foreach ($address in $addresses) { "$(@('ip', 'ip6')[[int] $address.Contains(':')]) saddr $address tcp dport $Port accept" }
    $rules += "tcp dport $Port drop"
    # Just before what filters otherwise; the rest of the traffic passes.
    $wanted = @('chain input -1 accept') + $rules
    if (($firewall.Rules -join "`n") -ceq ($wanted -join "`n")) {
        $PSCmdlet.WriteVerbose('The rules were there already; nothing was changed.')
        return $told
    }
    if (-not $PSCmdlet.ShouldProcess("port $Port of this machine", "Let only $($addresses -join ', ') come to it")) { return }
    # All of it or nothing, in one step: there is no moment without rules.
    $lines = $rules -join '; '
    $table = "table inet $($firewall.Table)"
    $text = "$table; delete $table; $table { chain input { type filter hook input priority -1; policy accept; $lines; }; }"
    $ran = Invoke-CadreProcess -Path $firewall.Nft -Argument $text
    $now = Get-CadreFirewall -Cmdlet $PSCmdlet -Role $Role
    if ($ran.ExitCode -ne 0 -or ($now.Rules -join "`n") -cne ($wanted -join "`n")) {
        $message = "nft did not take the rules: $($ran.Errors)`n  wanted:`n  $($wanted -join "`n  ")`n  found:`n  $($now.Rules -join "`n  ")"
        $PSCmdlet.ThrowTerminatingError((ConvertTo-CadreError -ExitCode 73 -Message $message -Target $firewall.Nft))
    }
    $keep = "nft list $table >> /etc/nftables.conf; systemctl enable nftables"
    $PSCmdlet.WriteWarning("The rules count until this machine is started anew. To keep them: $keep")
    $told.Changed = $true
    $told
}

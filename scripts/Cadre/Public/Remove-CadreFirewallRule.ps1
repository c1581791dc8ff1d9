function Remove-CadreFirewallRule {
    <#
    .SYNOPSIS
    Takes away what Set-CadreFirewallRule made: its table of nftables, and nothing else.
    .DESCRIPTION
    As root. Where there is no such table, nothing is changed, and Changed is false. What was given to ufw or firewalld, or
    written into /etc/nftables.conf, is to be taken away there.
    .PARAMETER Role
    Broker, or Database: whose rules.
    .EXAMPLE
    Remove-CadreFirewallRule
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Medium')]
    [OutputType('Cadre.FirewallRule')]
    param([ValidateSet('Broker', 'Database')] [string] $Role = 'Broker')

    $firewall = Get-CadreFirewall -Cmdlet $PSCmdlet -Role $Role
    $told = [pscustomobject] @{ PSTypeName = 'Cadre.FirewallRule'; Role = $Role; Manager = $firewall.Manager; Changed = $false }
    if ($null -eq $firewall.Rules) {
        $PSCmdlet.WriteVerbose("There is no table inet $($firewall.Table); nothing was changed.")
        return $told
    }
    if (-not $PSCmdlet.ShouldProcess("table inet $($firewall.Table)", 'Remove')) { return }
    $ran = Invoke-CadreProcess -Path $firewall.Nft -Argument 'delete', 'table', 'inet', $firewall.Table
    if ($ran.ExitCode -ne 0 -or $null -ne (Get-CadreFirewall -Cmdlet $PSCmdlet -Role $Role).Rules) {
        $PSCmdlet.ThrowTerminatingError((ConvertTo-CadreError -ExitCode 73 -Message "nft did not remove the table: $($ran.Errors)" -Target $firewall.Nft))
    }
    $told.Changed = $true
    $told
}

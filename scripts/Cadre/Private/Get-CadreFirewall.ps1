# Who filters on this machine (Manager: ufw, firewalld, nftables or none), nft's path, and the rules of the
# role's table as texts; $null: there is no such table.
function Get-CadreFirewall {
    [CmdletBinding()]
    [OutputType([psobject])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory)] [ValidateSet('Broker', 'Database')] [string] $Role)

    $found = [pscustomobject] @{ Manager = 'none'; Table = @{ Broker = 'cadre'; Database = 'cadre_database' }[$Role]; Nft = $null; Rules = $null }
    foreach ($name in 'nft', '/usr/sbin/nft') {
        $program = Get-Command -Name $name -CommandType 'Application' -TotalCount 1 -ErrorAction 'SilentlyContinue'
        if ($null -eq $found.Nft -and $null -ne $program) { $found.Manager, $found.Nft = 'nftables', $program.Source }
    }
    $others = [ordered] @{ ufw = @('ufw', 'status', 'Status: active'); firewalld = @('firewall-cmd', '--state', 'running') }
    foreach ($name in $others.Keys) {
        $program, $argument, $answer = $others[$name]
        $there = Get-Command -Name $program -CommandType 'Application' -TotalCount 1 -ErrorAction 'SilentlyContinue'
        if ($null -eq $there) { continue }
        if ((Invoke-CadreProcess -Path $there.Source -Argument $argument).Output -match "(?m)^$answer") { $found.Manager = $name }
    }
    if ($null -eq $found.Nft) { return $found }

    $ran = Invoke-CadreProcess -Path $found.Nft -Argument '-j', 'list', 'tables'
    if ($ran.ExitCode -ne 0) {
        $Cmdlet.ThrowTerminatingError((ConvertTo-CadreError -ExitCode 77 -Message "$($ran.Errors)  root may change and see the firewall" -Target $found.Nft))
    }
    $tables = @((ConvertFrom-Json -InputObject $ran.Output -AsHashtable)['nftables'] | ForEach-Object { $_['table'] } | Where-Object { $null -ne $_ })
    if (@($tables | Where-Object { $_['family'] -eq 'inet' -and $_['name'] -ceq $found.Table }).Count -eq 0) { return $found }

    $ran = Invoke-CadreProcess -Path $found.Nft -Argument '-j', 'list', 'table', 'inet', $found.Table
    $all = @((ConvertFrom-Json -InputObject $ran.Output -AsHashtable)['nftables'])
    $found.Rules = @(
        foreach ($one in $all) {
            if ($one.Contains('chain')) { 'chain {0} {1} {2}' -f $one['chain']['hook'], $one['chain']['prio'], $one['chain']['policy'] }
            if ($one.Contains('rule')) { ConvertTo-CadreRuleText -Expression $one['rule']['expr'] }
        }
    )
    $found
}

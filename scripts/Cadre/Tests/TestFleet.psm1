# Machines that are reached by ssh: a real sshd on loopback, as the user of the tests, with keys of its own. Each machine is a
# directory; ssh's configuration has it as a host, and says by which node's file one is meant there (CADRE_CONFIG).
# Where the machines' programs are, `dpkg` and `dpkg-query` are Debian's own with the machine's root.

Set-StrictMode -Version 3.0

function Write-TestProgram {
    [CmdletBinding()]
    param([Parameter(Mandatory, Position = 0)] [string] $Path, [Parameter(Mandatory, Position = 1)] [string] $Text)

    Set-Content -LiteralPath $Path -Value $Text
    & '/bin/chmod' '755' $Path
}

# -Machine: the names of hosts. Gives back Directory, SshOption and Programs (the directory that is first in the PATH there).
function Enter-TestFleet {
    [CmdletBinding()]
    [OutputType([psobject])]
    param([Parameter(Mandatory)] [psobject] $Cluster, [Parameter(Mandatory)] [string[]] $Machine)

    $root = Join-Path -Path $Cluster.Directory -ChildPath 'fleet'
    $programs = Join-Path -Path $root -ChildPath 'programs'
    $null = New-Item -ItemType Directory -Path $programs
    & '/usr/bin/ssh-keygen' '-q' '-t' 'ed25519' '-N' '' '-f' "$root/host_key"
    & '/usr/bin/ssh-keygen' '-q' '-t' 'ed25519' '-N' '' '-f' "$root/user_key"
    & '/bin/cp' "$root/user_key.pub" "$root/authorized_keys"
    Set-Content -LiteralPath "$root/known_hosts" -Value "fleet $(Get-Content -LiteralPath "$root/host_key.pub" -Raw)"
    Write-TestProgram "$programs/dpkg" "#!/bin/sh`nexec /usr/bin/dpkg --root=`"`$CADRE_ROOT`" --force-not-root `"`$@`""
    Write-TestProgram "$programs/dpkg-query" "#!/bin/sh`nexec /usr/bin/dpkg-query --root=`"`$CADRE_ROOT`" `"`$@`""
    # Where root starts it, it wants this directory, which its package's own start makes.
    if ((& '/usr/bin/id' '-u') -eq '0') { & '/usr/bin/install' '-d' '-m' '755' '/run/sshd' }

    $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
    $listener.Start()
    $port = $listener.LocalEndpoint.Port
    $listener.Stop()
    $tools = Split-Path -Path $Cluster.Tool -Parent
    Set-Content -LiteralPath "$root/sshd_config" -Value @(
        "Port $port", 'ListenAddress 127.0.0.1', "HostKey $root/host_key", "AuthorizedKeysFile $root/authorized_keys", 'PidFile none', 'UsePAM no'
        'StrictModes no', 'PasswordAuthentication no', 'KbdInteractiveAuthentication no', 'PermitRootLogin prohibit-password', 'AcceptEnv CADRE_*'
        "SetEnv PATH=${programs}:${tools}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
    $hosts = foreach ($name in $Machine) {
        $place = Join-Path -Path $root -ChildPath $name
        New-TestDpkgRoot "$place/root"
        "Host $name", "  Port $port", "  SetEnv CADRE_CONFIG=$place/node/node.yaml CADRE_ROOT=$place/root"
    }
    Set-Content -LiteralPath "$root/ssh_config" -Value ($hosts + @(
            'Host *', '  HostName 127.0.0.1', '  Port 1', "  IdentityFile $root/user_key", '  IdentitiesOnly yes', '  HostKeyAlias fleet'
            "  UserKnownHostsFile $root/known_hosts", '  GlobalKnownHostsFile /dev/null', '  StrictHostKeyChecking yes'))
    Send-TestCluster "start sshd $root/sshd_config"
    [pscustomobject] @{ Directory = $root; Programs = $programs; SshOption = @('-F', "$root/ssh_config") }
}

# Workers that were started by ssh are nobody's children: they end here.
function Exit-TestFleet {
    [CmdletBinding()]
    param([Parameter(Mandatory)] [psobject] $Fleet)

    foreach ($file in Get-ChildItem -LiteralPath $Fleet.Directory -Recurse -File | Where-Object { $_.Name -eq 'node.yaml' }) {
        $null = Stop-CadreService -Role 'Worker' -Config $file.FullName -Confirm:$false
    }
}

Export-ModuleMember -Function 'Write-TestProgram', 'Enter-TestFleet', 'Exit-TestFleet'

function Connect-CadreCluster {
    <#
    .SYNOPSIS
    Says which cluster the cmdlets of this module speak to, and with which tool.
    .DESCRIPTION
    Holds until the module is loaded again. Without it the cmdlets use the tool of the PATH with what CADRE_CONFIG or the
    node's own file /etc/cadre/node.yaml says. The cluster is asked at once: where it does not answer, nothing is changed.
    .PARAMETER Config
    The node's file with the broker's address and the keys, as on the master or an extension.
    .PARAMETER Address
    The broker, for a machine that is no node: tcp://HOST:PORT.
    .PARAMETER ServerKeyFile
    The file with the broker's public key (server.pub of the master).
    .PARAMETER KeyFile
    The file with your own secret key, which an administrator has admitted.
    .PARAMETER Tool
    The program cadre, where it is not in the PATH.
    .PARAMETER PatienceSec
    For how many seconds the connection and each answer are waited for.
    .EXAMPLE
    Connect-CadreCluster -Config /etc/cadre/node.yaml
    .EXAMPLE
    Connect-CadreCluster -Address tcp://master:7171 -ServerKeyFile ./server.pub -KeyFile ./mine.key
    #>
    [CmdletBinding(DefaultParameterSetName = 'Config')]
    [OutputType('Cadre.Connection')]
    param(
        [Parameter(Mandatory, Position = 0, ParameterSetName = 'Config')] [ValidateNotNullOrEmpty()] [string] $Config,
        [Parameter(Mandatory, ParameterSetName = 'Address')] [ValidateNotNullOrEmpty()] [string] $Address,
        [Parameter(Mandatory, ParameterSetName = 'Address')] [ValidateNotNullOrEmpty()] [string] $ServerKeyFile,
        [Parameter(Mandatory, ParameterSetName = 'Address')] [ValidateNotNullOrEmpty()] [string] $KeyFile,
        [string] $Tool,
        [ValidateRange(1, 3600)] [int] $PatienceSec = 10)

    $arguments = @('--patience', "${PatienceSec}s")
    if ($PSCmdlet.ParameterSetName -eq 'Config') {
        $arguments += '--config', $PSCmdlet.GetUnresolvedProviderPathFromPSPath($Config)
    }
    else {
        $arguments += '--address', $Address
        $arguments += '--server-key-file', $PSCmdlet.GetUnresolvedProviderPathFromPSPath($ServerKeyFile)
        $arguments += '--key-file', $PSCmdlet.GetUnresolvedProviderPathFromPSPath($KeyFile)
    }

    $before = $script:Connection
    $good = $false
    try {
        $script:Connection = @{ Tool = Resolve-CadreTool -Cmdlet $PSCmdlet -Tool $Tool; Arguments = $arguments }
        $status = Invoke-CadreTool -Cmdlet $PSCmdlet -Argument 'status'
        $good = $true
    }
    finally {
        if (-not $good) { $script:Connection = $before }
    }
    [pscustomobject] @{
        PSTypeName = 'Cadre.Connection'
        Cluster    = $status.Cluster
        Working    = $status.Working
        Software   = $status.Software
        Tool       = $script:Connection.Tool
    }
}

# Asks for a node until it is connected, and is what was asked for, and gives it back; nothing when the time is over.
# -Engine, -Version: it offers this one. -Without: it offers none of this name. -Software: what it says of its own program. -State: such as ready.
function Wait-CadreNodeFact {
    [CmdletBinding()]
    [OutputType([psobject])]
    param(
        [Parameter(Mandatory)] [Management.Automation.PSCmdlet] $Cmdlet,
        [Parameter(Mandatory)] [string] $Name,
        [Parameter(Mandatory)] [int] $TimeoutSec,
        [string] $Engine,
        [string] $Version,
        [string] $Without,
        [string] $Software,
        [string] $State)

    $watch = [Diagnostics.Stopwatch]::StartNew()
    while ($true) {
        foreach ($node in Invoke-CadreTool -Cmdlet $Cmdlet -Argument 'node', 'list') {
            if ($node.Node -cne $Name -or $node.State -eq 'lost') { continue }
            if ($State -and $node.State -ne $State) { continue }
            if ($Software -and $node.Version -cne $Software) { continue }
            if ($Engine -and $Version -cnotin @($node.Engines | Where-Object { $_.Engine -ceq $Engine } | ForEach-Object { $_.Version })) { continue }
            if ($Without -and $Without -cin @($node.Engines | ForEach-Object { $_.Engine })) { continue }
            return $node
        }
        if ($watch.Elapsed.TotalSeconds -ge $TimeoutSec) { return }
        Start-Sleep -Milliseconds 250
    }
}

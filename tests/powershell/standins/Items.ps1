# New-Item, Get-Item and Get-ChildItem: over the providers' own functions.

function New-Item {
    [CmdletBinding(SupportsShouldProcess, DefaultParameterSetName = 'pathSet')]
    param(
        [Parameter(ParameterSetName = 'pathSet', Mandatory, Position = 0)]
        [Parameter(ParameterSetName = 'nameSet', Position = 0)] [string[]] $Path,
        [Parameter(ParameterSetName = 'nameSet', Mandatory)] [AllowNull()] [AllowEmptyString()] [string] $Name,
        [Alias('Type')] [string] $ItemType,
        [Parameter(ValueFromPipeline)] [Alias('Target')] [object] $Value,
        [switch] $Force)
    process {
        . $CallersPreferences $PSCmdlet
        foreach ($one in $(if ($Path) { $Path } else { '.' })) {
            $target = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($(if ($Name) { $PSCmdlet.SessionState.Path.Combine($one, $Name) } else { $one }))
            $what = if ($ItemType -eq 'Directory') { 'Create Directory' } else { 'Create File' }
            if (-not $PSCmdlet.ShouldProcess("Destination: $target", $what)) { continue }
            try { $PSCmdlet.InvokeProvider.Item.New($one, $Name, $ItemType, $Value, $Force) | ForEach-Object { $PSCmdlet.WriteObject($_, $false) } }
            catch { $PSCmdlet.WriteError((ConvertTo-StandInError $_ 'NewItemIOError' 'WriteError' $target)) }
        }
    }
}

function Get-Item {
    [CmdletBinding(DefaultParameterSetName = 'Path')]
    param(
        [Parameter(ParameterSetName = 'Path', Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)] [string[]] $Path,
        [Parameter(ParameterSetName = 'LiteralPath', Mandatory, ValueFromPipelineByPropertyName)] [Alias('PSPath', 'LP')] [string[]] $LiteralPath,
        [switch] $Force)
    process {
        . $CallersPreferences $PSCmdlet
        $literal = $PSCmdlet.ParameterSetName -eq 'LiteralPath'
        foreach ($one in $(if ($literal) { $LiteralPath } else { $Path })) {
            try { $PSCmdlet.InvokeProvider.Item.Get([string[]] $one, $Force, $literal) | ForEach-Object { $PSCmdlet.WriteObject($_, $false) } }
            catch { $PSCmdlet.WriteError((ConvertTo-StandInError $_ 'PathNotFound' 'ObjectNotFound' $one)) }
        }
    }
}

function Get-ChildItem {
    [CmdletBinding(DefaultParameterSetName = 'Items')]
    param(
        [Parameter(ParameterSetName = 'Items', Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)] [string[]] $Path,
        [Parameter(ParameterSetName = 'LiteralItems', Mandatory, ValueFromPipelineByPropertyName)] [Alias('PSPath', 'LP')] [string[]] $LiteralPath,
        [Parameter(Position = 1)] [string] $Filter,
        [Alias('s')] [switch] $Recurse,
        [uint32] $Depth,
        [switch] $Force,
        [switch] $Name,
        [Alias('ad', 'd')] [switch] $Directory,
        [Alias('af')] [switch] $File)
    process {
        . $CallersPreferences $PSCmdlet
        $literal = $PSCmdlet.ParameterSetName -eq 'LiteralItems'
        $deep = $Recurse -or $PSBoundParameters.ContainsKey('Depth')
        $levels = if ($PSBoundParameters.ContainsKey('Depth')) { $Depth } else { [uint32]::MaxValue }
        foreach ($one in $(if ($literal) { $LiteralPath } elseif ($Path) { $Path } else { '.' })) {
            try { $found = $PSCmdlet.InvokeProvider.ChildItem.Get([string[]] $one, $deep, $levels, $Force, $literal) }
            catch { $PSCmdlet.WriteError((ConvertTo-StandInError $_ 'PathNotFound' 'ObjectNotFound' $one)); continue }
            foreach ($item in $found) {
                if ($Directory -and -not $item.PSIsContainer) { continue }
                if ($File -and $item.PSIsContainer) { continue }
                if ($Filter -and $item.PSChildName -notlike $Filter) { continue }
                if ($Name) { $item.PSChildName } else { $PSCmdlet.WriteObject($item, $false) }
            }
        }
    }
}

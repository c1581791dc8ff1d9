# Join-Path and Split-Path, and where one stands. Over the engine's path functions: they know every provider.

# The provider paths that were meant: -Path may have wildcards, -LiteralPath has none. What is not there is an error.
function Resolve-Meant {
    param($Cmdlet, [string[]] $Path, [string[]] $LiteralPath)
    foreach ($one in $Path) {
        try { $provider = $null; $Cmdlet.GetResolvedProviderPathFromPSPath($one, [ref] $provider) }
        catch { $Cmdlet.WriteError((ConvertTo-StandInError $_ 'PathNotFound' 'ObjectNotFound' $one)) }
    }
    foreach ($one in $LiteralPath) {
        $full = $Cmdlet.GetUnresolvedProviderPathFromPSPath($one)
        if ($Cmdlet.InvokeProvider.Item.Exists($one, $true, $true)) { $full; continue }
        $why = [Management.Automation.ItemNotFoundException]::new("Cannot find path '$full' because it does not exist.")
        $Cmdlet.WriteError([Management.Automation.ErrorRecord]::new($why, 'PathNotFound', 'ObjectNotFound', $one))
    }
}

function Join-Path {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)] [Alias('PSPath')] [string[]] $Path,
        [Parameter(Mandatory, Position = 1, ValueFromPipelineByPropertyName)] [AllowNull()] [AllowEmptyString()] [string] $ChildPath,
        [Parameter(Position = 2, ValueFromRemainingArguments)] [AllowNull()] [AllowEmptyString()] [AllowEmptyCollection()] [string[]] $AdditionalChildPath = @())
    process {
        foreach ($one in $Path) {
            $joined = $PSCmdlet.SessionState.Path.Combine($one, $ChildPath)
            foreach ($more in $AdditionalChildPath) { $joined = $PSCmdlet.SessionState.Path.Combine($joined, $more) }
            $joined
        }
    }
}

function Split-Path {
    [CmdletBinding(DefaultParameterSetName = 'ParentSet')]
    param(
        [Parameter(ParameterSetName = 'ParentSet', Mandatory, Position = 0, ValueFromPipeline)]
        [Parameter(ParameterSetName = 'LeafSet', Mandatory, Position = 0, ValueFromPipeline)]
        [Parameter(ParameterSetName = 'LeafBaseSet', Mandatory, Position = 0, ValueFromPipeline)]
        [Parameter(ParameterSetName = 'ExtensionSet', Mandatory, Position = 0, ValueFromPipeline)]
        [Parameter(ParameterSetName = 'IsAbsoluteSet', Mandatory, Position = 0, ValueFromPipeline)] [string[]] $Path,
        [Parameter(ParameterSetName = 'LiteralPathSet', Mandatory)] [Alias('PSPath', 'LP')] [string[]] $LiteralPath,
        [Parameter(ParameterSetName = 'ParentSet')] [switch] $Parent,
        [Parameter(ParameterSetName = 'LeafSet', Mandatory)] [switch] $Leaf,
        [Parameter(ParameterSetName = 'LeafBaseSet', Mandatory)] [switch] $LeafBase,
        [Parameter(ParameterSetName = 'ExtensionSet', Mandatory)] [switch] $Extension,
        [Parameter(ParameterSetName = 'IsAbsoluteSet', Mandatory)] [switch] $IsAbsolute)
    process {
        $paths = $PSCmdlet.SessionState.Path
        foreach ($one in @($Path) + @($LiteralPath) | Where-Object { $_ }) {
            switch ($PSCmdlet.ParameterSetName) {
                'LeafSet' { $paths.ParseChildName($one) }
                'LeafBaseSet' { [IO.Path]::GetFileNameWithoutExtension($paths.ParseChildName($one)) }
                'ExtensionSet' { [IO.Path]::GetExtension($paths.ParseChildName($one)) }
                'IsAbsoluteSet' { $drive = $null; $paths.IsPSAbsolute($one, [ref] $drive) }
                default { $paths.ParseParent($one, '') }
            }
        }
    }
}

function Get-Location {
    [CmdletBinding()]
    param([string[]] $PSProvider)
    if (-not $PSProvider) { return $PSCmdlet.SessionState.Path.CurrentLocation }
    foreach ($one in $PSProvider) { $PSCmdlet.SessionState.Path.CurrentProviderLocation($one) }
}

function Push-Location {
    [CmdletBinding(DefaultParameterSetName = 'Path')]
    param(
        [Parameter(ParameterSetName = 'Path', Position = 0, ValueFromPipeline)] [string] $Path,
        [Parameter(ParameterSetName = 'LiteralPath')] [Alias('PSPath', 'LP')] [string] $LiteralPath,
        [switch] $PassThru)
    process {
        . $CallersPreferences $PSCmdlet
        $PSCmdlet.SessionState.Path.PushCurrentLocation('')
        $where = $Path
        if ($PSCmdlet.ParameterSetName -eq 'LiteralPath') { $where = [Management.Automation.WildcardPattern]::Escape($LiteralPath) }
        try {
            if ($where) { [void] $PSCmdlet.SessionState.Path.SetLocation($where) }
            if ($PassThru) { $PSCmdlet.SessionState.Path.CurrentLocation }
        }
        catch { $PSCmdlet.WriteError((ConvertTo-StandInError $_ 'PathNotFound' 'ObjectNotFound' $where)) }
    }
}

function Pop-Location {
    [CmdletBinding()]
    param([switch] $PassThru)
    . $CallersPreferences $PSCmdlet
    $where = $PSCmdlet.SessionState.Path.PopLocation('')
    if ($PassThru) { $where }
}

# Get- and Set-Content for files, and Import-PowerShellDataFile.

function ConvertTo-StandInEncoding {
    param([string] $Name)
    switch ($Name) {
        'ascii' { [Text.Encoding]::ASCII }
        'latin1' { [Text.Encoding]::Latin1 }
        'unicode' { [Text.Encoding]::Unicode }
        'bigendianunicode' { [Text.Encoding]::BigEndianUnicode }
        'utf8BOM' { [Text.UTF8Encoding]::new($true) }
        default { [Text.UTF8Encoding]::new($false) }
    }
}

function Get-Content {
    [CmdletBinding(DefaultParameterSetName = 'Path')]
    param(
        [Parameter(ParameterSetName = 'Path', Mandatory, Position = 0, ValueFromPipelineByPropertyName)] [string[]] $Path,
        [Parameter(ParameterSetName = 'LiteralPath', Mandatory, ValueFromPipelineByPropertyName)] [Alias('PSPath', 'LP')] [string[]] $LiteralPath,
        [Alias('First', 'Head')] [long] $TotalCount,
        [Alias('Last')] [int] $Tail,
        [switch] $Raw,
        [switch] $AsByteStream,
        [ValidateSet('ascii', 'latin1', 'unicode', 'bigendianunicode', 'utf8', 'utf8BOM', 'utf8NoBOM')] [string] $Encoding = 'utf8NoBOM')
    process {
        . $CallersPreferences $PSCmdlet
        foreach ($file in Resolve-Meant $PSCmdlet $Path $LiteralPath) {
            try {
                if ($AsByteStream) {
                    $bytes = [IO.File]::ReadAllBytes($file)
                    $PSCmdlet.WriteObject($bytes, -not $Raw)
                    continue
                }
                $text = [IO.File]::ReadAllText($file, (ConvertTo-StandInEncoding $Encoding))
            }
            catch {
                $PSCmdlet.WriteError((ConvertTo-StandInError $_ 'GetContentReaderUnauthorizedAccessError' 'PermissionDenied' $file))
                continue
            }
            if ($Raw) { if ($text.Length -gt 0) { $text }; continue }
            $lines = [Collections.Generic.List[string]]::new()
            $reader = [IO.StringReader]::new($text)
            while ($null -ne ($line = $reader.ReadLine())) { $lines.Add($line) }
            $from = 0
            $count = $lines.Count
            if ($PSBoundParameters.ContainsKey('TotalCount')) { $count = [Math]::Min($count, $TotalCount) }
            if ($PSBoundParameters.ContainsKey('Tail')) {
                $count = [Math]::Min($count, $Tail)
                $from = $lines.Count - $count
            }
            $lines.GetRange($from, $count)
        }
    }
}

# Where to write: -Path with wildcards means what is there, without them also what is not there yet.
function Resolve-Written {
    param($Cmdlet, [string[]] $Path, [string[]] $LiteralPath)
    foreach ($one in $Path) {
        if (-not [Management.Automation.WildcardPattern]::ContainsWildcardCharacters($one)) {
            $Cmdlet.GetUnresolvedProviderPathFromPSPath($one)
            continue
        }
        $found = @(Resolve-Meant $Cmdlet $one)
        if ($found.Count -gt 0) { $found; continue }
        $why = [Management.Automation.ItemNotFoundException]::new("An object at the specified path $one does not exist.")
        $Cmdlet.WriteError([Management.Automation.ErrorRecord]::new($why, 'ItemNotFound', 'ObjectNotFound', $one))
    }
    foreach ($one in $LiteralPath) { $Cmdlet.GetUnresolvedProviderPathFromPSPath($one) }
}

# The text or the bytes of what was given, each value with a line end behind it.
function ConvertTo-ContentByte {
    param($Values, [bool] $NoNewline, [bool] $AsByteStream, [Text.Encoding] $Encoding)
    if ($AsByteStream) { return , [byte[]] @($Values | ForEach-Object { $_ }) }
    $end = if ($NoNewline) { '' } else { [Environment]::NewLine }
    $text = -join @(foreach ($one in $Values) { "$one$end" })
    , $Encoding.GetBytes($text)
}

function Set-Content {
    [CmdletBinding(SupportsShouldProcess, DefaultParameterSetName = 'Path')]
    param(
        [Parameter(ParameterSetName = 'Path', Mandatory, Position = 0, ValueFromPipelineByPropertyName)] [string[]] $Path,
        [Parameter(ParameterSetName = 'LiteralPath', Mandatory, ValueFromPipelineByPropertyName)] [Alias('PSPath', 'LP')] [string[]] $LiteralPath,
        [Parameter(Mandatory, Position = 1, ValueFromPipeline)] [AllowNull()] [AllowEmptyCollection()] [object[]] $Value,
        [switch] $PassThru,
        [switch] $Force,
        [switch] $NoNewline,
        [switch] $AsByteStream,
        [ValidateSet('ascii', 'latin1', 'unicode', 'bigendianunicode', 'utf8', 'utf8BOM', 'utf8NoBOM')] [string] $Encoding = 'utf8NoBOM')
    begin {
        . $CallersPreferences $PSCmdlet
        $all = [Collections.Generic.List[object]]::new()
    }
    process { foreach ($one in $Value) { $all.Add($one); if ($PassThru) { $PSCmdlet.WriteObject($one, $false) } } }
    end {
        $as = ConvertTo-StandInEncoding $Encoding
        foreach ($file in Resolve-Written $PSCmdlet $Path $LiteralPath) {
            if (-not $PSCmdlet.ShouldProcess("Path: $file", 'Set Content')) { continue }
            try {
                $mark = if ($AsByteStream) { [byte[]] @() } else { $as.GetPreamble() }
                [IO.File]::WriteAllBytes($file, [byte[]] ($mark + (ConvertTo-ContentByte $all $NoNewline $AsByteStream $as)))
            }
            catch { $PSCmdlet.WriteError((ConvertTo-StandInError $_ 'GetContentWriterIOError' 'WriteError' $file)) }
        }
    }
}

function Import-PowerShellDataFile {
    [CmdletBinding(DefaultParameterSetName = 'ByPath')]
    param(
        [Parameter(ParameterSetName = 'ByPath', Mandatory, Position = 0)] [string[]] $Path,
        [Parameter(ParameterSetName = 'ByLiteralPath', Mandatory)] [Alias('PSPath', 'LP')] [string[]] $LiteralPath)
    . $CallersPreferences $PSCmdlet
    foreach ($file in Resolve-Meant $PSCmdlet $Path $LiteralPath) {
        $tokens = $faults = $null
        $tree = [Management.Automation.Language.Parser]::ParseFile($file, [ref] $tokens, [ref] $faults)
        $table = if ($faults.Count -eq 0) { $tree.Find({ $args[0] -is [Management.Automation.Language.HashtableAst] }, $false) }
        if ($null -ne $table) { $table.SafeGetValue(); continue }
        $why = [InvalidOperationException]::new("The file '$file' could not be loaded as a PowerShell Data File")
        $PSCmdlet.WriteError([Management.Automation.ErrorRecord]::new($why, 'CouldNotParseAsPowerShellDataFile', 'InvalidData', $file))
    }
}

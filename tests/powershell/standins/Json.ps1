# ConvertTo-Json and ConvertFrom-Json, over the same library (Newtonsoft.Json) that PowerShell uses.

[void] [Reflection.Assembly]::Load('Newtonsoft.Json')

# The value at which the reader stands, with all that is inside of it.
function Read-JsonValue {
    param($Reader, [bool] $AsHashtable)
    switch ($Reader.TokenType.ToString()) {
        'StartObject' {
            # A list of keys that keeps its order, and tells upper case from lower.
            $table = [Collections.Specialized.OrderedDictionary]::new([StringComparer]::Ordinal)
            while ($Reader.Read() -and $Reader.TokenType -ne 'EndObject') {
                $name = $Reader.Value
                [void] $Reader.Read()
                $table[$name] = Read-JsonValue $Reader $AsHashtable
            }
            if ($Reader.TokenType -ne 'EndObject') { throw [ArgumentException]::new('Unexpected end of the text inside of an object.') }
            if ($AsHashtable) { return $table }
            $made = [psobject]::new()
            foreach ($name in $table.Keys) { $made.psobject.Properties.Add([psnoteproperty]::new($name, $table[$name])) }
            return $made
        }
        'StartArray' {
            $list = [Collections.Generic.List[object]]::new()
            while ($Reader.Read() -and $Reader.TokenType -ne 'EndArray') { $list.Add((Read-JsonValue $Reader $AsHashtable)) }
            if ($Reader.TokenType -ne 'EndArray') { throw [ArgumentException]::new('Unexpected end of the text inside of a list.') }
            return , $list.ToArray()
        }
        default { return , $Reader.Value }
    }
}

function ConvertFrom-Json {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline)] [AllowEmptyString()] [string] $InputObject,
        [switch] $AsHashtable,
        [ValidateRange(1, 2147483647)] [int] $Depth = 1024,
        [switch] $NoEnumerate)
    begin {
        . $CallersPreferences $PSCmdlet
        $lines = [Collections.Generic.List[string]]::new()
    }
    process { $lines.Add($InputObject) }
    end {
        $text = $lines -join "`n"
        if ([string]::IsNullOrWhiteSpace($text)) { return }
        $reader = [Newtonsoft.Json.JsonTextReader]::new([IO.StringReader]::new($text))
        $reader.MaxDepth = $Depth
        try {
            [void] $reader.Read()
            $made = Read-JsonValue $reader $AsHashtable
            if ($reader.Read()) { throw [ArgumentException]::new('Additional text found in JSON string after finishing deserializing object.') }
        }
        catch {
            $caught = $_.Exception
            while ($null -ne $caught.InnerException) { $caught = $caught.InnerException }
            $why = [ArgumentException]::new("Conversion from JSON failed with error: $($caught.Message)", $caught)
            $PSCmdlet.ThrowTerminatingError([Management.Automation.ErrorRecord]::new($why, 'System.ArgumentException', 'NotSpecified', $null))
        }
        $PSCmdlet.WriteObject($made, -not $NoEnumerate -and $made -is [array])
    }
}

# Writes one value; returns whether something lay deeper than -Depth and was written as text.
function Write-JsonValue {
    param($Writer, $Value, [int] $Left, [bool] $EnumsAsStrings)
    if ($null -eq $Value -or $Value -is [DBNull]) { $Writer.WriteNull(); return $false }
    $plain = ([psobject] $Value).psobject.BaseObject
    if ($plain -is [string] -or $plain -is [char]) { $Writer.WriteValue([string] $plain); return $false }
    if ($plain -is [enum]) {
        if ($EnumsAsStrings) { $Writer.WriteValue($plain.ToString()) } else { $Writer.WriteValue([long] $plain) }
        return $false
    }
    if ($plain -is [switch]) { $plain = [bool] $plain }
    if ($plain -is [ValueType] -and ($plain.GetType().IsPrimitive -or $plain -is [decimal] -or $plain -is [datetime] -or $plain -is [DateTimeOffset] -or $plain -is [guid])) {
        $Writer.WriteValue($plain)
        return $false
    }
    if ($plain -is [uri]) { $Writer.WriteValue($plain.OriginalString); return $false }
    if ($Left -lt 0) { $Writer.WriteValue([string] $Value); return $true }
    $cut = $false
    if ($plain -is [Collections.IDictionary]) {
        $Writer.WriteStartObject()
        foreach ($key in $plain.Keys) {
            $Writer.WritePropertyName([string] $key)
            if (Write-JsonValue $Writer $plain[$key] ($Left - 1) $EnumsAsStrings) { $cut = $true }
        }
        $Writer.WriteEndObject()
    }
    elseif ($plain -is [Collections.IEnumerable]) {
        $Writer.WriteStartArray()
        foreach ($one in $plain) { if (Write-JsonValue $Writer $one ($Left - 1) $EnumsAsStrings) { $cut = $true } }
        $Writer.WriteEndArray()
    }
    else {
        $Writer.WriteStartObject()
        foreach ($property in ([psobject] $Value).psobject.Properties) {
            $Writer.WritePropertyName($property.Name)
            if (Write-JsonValue $Writer $property.Value ($Left - 1) $EnumsAsStrings) { $cut = $true }
        }
        $Writer.WriteEndObject()
    }
    $cut
}

function ConvertTo-Json {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline)] [AllowNull()] [object] $InputObject,
        [ValidateRange(0, 100)] [int] $Depth = 2,
        [switch] $Compress,
        [switch] $EnumsAsStrings,
        [switch] $AsArray)
    begin {
        . $CallersPreferences $PSCmdlet
        $all = [Collections.Generic.List[object]]::new()
    }
    process { $all.Add($InputObject) }
    end {
        $value = if ($all.Count -gt 1 -or $AsArray) { , $all.ToArray() } else { , $all[0] }
        $text = [IO.StringWriter]::new([Globalization.CultureInfo]::InvariantCulture)
        $text.NewLine = [Environment]::NewLine
        $writer = [Newtonsoft.Json.JsonTextWriter]::new($text)
        if (-not $Compress) { $writer.Formatting = 'Indented' }
        if (Write-JsonValue $writer $value $Depth $EnumsAsStrings) {
            $PSCmdlet.WriteWarning("Resulting JSON is truncated as serialization has exceeded the set depth of $Depth.")
        }
        $writer.Flush()
        $text.ToString()
    }
}
